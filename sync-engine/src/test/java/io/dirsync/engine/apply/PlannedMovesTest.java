package io.dirsync.engine.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.LinkTarget;
import io.dirsync.model.RelativePath;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Which of what goes and what comes is told of as a move. */
final class PlannedMovesTest {
  private final TreeMap<RelativePath, Content> going = new TreeMap<>();
  private final TreeMap<RelativePath, Content> coming = new TreeMap<>();
  private final Map<RelativePath, RelativePath> origins = new HashMap<>();

  /** A path with a slash at its end is a directory, one with an arrow a link, others files. */
  private static void add(Map<RelativePath, Content> to, String... entries) {
    for (String entry : entries) {
      String[] parts = entry.split("=", 2);
      if (entry.endsWith("/")) {
        to.put(RelativePath.of(entry.substring(0, entry.length() - 1)), Content.Directory.VALUE);
      } else if (parts[1].startsWith(">")) {
        to.put(
            RelativePath.of(parts[0]),
            new Content.Symlink(LinkTarget.of(parts[1].getBytes(StandardCharsets.UTF_8))));
      } else {
        byte[] digest = new byte[ContentHash.BYTES];
        digest[0] = Byte.parseByte(parts[1]);
        to.put(RelativePath.of(parts[0]), new Content.File(ContentHash.of(digest), 1));
      }
    }
  }

  private List<String> told() {
    PlannedMoves moves = new PlannedMoves(going, coming, origins);
    TreeMap<RelativePath, Content> all = new TreeMap<>(going);
    all.putAll(coming);
    return all.keySet().stream()
        .filter(path -> moves.to(path).isPresent() || !moves.isPart(path))
        .map(path -> moves.to(path).map(from -> from + " -> ").orElse("") + path)
        .toList();
  }

  @Test
  void aDirectoryThatMovesWithAllBelowItIsOneMove() {
    add(going, "d/", "d/1=1", "d/link=>x", "d/sub/", "d/sub/2=2", "d/sub/none/", "d!=9");
    add(coming, "n/", "n/1=1", "n/link=>x", "n/sub/", "n/sub/2=2", "n/sub/none/", "n!=8");
    assertThat(told()).containsExactly("d!", "d -> n", "n!");
  }

  @Test
  void oneFromWhichAFileStaysAwayIsToldOfFileByFileAndWhatIsWholeBelowItAsOne() {
    add(going, "d/", "d/1=1", "d/2=2", "d/sub/", "d/sub/3=3");
    add(coming, "n/", "n/1=1", "n/sub/", "n/sub/3=3");
    assertThat(told()).containsExactly("d", "d/2", "n", "d/1 -> n/1", "d/sub -> n/sub");
  }

  @Test
  void oneToWhichAFileIsAddedIsToldOfFileByFile() {
    add(going, "d/", "d/1=1");
    add(coming, "n/", "n/1=1", "n/2=2");
    assertThat(told()).containsExactly("d", "n", "d/1 -> n/1", "n/2");
  }

  @Test
  void ofManyFilesWithOneContentEachMovesOnceByWhatIsKnownElseToWhereItsNameIs() {
    add(going, "a/x=1", "a/y=1", "a/z=1", "a/over=1");
    add(coming, "b/y=1", "b/x=1", "b/known=1");
    origins.put(RelativePath.of("b/known"), RelativePath.of("a/z"));
    assertThat(told()).containsExactly("a/over", "a/z -> b/known", "a/x -> b/x", "a/y -> b/y");
  }

  @Test
  void directoriesWithTheSameContentsKeepTheirOwn() {
    add(going, "d/", "d/1=1", "e/", "e/1=1");
    add(coming, "n/", "n/1=1", "o/", "o/1=1");
    assertThat(told()).containsExactly("d -> n", "e -> o");
  }

  @Test
  void whatBecomesAnotherContentIsNoMove() {
    add(going, "a=1");
    add(coming, "b=2");
    assertThat(told()).containsExactly("a", "b");
  }
}
