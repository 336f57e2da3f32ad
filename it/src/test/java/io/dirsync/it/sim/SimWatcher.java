package io.dirsync.it.sim;

import io.dirsync.watcher.Hint;
import io.dirsync.watcher.Watcher;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Hands on what the simulation tells it, later, and now and then only that something was lost. */
final class SimWatcher implements Watcher {
  private static final int LOST_ONE_IN = 40;

  private final Scheduler scheduler;
  private final Scheduler.Queue queue;
  private Consumer<Hint> hints = _ -> {};

  SimWatcher(Scheduler scheduler, Scheduler.Queue queue) {
    this.scheduler = scheduler;
    this.queue = queue;
  }

  void tell(Hint hint) {
    boolean lost = scheduler.random().nextInt(LOST_ONE_IN) == 0;
    queue.add(() -> hints.accept(lost ? new Hint.Overflow() : hint));
  }

  @Override
  public void start(Predicate<byte[]> excluded, Consumer<Hint> consumer) {
    hints = consumer;
  }

  @Override
  public boolean isImmediate() {
    return true;
  }

  @Override
  public int watchedDirectories() {
    return 1;
  }

  @Override
  public List<Gap> gaps() {
    return List.of();
  }

  @Override
  public void retryGaps() {
    // There are none.
  }

  @Override
  public void close() {
    hints = _ -> {};
  }
}
