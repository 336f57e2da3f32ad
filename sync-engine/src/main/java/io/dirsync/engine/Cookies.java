package io.dirsync.engine;

import io.dirsync.engine.scan.Scanner;
import io.dirsync.fs.Volume;
import io.dirsync.model.RelativePath;
import io.dirsync.watcher.Watcher;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;

/**
 * Tells when everything that was written before a moment is known: a file that is made then, a
 * cookie, is reported by the watcher after all of it. What the watcher does not report is walked.
 * Watchman has cookies of this kind.
 */
final class Cookies {
  private final String folder;
  private final Volume volume;
  private final Watcher watcher;
  private final Scanner scanner;
  private final RandomGenerator random;

  /**
   * @param folder its name, for people
   */
  Cookies(String folder, Volume volume, Watcher watcher, Scanner scanner, RandomGenerator random) {
    this.folder = folder;
    this.volume = volume;
    this.watcher = watcher;
    this.scanner = scanner;
    this.random = random;
  }

  /** Completes once everything written before the call was looked at, and given on. */
  CompletableFuture<Void> allSeen() {
    RelativePath cookie = Layout.COOKIES.child(Long.toHexString(random.nextLong()));
    List<CompletableFuture<?>> before = new ArrayList<>();
    if (watcher.isImmediate() && isWatched(Layout.COOKIES)) {
      before.add(scanner.cookie(cookie));
      try (var file = volume.stage(Layout.COOKIES.bytes())) {
        file.link(cookie.bytes());
        volume.unlink(cookie.bytes());
      } catch (IOException e) {
        return CompletableFuture.failedFuture(
            new IOException(
                "folder "
                    + folder
                    + ": it cannot be told whether all that was written is known, for a file has to be written for that: "
                    + e.getMessage(),
                e));
      }
    } else {
      before.add(scanner.walk(RelativePath.ROOT));
    }
    for (Watcher.Gap gap : watcher.gaps()) {
      before.add(scanner.walk(RelativePath.of(gap.path())));
    }
    return CompletableFuture.allOf(before.toArray(CompletableFuture[]::new))
        .thenCompose(_ -> scanner.fence());
  }

  private boolean isWatched(RelativePath directory) {
    return watcher.gaps().stream()
        .map(gap -> RelativePath.of(gap.path()))
        .noneMatch(gap -> directory.equals(gap) || directory.isBelow(gap));
  }
}
