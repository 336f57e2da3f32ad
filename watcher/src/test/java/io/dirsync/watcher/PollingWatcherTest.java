package io.dirsync.watcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.dirsync.fs.MemoryVolume;
import io.dirsync.fs.PosixVolume;
import io.dirsync.fs.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PollingWatcherTest {
  private static final Duration OFTEN = Duration.ofMillis(5);

  private final List<String> hints = new CopyOnWriteArrayList<>();

  @Test
  void asksForTheWholeTreeAgainAndAgain() throws IOException {
    try (PollingWatcher watcher = started(new MemoryVolume(InstantSource.system()))) {
      await().until(() -> hints.size() >= 3);
      assertThat(hints).containsOnly("overflow");
      assertThat(watcher.isImmediate()).isFalse();
      assertThat(watcher.gaps()).isEmpty();
    }
  }

  @Test
  void theRootMovedAwayIsTheLastThatIsTold(@TempDir Path area) throws IOException {
    Path root = Files.createDirectory(area.resolve("root"));
    try (PosixVolume volume = PosixVolume.at(root);
        PollingWatcher _ = started(volume)) {
      Files.move(root, area.resolve("elsewhere"));
      await().until(() -> hints.contains("root gone"));
      assertThat(hints.getLast()).isEqualTo("root gone");
    }
  }

  @Test
  void aRootThatIsNotThereCannotBePolled(@TempDir Path area) throws IOException {
    Path root = Files.createDirectory(area.resolve("root"));
    try (PosixVolume volume = PosixVolume.at(root)) {
      Files.delete(root);
      assertThatThrownBy(() -> started(volume)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void nothingIsToldAfterClosing() throws IOException {
    PollingWatcher watcher = started(new MemoryVolume(InstantSource.system()));
    await().until(() -> !hints.isEmpty());
    watcher.close();
    int told = hints.size();
    watcher.close();
    assertThat(hints).hasSize(told);
  }

  @Test
  void anIntervalIsPositive() {
    MemoryVolume volume = new MemoryVolume(InstantSource.system());
    assertThatThrownBy(() -> new PollingWatcher(volume, Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private PollingWatcher started(Volume volume) throws IOException {
    PollingWatcher watcher = new PollingWatcher(volume, OFTEN);
    watcher.start(_ -> false, hint -> hints.add(TreeFollower.text(hint)));
    return watcher;
  }
}
