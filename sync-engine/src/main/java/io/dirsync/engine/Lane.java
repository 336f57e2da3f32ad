package io.dirsync.engine;

import java.time.Duration;
import java.util.concurrent.Executor;

/** Runs tasks one at a time, in the order given: what shares a lane needs no locks. */
public interface Lane extends Executor {
  /** Runs the task on this lane once the time has passed. */
  void after(Duration delay, Runnable task);

  /**
   * The same for what decides nothing, and only tells people something: where nobody is told, it
   * may be left out.
   */
  default void tellAfter(Duration delay, Runnable task) {
    after(delay, task);
  }

  /** Runs nothing more; a task under way ends. */
  void close();
}
