package io.dirsync.watcher;

import io.dirsync.fs.PosixVolume;
import java.time.Duration;

final class PollingWatcherContractTest extends WatcherContractTest {
  @Override
  Watcher watcher(PosixVolume volume) {
    return new PollingWatcher(volume, Duration.ofMillis(5));
  }

  @Override
  void awaitWatched(int directories) {
    // It looks at all of them.
  }
}
