package io.dirsync.engine;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Has several workers do a large piece of work at once, one stretch of it after another. Who asked
 * for it works as well, and waits at the end for the stretches that others have begun; one that
 * none has begun is never waited for. Others take a stretch at a time and queue up for the next, so
 * that nothing small waits behind a large piece of work for longer than a stretch takes.
 */
public final class SharedWork {
  /** Beside who asked: more than memory can feed are of no use. */
  private static final int HELPERS_MAX = 3;

  /** What is done of it in one go, on any thread. */
  public interface Stretch {
    /**
     * @param number from zero on; each is done once
     */
    void run(int number) throws IOException;
  }

  private final int count;
  private final Stretch stretch;
  private final Executor workers;
  private final AtomicInteger next = new AtomicInteger();
  private final CountDownLatch undone;
  private volatile boolean cut;
  private volatile @Nullable Throwable failure;

  /**
   * @param count how many stretches there are
   */
  public SharedWork(int count, Stretch stretch, Executor workers) {
    this.count = count;
    this.stretch = stretch;
    this.workers = workers;
    this.undone = new CountDownLatch(count);
  }

  /**
   * Does it all; then nobody works on it any more.
   *
   * @return false if it was {@link #cut}
   * @throws IOException what one of the stretches has failed with; not all others were done
   */
  public boolean run() throws IOException {
    for (int helper = 1; helper <= Math.min(HELPERS_MAX, count - 1); helper++) {
      workers.execute(this::help);
    }
    int number;
    while ((number = next.getAndIncrement()) < count) {
      runCounted(number);
    }
    awaitOthers();
    switch (failure) {
      case null -> {}
      case IOException e -> throw e;
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case Throwable e -> throw new IllegalStateException(e);
    }
    return !cut;
  }

  /** The rest is of no use: no stretch is begun any more. On any thread. */
  public void cut() {
    cut = true;
  }

  private void help() {
    int number = next.getAndIncrement();
    if (number < count) {
      runCounted(number);
      workers.execute(this::help);
    }
  }

  private void runCounted(int number) {
    try {
      if (!cut) {
        stretch.run(number);
      }
    } catch (IOException | RuntimeException | Error e) {
      // Thrown once nobody works any more: files are closed then.
      failure = e;
      cut = true;
    } finally {
      undone.countDown();
    }
  }

  /** Even when interrupted: they work on files that are closed after this. */
  private void awaitOthers() {
    boolean interrupted = false;
    while (true) {
      try {
        undone.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
