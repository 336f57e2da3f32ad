package io.dirsync.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.watcher.Watcher.Gap;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class FolderReportTest {
  private static final String REASON = "the limit is reached";

  private static Gap beyond(String path) {
    return new Gap(path.getBytes(StandardCharsets.UTF_8), REASON, true);
  }

  @Test
  void whatIsNotWatchedBecauseOfTheLimitIsSaidOnceWithTwoExamples() {
    List<Gap> gaps = IntStream.range(0, 86_914).mapToObj(i -> beyond("d" + i)).toList();
    assertThat(FolderReport.unwatched(gaps))
        .contains(
            "86,914 directories are not watched, such as d0 and d1: the limit is reached; until"
                + " then what changes there and below is seen every 60 s");
  }

  @Test
  void oneDirectoryAloneIsNamed() {
    assertThat(FolderReport.unwatched(List.of(beyond("d"))).orElseThrow())
        .startsWith("d is not watched: the limit is reached;");
  }

  @Test
  void moreThanAreListedAreCountedAsFarAsTheyAre() {
    List<Gap> gaps = Stream.of("", "a", "b", "c").map(FolderReportTest::beyond).toList();
    assertThat(FolderReport.unwatched(gaps).orElseThrow())
        .startsWith("more than 3 directories are not watched, such as a and b:");
  }

  @Test
  void whatIsNotWatchedForAnotherReasonIsNotCounted() {
    assertThat(FolderReport.unwatched(List.of(new Gap(new byte[] {'d'}, "denied", false))))
        .isEmpty();
  }
}
