package io.dirsync.watcher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.dirsync.fs.MemoryUser;
import io.dirsync.fs.MemoryVolume;
import io.dirsync.fs.MemoryVolume.Operation;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

final class PollingWatcherTest {
  private static final Duration INTERVAL = Duration.ofSeconds(10);

  private Instant now = Instant.ofEpochSecond(1_000_000);
  private final InstantSource clock = () -> now;
  private final MemoryVolume volume = new MemoryVolume(clock);
  private final MemoryUser user = volume.user();
  private final List<String> hints = new ArrayList<>();
  private final PollingWatcher watcher = new PollingWatcher(volume, INTERVAL, clock);

  @Test
  void saysNothingOfWhatWasThereAndStandsStill() throws IOException {
    user.mkdir(bytes("dir"));
    user.write(bytes("dir/file"), bytes("x"));
    begin();
    assertThat(poll()).isEmpty();
    assertThat(poll()).isEmpty();
    assertThat(watcher.watchedDirectories()).isEqualTo(2);
    assertThat(watcher.gaps()).isEmpty();
  }

  @Test
  void aNewFileIsTouchedAndClosedOnceItStandsStill() throws IOException {
    begin();
    user.write(bytes("file"), bytes("x"));
    assertThat(poll()).containsExactly("touched file");
    user.append(bytes("file"), bytes("more"));
    assertThat(poll()).containsExactly("touched file");
    assertThat(poll()).containsExactly("closed file");
    assertThat(poll()).isEmpty();
  }

  @Test
  void everyChangeOfAFileIsTold() throws IOException {
    user.write(bytes("file"), bytes("x"));
    begin();
    user.overwrite(bytes("file"), 0, bytes("y"));
    assertThat(poll()).containsExactly("touched file");
    assertThat(poll()).containsExactly("closed file");
    user.setMode(bytes("file"), 0600);
    assertThat(poll()).containsExactly("touched file");
    assertThat(poll()).containsExactly("closed file");
    user.write(bytes("new"), bytes("y"));
    user.rename(bytes("new"), bytes("file"));
    assertThat(poll()).containsExactly("touched file");
    user.remove(bytes("file"));
    user.symlink(bytes("target"), bytes("file"));
    assertThat(poll()).containsExactly("touched file");
    assertThat(poll()).isEmpty();
  }

  @Test
  void aFileChangedJustBeforeTheStartIsLookedAtOnceMore() throws IOException {
    user.write(bytes("old"), bytes("x"));
    now = now.plusSeconds(60);
    user.write(bytes("young"), bytes("x"));
    watcher.begin(directory -> false, this::note);
    assertThat(poll()).containsExactly("closed young");
    assertThat(poll()).isEmpty();
  }

  @Test
  void aNewDirectoryIsToBeRescannedAsAWhole() throws IOException {
    begin();
    user.mkdir(bytes("dir"));
    user.mkdir(bytes("dir/sub"));
    user.write(bytes("dir/sub/file"), bytes("x"));
    assertThat(poll()).containsExactly("rescan dir");
    assertThat(poll()).containsExactly("closed dir/sub/file");
    user.append(bytes("dir/sub/file"), bytes("x"));
    assertThat(poll()).containsExactly("touched dir/sub/file");
  }

  @Test
  void aRemovalIsARescanOfItsDirectory() throws IOException {
    user.mkdir(bytes("dir"));
    user.write(bytes("dir/one"), bytes("x"));
    user.write(bytes("dir/two"), bytes("x"));
    user.mkdir(bytes("dir/sub"));
    user.write(bytes("dir/sub/deep"), bytes("x"));
    begin();
    user.remove(bytes("dir/one"));
    assertThat(poll()).containsExactly("rescan dir");
    user.remove(bytes("dir/sub"));
    assertThat(poll()).containsExactly("rescan dir");
    user.remove(bytes("dir"));
    assertThat(poll()).containsExactly("rescan ");
    assertThat(poll()).isEmpty();
  }

  @Test
  void aRenameInOneDirectoryShowsBothNames() throws IOException {
    user.write(bytes("from"), bytes("x"));
    begin();
    user.rename(bytes("from"), bytes("to"));
    assertThat(poll()).containsExactly("touched to", "rescan ");
  }

  @Test
  void aMovedDirectoryIsRescannedWhereItIsNow() throws IOException {
    user.mkdir(bytes("a"));
    user.mkdir(bytes("b"));
    user.mkdir(bytes("a/dir"));
    user.write(bytes("a/dir/file"), bytes("x"));
    begin();
    user.rename(bytes("a/dir"), bytes("b/dir"));
    assertThat(poll()).containsExactlyInAnyOrder("rescan a", "rescan b/dir");
    assertThat(poll()).isEmpty();
  }

  @Test
  void aFileThatBecameADirectoryAndBackIsTold() throws IOException {
    user.write(bytes("name"), bytes("x"));
    begin();
    user.remove(bytes("name"));
    user.mkdir(bytes("name"));
    user.write(bytes("name/inside"), bytes("x"));
    assertThat(poll()).containsExactly("touched name", "rescan name");
    poll();
    user.remove(bytes("name"));
    user.write(bytes("name"), bytes("x"));
    assertThat(poll()).containsExactly("touched name");
  }

  @Test
  void aDirectorysModeIsTold() throws IOException {
    user.mkdir(bytes("dir"));
    begin();
    user.setMode(bytes("dir"), 0700);
    assertThat(poll()).containsExactly("touched dir");
  }

  @Test
  void excludedDirectoriesAreNotLookedAt() throws IOException {
    user.mkdir(bytes(".dirsync"));
    watcher.begin(directory -> new String(directory, UTF_8).equals(".dirsync"), this::note);
    List<String> listed = new ArrayList<>();
    volume.setStepHook(
        (operation, path) -> {
          if (operation == Operation.LIST) {
            listed.add(new String(path, UTF_8));
          }
        });
    user.write(bytes(".dirsync/file"), bytes("x"));
    assertThat(poll()).isEmpty();
    assertThat(listed).containsExactly("");
    user.remove(bytes(".dirsync"));
    assertThat(poll()).isEmpty();
  }

  @Test
  void aDirectoryThatCannotBeListedIsAGapAndNoRemoval() throws IOException {
    user.mkdir(bytes("dir"));
    user.mkdir(bytes("dir/sub"));
    user.write(bytes("dir/sub/file"), bytes("x"));
    begin();
    failListing("dir");
    assertThat(poll()).isEmpty();
    assertThat(watcher.gaps())
        .singleElement()
        .satisfies(
            gap -> {
              assertThat(gap.path()).isEqualTo(bytes("dir"));
              assertThat(gap.reason()).contains("AccessDenied");
              assertThat(gap.limitReached()).isFalse();
            });
    assertThat(watcher.watchedDirectories()).isEqualTo(1);
    assertThat(poll()).isEmpty();
    volume.setFaults((operation, path) -> {});
    assertThat(poll()).containsExactly("rescan dir");
    assertThat(watcher.gaps()).isEmpty();
    assertThat(poll()).isEmpty();
  }

  @Test
  void aRootThatCannotBeListedIsAGap() throws IOException {
    user.write(bytes("file"), bytes("x"));
    begin();
    failListing("");
    assertThat(poll()).isEmpty();
    assertThat(watcher.gaps()).singleElement().extracting(Watcher.Gap::path).isEqualTo(bytes(""));
    volume.setFaults((operation, path) -> {});
    assertThat(poll()).containsExactly("rescan ");
  }

  @Test
  void gapsAreCountedWhenThereAreTooManyToList() throws IOException {
    for (int i = 0; i <= Watcher.GAPS_MAX; i++) {
      user.mkdir(bytes("d" + i));
    }
    begin();
    volume.setFaults(
        (operation, path) -> {
          if (operation == Operation.LIST && path.length > 0) {
            throw new AccessDeniedException("each");
          }
        });
    assertThat(poll()).isEmpty();
    assertThat(watcher.gaps()).hasSize(Watcher.GAPS_MAX);
    assertThat(watcher.gaps().getFirst().path()).isEmpty();
    volume.setFaults((operation, path) -> {});
    assertThat(poll()).containsExactly("overflow");
    assertThat(watcher.gaps()).isEmpty();
  }

  @Test
  void anUnmountedRootIsGone() throws IOException {
    begin();
    user.unmount();
    assertThat(watcher.poll()).isFalse();
    assertThat(hints).containsExactly("root gone");
  }

  @Test
  void doesNotStartWithoutARoot() {
    user.unmount();
    assertThatThrownBy(this::begin).isInstanceOf(IOException.class);
    user.mount();
    failListing("");
    assertThatThrownBy(this::begin).isInstanceOf(FileSystemException.class);
  }

  @Test
  void keepsTrackOfManyPaths() throws IOException {
    for (int i = 0; i < 50; i++) {
      user.mkdir(bytes("d" + i));
      for (int j = 0; j < 100; j++) {
        user.write(bytes("d" + i + "/f" + j), bytes("x"));
      }
    }
    begin();
    assertThat(poll()).isEmpty();
    for (int i = 0; i < 50; i += 8) {
      user.append(bytes("d" + i + "/f" + i), bytes("y"));
    }
    assertThat(poll()).hasSize(7);
    for (int i = 0; i < 49; i++) {
      user.remove(bytes("d" + i));
    }
    assertThat(poll()).containsExactly("rescan ");
    user.append(bytes("d49/f7"), bytes("y"));
    assertThat(poll()).containsExactly("touched d49/f7");
  }

  @Test
  void walksByItselfOnceStartedUntilClosed() throws IOException {
    List<Hint> given = new CopyOnWriteArrayList<>();
    try (PollingWatcher own = new PollingWatcher(volume, Duration.ofMillis(5), clock)) {
      own.start(directory -> false, given::add);
      user.write(bytes("file"), bytes("x"));
      await().atMost(Duration.ofSeconds(10)).until(() -> given.size() >= 2);
      own.retryGaps();
    }
    assertThat(given.stream().map(PollingWatcherTest::text))
        .containsSequence("touched file", "closed file");
    int before = given.size();
    user.write(bytes("late"), bytes("x"));
    assertThat(given).hasSize(before);
  }

  /** Starts when all that was made so far is old. */
  private void begin() throws IOException {
    now = now.plusSeconds(60);
    watcher.begin(directory -> false, this::note);
  }

  private List<String> poll() {
    hints.clear();
    now = now.plus(INTERVAL);
    assertThat(watcher.poll()).isTrue();
    return hints;
  }

  private void failListing(String directory) {
    volume.setFaults(
        (operation, path) -> {
          if (operation == Operation.LIST && directory.equals(new String(path, UTF_8))) {
            throw new AccessDeniedException(directory);
          }
        });
  }

  private void note(Hint hint) {
    hints.add(text(hint));
  }

  private static String text(Hint hint) {
    return switch (hint) {
      case Hint.Touched(var path) -> "touched " + new String(path, UTF_8);
      case Hint.Closed(var path) -> "closed " + new String(path, UTF_8);
      case Hint.Moved(var from, var to, var directory) ->
          "moved " + new String(from, UTF_8) + " " + new String(to, UTF_8) + " " + directory;
      case Hint.Rescan(var directory) -> "rescan " + new String(directory, UTF_8);
      case Hint.Overflow() -> "overflow";
      case Hint.RootGone() -> "root gone";
    };
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
