package io.dirsync.engine;

import io.dirsync.engine.store.StoreClosedException;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * A lane whose owner is told when a task fails otherwise than it should: what that task had in hand
 * is lost then, and only what is durable can be trusted.
 */
final class GuardedLane implements Lane {
  private final Lane lane;
  private final Consumer<RuntimeException> failed;

  /**
   * @param failed told on the lane; what was thrown goes on to whoever runs the lane
   */
  GuardedLane(Lane lane, Consumer<RuntimeException> failed) {
    this.lane = lane;
    this.failed = failed;
  }

  @Override
  public void execute(Runnable task) {
    lane.execute(guarded(task));
  }

  @Override
  public void after(Duration delay, Runnable task) {
    lane.after(delay, guarded(task));
  }

  @Override
  public void tellAfter(Duration delay, Runnable task) {
    lane.tellAfter(delay, guarded(task));
  }

  @Override
  public void close() {
    lane.close();
  }

  private Runnable guarded(Runnable task) {
    return () -> {
      try {
        task.run();
      } catch (StoreClosedException e) {
        throw e;
      } catch (RuntimeException e) {
        failed.accept(e);
        throw e;
      }
    };
  }
}
