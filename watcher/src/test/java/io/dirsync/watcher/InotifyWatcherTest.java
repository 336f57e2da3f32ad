package io.dirsync.watcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.dirsync.fs.PosixVolume;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What inotify's watcher says, and what it does where inotify has its limits. */
final class InotifyWatcherTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** What the kernel keeps for one instance, unless the operator says otherwise. */
  private static final Path QUEUE_LIMIT = Path.of("/proc/sys/fs/inotify/max_queued_events");

  private static final Path WATCH_LIMIT = Path.of("/proc/sys/fs/inotify/max_user_watches");

  private Path root;
  private PosixVolume volume;
  private final List<String> hints = Collections.synchronizedList(new ArrayList<>());

  @BeforeEach
  void open(@TempDir Path area) throws IOException {
    root = Files.createDirectory(area.resolve("root"));
    volume = PosixVolume.at(root);
  }

  @AfterEach
  void close() {
    volume.close();
  }

  @Test
  void aWrittenFileIsTouchedAndClosedWhenItIsComplete() throws IOException {
    try (InotifyWatcher _ = started()) {
      Files.writeString(root.resolve("file"), "content");
      awaitHints("touched file", "touched file", "closed file");
    }
  }

  @Test
  void manyWritesInARowToOneFileAreOneTouch() throws IOException {
    CountDownLatch held = new CountDownLatch(1);
    try (InotifyWatcher watcher = new InotifyWatcher(volume)) {
      Files.writeString(root.resolve("file"), "");
      watcher.start(_ -> false, noteAfter(held));
      Files.setLastModifiedTime(root.resolve("file"), FileTime.fromMillis(1));
      // The reader is held by the first hint; the rest queues up.
      for (int i = 0; i < 100; i++) {
        Files.writeString(root.resolve("file"), "x", StandardOpenOption.APPEND);
      }
      held.countDown();
      await().atMost(PATIENCE).until(() -> count("closed file") == 100);
      assertThat(count("touched file")).isLessThanOrEqualTo(101);
    }
  }

  @Test
  void theTwoHalvesOfAMoveAreOneHint() throws IOException {
    Files.writeString(root.resolve("from"), "content");
    Files.createDirectories(root.resolve("tree/sub"));
    try (InotifyWatcher _ = started()) {
      Files.move(root.resolve("from"), root.resolve("tree/to"));
      awaitHints("moved from to tree/to");
      Files.move(root.resolve("tree"), root.resolve("wood"));
      awaitHints("moved from to tree/to", "moved tree tree to wood");
      Files.writeString(root.resolve("wood/sub/file"), "");
      awaitHints(
          "moved from to tree/to",
          "moved tree tree to wood",
          "touched wood/sub/file",
          "closed wood/sub/file");
    }
  }

  @Test
  void whatIsMovedInFromOutsideIsComplete() throws IOException {
    Path outside = Files.writeString(root.resolveSibling("outside"), "content");
    try (InotifyWatcher _ = started()) {
      Files.move(outside, root.resolve("file"));
      awaitHints("closed file");
    }
  }

  @Test
  void aFileRenamedWhileOthersWorkIsStillOneMove() throws IOException {
    for (int i = 0; i < 200; i++) {
      Files.writeString(root.resolve("from" + i), "content");
    }
    try (InotifyWatcher _ = started()) {
      Thread other =
          Thread.ofPlatform()
              .start(
                  () -> {
                    for (int i = 0; i < 2_000 && !Thread.currentThread().isInterrupted(); i++) {
                      write(root.resolve("noise"));
                    }
                  });
      for (int i = 0; i < 200; i++) {
        Files.move(root.resolve("from" + i), root.resolve("to" + i));
      }
      other.interrupt();
      await().atMost(PATIENCE).until(() -> count("moved ") == 200);
    }
  }

  private static void write(Path file) {
    try {
      Files.writeString(file, "x");
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void excludedDirectoriesAreNotWatchedNorWhatIsBelow() throws IOException {
    Files.createDirectories(root.resolve("out/sub"));
    Files.createDirectories(root.resolve("in"));
    try (InotifyWatcher watcher = new InotifyWatcher(volume)) {
      watcher.start(path -> new String(path, StandardCharsets.UTF_8).equals("out"), this::note);
      assertThat(watcher.watchedDirectories()).isEqualTo(2);
      Files.writeString(root.resolve("out/sub/file"), "");
      Files.writeString(root.resolve("in/file"), "");
      awaitHints("touched in/file", "closed in/file");
      Files.move(root.resolve("in"), root.resolve("out/in"));
      await().atMost(PATIENCE).until(() -> watcher.watchedDirectories() == 1);
    }
  }

  @Test
  void whenTheQueueOverflowsItSaysSoAndWatchesWhatCameMeanwhile() throws Exception {
    int limit = Integer.parseInt(Files.readAllLines(QUEUE_LIMIT).getFirst());
    CountDownLatch held = new CountDownLatch(1);
    Files.createDirectory(root.resolve("before"));
    try (InotifyWatcher watcher = new InotifyWatcher(volume)) {
      watcher.start(_ -> false, noteAfter(held));
      Files.writeString(root.resolve("first"), "");
      // Two events each, and only those of neighbours that are the same are put together.
      for (int i = 0; i < limit; i++) {
        Path file = Files.createFile(root.resolve("before/" + i));
        Files.delete(file);
      }
      Files.move(root.resolve("before"), root.resolve("after"));
      Files.createDirectories(root.resolve("new/sub"));
      held.countDown();
      await().atMost(PATIENCE).until(() -> hints.contains("overflow"));
      await().atMost(PATIENCE).until(() -> watcher.watchedDirectories() == 4);
      Files.writeString(root.resolve("after/file"), "");
      Files.writeString(root.resolve("new/sub/file"), "");
      awaitAmong("closed after/file", "closed new/sub/file");
    }
  }

  @Test
  void aDirectoryBeyondTheLimitOfWatchesIsAGapUntilThereIsRoom() throws IOException {
    Files.createDirectories(root.resolve("a"));
    Files.createDirectories(root.resolve("b"));
    Files.createDirectories(root.resolve("c"));
    try (InotifyWatcher watcher = new InotifyWatcher(volume, () -> 3)) {
      watcher.start(_ -> false, this::note);
      assertThat(watcher.watchedDirectories()).isEqualTo(3);
      assertThat(watcher.gaps())
          .singleElement()
          .satisfies(
              gap -> {
                assertThat(gap.limitReached()).isTrue();
                assertThat(gap.reason())
                    .contains("limit of inotify watches is reached")
                    .contains("(" + Files.readAllLines(WATCH_LIMIT).getFirst() + ")")
                    .contains("sysctl -w fs.inotify.max_user_watches=");
              });
      String left = new String(watcher.gaps().getFirst().path(), StandardCharsets.UTF_8);
      Files.delete(root.resolve(left.equals("a") ? "b" : "a"));
      await().atMost(PATIENCE).until(() -> watcher.watchedDirectories() == 2);
      watcher.retryGaps();
      awaitAmong("rescan " + left);
      assertThat(watcher.gaps()).isEmpty();
      Files.writeString(root.resolve(left + "/file"), "");
      awaitAmong("closed " + left + "/file");
    }
  }

  @Test
  void aNewDirectoryBeyondTheLimitIsToBeRescanned() throws IOException {
    try (InotifyWatcher watcher = new InotifyWatcher(volume, () -> 1)) {
      watcher.start(_ -> false, this::note);
      Files.createDirectory(root.resolve("new"));
      awaitAmong("touched new", "rescan new");
      assertThat(watcher.gaps()).hasSize(1);
      Files.delete(root.resolve("new"));
      await().atMost(PATIENCE).until(() -> watcher.gaps().isEmpty());
    }
  }

  @Test
  void aGapIsListedUnderTheNameThatItsDirectoryHasNow() throws IOException {
    Files.createDirectories(root.resolve("from/sub"));
    try (InotifyWatcher watcher = new InotifyWatcher(volume, () -> 2)) {
      watcher.start(_ -> false, this::note);
      assertThat(gapPaths(watcher)).containsExactly("from/sub");
      Files.move(root.resolve("from"), root.resolve("to"));
      await().atMost(PATIENCE).until(() -> gapPaths(watcher).equals(List.of("to/sub")));
    }
  }

  @Test
  void moreGapsThanAreListedAreOneOfTheWholeTreeAndAreWatchedOnceThereIsRoom() throws IOException {
    for (int i = 0; i <= Watcher.GAPS_MAX; i++) {
      Files.createDirectory(root.resolve("d" + i));
    }
    AtomicReference<Integer> limit = new AtomicReference<>(1);
    try (InotifyWatcher watcher = new InotifyWatcher(volume, limit::get)) {
      watcher.start(_ -> false, this::note);
      assertThat(watcher.gaps()).hasSize(Watcher.GAPS_MAX);
      assertThat(watcher.gaps().getFirst().path()).isEmpty();
      limit.set(Integer.MAX_VALUE);
      watcher.retryGaps();
      await().atMost(PATIENCE).until(() -> watcher.watchedDirectories() == Watcher.GAPS_MAX + 2);
      awaitAmong("overflow");
      assertThat(watcher.gaps()).isEmpty();
    }
  }

  @Test
  void directoriesWhosePathIsTooLongForTheKernelAreGapsAndTheRestGoesOn() throws IOException {
    // Each chain can be named, all of them in a row cannot: 10,000 bytes.
    List<Path> leaves = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Path leaf = root.resolve("chain" + i);
      for (int depth = 0; depth < 12; depth++) {
        leaf = leaf.resolve("x".repeat(200));
      }
      leaves.add(Files.createDirectories(leaf));
    }
    try (InotifyWatcher watcher = started()) {
      for (int i = 2; i >= 0; i--) {
        Files.move(root.resolve("chain" + (i + 1)), leaves.get(i).resolve("chain"));
      }
      Files.createDirectory(root.resolve("new"));
      Files.writeString(root.resolve("new/file"), "");
      await().atMost(PATIENCE).until(() -> Files.exists(root.resolve("new/file")));
      watcher.retryGaps();
      Files.writeString(root.resolve("last"), "");
      awaitAmong("closed last");
      for (int i = 0; i < 3; i++) {
        Files.move(leaves.get(i).resolve("chain"), root.resolve("chain" + (i + 1)));
      }
      await().atMost(PATIENCE).until(() -> watcher.watchedDirectories() == 1 + 1 + 4 * 13);
      Files.writeString(leaves.get(3).resolve("file"), "");
      awaitAmong("closed " + root.relativize(leaves.get(3)).resolve("file"));
    }
  }

  @Test
  void aRootMovedAwayIsTold() throws IOException {
    try (InotifyWatcher _ = started()) {
      Files.move(root, root.resolveSibling("elsewhere"));
      awaitAmong("root gone");
    }
  }

  @Test
  void aRemovedRootIsToldAlthoughItIsHeldOpen() throws IOException {
    try (InotifyWatcher _ = started()) {
      Files.delete(root);
      awaitAmong("root gone");
    }
  }

  @Test
  void aRootThatIsNotThereCannotBeWatched() throws IOException {
    volume.close();
    try (InotifyWatcher watcher = new InotifyWatcher(volume)) {
      assertThatThrownBy(() -> watcher.start(_ -> false, this::note))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void aConsumerThatFailsLeavesTheWholeTreeAGapAndNoSilence() throws IOException {
    AtomicReference<Boolean> failed = new AtomicReference<>(false);
    try (InotifyWatcher watcher = new InotifyWatcher(volume)) {
      watcher.start(
          _ -> false,
          hint -> {
            note(hint);
            if (!failed.getAndSet(true)) {
              throw new IllegalStateException("planted");
            }
          });
      Files.writeString(root.resolve("file"), "");
      awaitAmong("overflow");
      assertThat(watcher.gaps())
          .singleElement()
          .satisfies(
              gap -> {
                assertThat(gap.path()).isEmpty();
                assertThat(gap.reason()).contains("the watcher failed");
              });
    }
  }

  @Test
  void afterClosingNothingIsToldAndClosingAgainOrRetryingDoesNothing() throws IOException {
    InotifyWatcher watcher = started();
    watcher.close();
    watcher.retryGaps();
    watcher.close();
    Files.writeString(root.resolve("file"), "");
    assertThat(hints).isEmpty();
  }

  @Test
  void namesThatAreNotUtf8AreGivenAsTheyAre() throws IOException {
    byte[] name = {(byte) 0xff, (byte) 0xfe, 'x'};
    AtomicReference<byte[]> seen = new AtomicReference<>();
    try (InotifyWatcher watcher = new InotifyWatcher(volume)) {
      watcher.start(
          _ -> false,
          hint -> {
            if (hint instanceof Hint.Rescan(byte[] directory)) {
              seen.set(directory);
            }
          });
      volume.mkdir(name, 0755);
      await().atMost(PATIENCE).until(() -> Arrays.equals(seen.get(), name));
      volume.rmdir(name);
    }
  }

  // -- helpers

  private InotifyWatcher started() throws IOException {
    InotifyWatcher watcher = new InotifyWatcher(volume);
    watcher.start(_ -> false, this::note);
    return watcher;
  }

  private void note(Hint hint) {
    hints.add(TreeFollower.text(hint));
  }

  private Consumer<Hint> noteAfter(CountDownLatch held) {
    return hint -> {
      try {
        held.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      note(hint);
    };
  }

  private static List<String> gapPaths(Watcher watcher) {
    return watcher.gaps().stream()
        .map(gap -> new String(gap.path(), StandardCharsets.UTF_8))
        .toList();
  }

  private void awaitHints(String... expected) {
    await().atMost(PATIENCE).until(() -> hints.size() >= expected.length);
    assertThat(hints).containsExactly(expected);
  }

  private long count(String beginning) {
    synchronized (hints) {
      return hints.stream().filter(hint -> hint.startsWith(beginning)).count();
    }
  }

  private void awaitAmong(String... expected) {
    await().atMost(PATIENCE).until(() -> hints.containsAll(List.of(expected)));
  }
}
