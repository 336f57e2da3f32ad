package io.dirsync.watcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dirsync.fs.PosixVolume;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every watcher promises: whoever follows its hints knows the tree. */
abstract class WatcherContractTest {
  static final Duration PATIENCE = Duration.ofSeconds(20);

  Path root;
  Path outside;
  PosixVolume volume;
  Watcher watcher;
  TreeFollower follower;

  abstract Watcher watcher(PosixVolume volume) throws IOException;

  /** Waits until so many directories are watched, if this watcher watches single ones. */
  abstract void awaitWatched(int directories);

  @BeforeEach
  void open(@TempDir Path area) throws IOException {
    root = Files.createDirectory(area.resolve("root"));
    outside = Files.createDirectory(area.resolve("outside"));
    volume = PosixVolume.at(root);
    watcher = watcher(volume);
    follower = new TreeFollower(volume);
  }

  @AfterEach
  void close() throws IOException {
    watcher.close();
    volume.close();
  }

  @Test
  void aFileWrittenInADirectoryThatWasThereIsSeen() throws IOException {
    Files.createDirectories(root.resolve("there/deep"));
    begin();
    Files.writeString(root.resolve("there/deep/file"), "content");
    awaitEqual();
  }

  @Test
  void aTreeMadeInOneGoIsSeenToItsLeaves() throws IOException {
    begin();
    Files.createDirectories(root.resolve("a/b/c/d/e"));
    Files.writeString(root.resolve("a/b/c/d/e/file"), "content");
    awaitEqual();
    awaitEveryDirectoryWatched();
  }

  @Test
  void aMovedTreeIsStillWatchedAtItsNewPlace() throws IOException {
    Files.createDirectories(root.resolve("from/sub/deep"));
    begin();
    Files.move(root.resolve("from"), root.resolve("to"));
    awaitEqual();
    awaitEveryDirectoryWatched();
  }

  @Test
  void aNameMadeAgainAtOnceAfterItsDirectoryMovedAwayLeavesBothWatched() throws IOException {
    begin();
    for (int i = 0; i < 50; i++) {
      Files.createDirectory(root.resolve("d"));
      Files.move(root.resolve("d"), root.resolve("e" + i));
    }
    Files.createDirectory(root.resolve("d"));
    awaitEqual();
    awaitEveryDirectoryWatched();
  }

  @Test
  void exchangedDirectoriesAreBothWatchedUnderTheirNewNames() throws IOException {
    Files.createDirectories(root.resolve("one/sub"));
    Files.createDirectories(root.resolve("other/sub"));
    begin();
    for (int i = 0; i < 5; i++) {
      volume.exchange(bytes("one"), bytes("other"));
    }
    awaitEqual();
    awaitEveryDirectoryWatched();
  }

  @Test
  void exchangedDirectoriesAtDifferentDepthsAreBothWatched() throws IOException {
    Files.createDirectories(root.resolve("one/in/sub"));
    Files.createDirectories(root.resolve("other"));
    begin();
    volume.exchange(bytes("one/in"), bytes("other"));
    awaitEqual();
    awaitEveryDirectoryWatched();
  }

  @Test
  void aTreeThatLeavesAndComesBackIsWatched() throws IOException {
    Files.createDirectories(root.resolve("tree/sub"));
    begin();
    Files.move(root.resolve("tree"), outside.resolve("tree"));
    Files.createDirectory(outside.resolve("tree/made-outside"));
    Files.move(outside.resolve("tree"), root.resolve("back"));
    awaitEqual();
    awaitEveryDirectoryWatched();
  }

  @Test
  void aTreeThatLeftIsGoneAndNotWatchedAnyMore() throws IOException {
    Files.createDirectories(root.resolve("tree/sub/deep"));
    begin();
    Files.move(root.resolve("tree"), outside.resolve("tree"));
    awaitEqual();
    awaitWatched(1);
  }

  void begin() throws IOException {
    watcher.start(_ -> false, follower);
    follower.rescan("");
  }

  void awaitEqual() {
    try {
      await()
          .atMost(PATIENCE)
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(2))
          .until(() -> follower.known().equals(TreeFollower.actual(volume)));
    } catch (org.awaitility.core.ConditionTimeoutException e) {
      NavigableMap<String, String> actual = TreeFollower.actual(volume);
      assertThat(follower.known())
          .as(() -> "what was heard last: " + last(follower.heard()))
          .isEqualTo(actual);
    }
  }

  private static List<String> last(List<String> heard) {
    return heard.subList(Math.max(0, heard.size() - 80), heard.size());
  }

  /** A file made in each directory is heard of under its right path. */
  void awaitEveryDirectoryWatched() throws IOException {
    List<Path> directories;
    try (Stream<Path> all = Files.walk(root)) {
      directories = new ArrayList<>(all.filter(Files::isDirectory).toList());
    }
    for (Path directory : directories) {
      Files.writeString(directory.resolve("probe"), "x");
    }
    awaitEqual();
    awaitWatched(directories.size());
    for (Path directory : directories) {
      Files.delete(directory.resolve("probe"));
    }
    awaitEqual();
  }

  static byte[] bytes(Object path) {
    return path.toString().getBytes(StandardCharsets.UTF_8);
  }
}
