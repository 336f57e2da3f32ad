package io.dirsync.watcher;

import io.dirsync.fs.Volume;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * For file systems that tell of no changes, or not of those that other machines make: gives {@link
 * Hint.Overflow} at regular intervals. Who compares the tree with what it knows then misses
 * nothing, not even what came and went again after it was last seen here; a watcher that compared
 * with its own last look would.
 */
public final class PollingWatcher implements Watcher {
  private static final byte[] ROOT = {};

  /** How long {@link #close} waits for a file system that hangs, on a dead server say. */
  private static final Duration CLOSE_WAIT = Duration.ofSeconds(5);

  private final Volume volume;
  private final Duration interval;
  private final CountDownLatch closing = new CountDownLatch(1);
  private Consumer<Hint> hints = _ -> {};
  private volatile List<Gap> gaps = List.of();
  private @Nullable Thread thread;

  /**
   * @param volume stays the caller's to close, after the watcher
   * @param interval the pause from one hint to the next
   */
  public PollingWatcher(Volume volume, Duration interval) {
    if (!interval.isPositive()) {
      throw new IllegalArgumentException("an interval must be positive: " + interval);
    }
    this.volume = volume;
    this.interval = interval;
  }

  @Override
  public void start(Predicate<byte[]> excluded, Consumer<Hint> consumer) throws IOException {
    if (!volume.isRootInPlace()) {
      throw new NoSuchFileException("the root is gone");
    }
    volume.list(ROOT, _ -> {});
    hints = consumer;
    thread = Thread.ofPlatform().daemon().name("poller").start(this::pollUntilClosed);
  }

  private void pollUntilClosed() {
    try {
      boolean goesOn = true;
      while (goesOn && !closing.await(interval.toNanos(), TimeUnit.NANOSECONDS)) {
        goesOn = poll();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** False if the root is gone. */
  private boolean poll() {
    try {
      if (!volume.isRootInPlace()) {
        hints.accept(new Hint.RootGone());
        return false;
      }
      gaps = List.of();
      hints.accept(new Hint.Overflow());
    } catch (IOException e) {
      gaps = List.of(new Gap(ROOT, String.valueOf(e.getMessage()), false));
    }
    return true;
  }

  @Override
  public boolean isImmediate() {
    return false;
  }

  /** None. */
  @Override
  public int watchedDirectories() {
    return 0;
  }

  @Override
  public List<Gap> gaps() {
    return gaps;
  }

  /** Nothing to do: every interval tries again. */
  @Override
  public void retryGaps() {}

  /** Gives no hint afterwards. */
  @Override
  public void close() {
    closing.countDown();
    Thread poller = thread;
    if (poller == null || poller == Thread.currentThread()) {
      return;
    }
    try {
      poller.join(CLOSE_WAIT);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
