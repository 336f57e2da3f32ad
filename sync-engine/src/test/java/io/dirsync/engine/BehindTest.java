package io.dirsync.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.engine.store.FolderStore.LogRecord;
import io.dirsync.model.Attributes;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.Dot;
import io.dirsync.model.Event;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Version;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is said of a peer that has not acknowledged a log. */
final class BehindTest {
  private static final ReplicaId OWN = new ReplicaId("own", 1);
  private static final ReplicaId PEER = new ReplicaId("peer", 1);
  private static final int PATHS_MAX = 5;

  private final List<LogRecord> log = new ArrayList<>();

  private static Dot dot(long counter) {
    return new Dot(OWN, counter);
  }

  private static Version file(long counter, String path, long size) {
    return new Version(
        dot(counter),
        RelativePath.of(path),
        new Content.File(ContentHash.of(new byte[ContentHash.BYTES]), size),
        new Attributes(0644, 1),
        1,
        List.of(),
        null,
        false);
  }

  private void append(@Nullable ReplicaId source, List<Version> added, Long... removed) {
    Event event =
        new Event(
            List.copyOf(added),
            Set.copyOf(Arrays.stream(removed).map(BehindTest::dot).toList()),
            Set.of());
    log.add(new LogRecord(log.size() + 1, event, source, 100 + log.size()));
  }

  private Behind behind() {
    Behind.Counter counter = new Behind.Counter(PEER, Long.MAX_VALUE, PATHS_MAX);
    for (LogRecord record : log) {
      assertThat(counter.test(record)).isTrue();
    }
    return counter.result();
  }

  @Test
  void aFileThatWasWrittenFiveTimesIsOneFileWithTheBytesItHasNow() {
    for (long i = 1; i <= 5; i++) {
      append(null, List.of(file(i + 1, "page", 10 * i)), i);
    }
    assertThat(behind()).isEqualTo(new Behind(1, false, 50, 100));
  }

  @Test
  void aFileThatWasWrittenAndRemovedIsStillOnePathAndHasNoBytes() {
    append(null, List.of(file(1, "page", 10)));
    append(null, List.of(), 1L);
    assertThat(behind()).isEqualTo(new Behind(1, false, 0, 100));
  }

  @Test
  void eachRemovalOfWhatStoodBeforeCounts() {
    append(null, List.of(), 1L);
    append(null, List.of(), 2L, 3L);
    assertThat(behind()).isEqualTo(new Behind(2, false, 0, 100));
  }

  @Test
  void whatThePeerHasBroughtItselfDoesNotCount() {
    append(PEER, List.of(file(1, "page", 10)));
    append(null, List.of(file(2, "other", 20)));
    assertThat(behind()).isEqualTo(new Behind(1, false, 20, 101));
  }

  @Test
  void ofMorePathsThanAreToldApartTheChangesCount() {
    for (long i = 1; i <= PATHS_MAX; i++) {
      append(null, List.of(file(2 * i, "page" + i, 10)));
      append(null, List.of(file(2 * i + 1, "page" + i, 1)), 2 * i);
    }
    assertThat(behind()).isEqualTo(new Behind(PATHS_MAX, false, PATHS_MAX, 100));
    append(null, List.of(file(100, "one more", 1)));
    append(null, List.of(file(101, "page1", 1)), 3L);
    assertThat(behind()).isEqualTo(new Behind(2 * PATHS_MAX + 2, true, 11 * PATHS_MAX + 2, 100));
  }
}
