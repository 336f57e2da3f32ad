package io.dirsync.it.sim;

import io.dirsync.engine.Environment;
import io.dirsync.engine.Lane;
import io.dirsync.engine.store.StoreClosedException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;

/** What one process of a node runs on: nothing of it runs any more once the process is dead. */
final class SimEnvironment implements Environment {
  private final Scheduler scheduler;
  private final String node;
  private final String boot;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final List<Scheduler.Queue> queues = new ArrayList<>();
  private boolean dead;

  /**
   * @param clock of the machine
   * @param boots how often the machine was started before
   */
  SimEnvironment(Scheduler scheduler, String node, InstantSource clock, int boots) {
    this.scheduler = scheduler;
    this.boot = "boot " + boots;
    this.node = node;
    this.clock = clock;
    this.random = new SplittableRandom(scheduler.random().nextLong());
  }

  Scheduler.Queue queue(String name) {
    Scheduler.Queue queue = scheduler.queue(node + "/" + name);
    queues.add(queue);
    return queue;
  }

  void die() {
    dead = true;
    queues.forEach(Scheduler.Queue::close);
  }

  @Override
  public Lane lane(String name) {
    Scheduler.Queue queue = queue(name);
    return new Lane() {
      @Override
      public void execute(Runnable task) {
        queue.add(task);
      }

      @Override
      public void after(Duration delay, Runnable task) {
        queue.after(delay.toNanos(), task);
      }

      @Override
      public void tellAfter(Duration delay, Runnable task) {
        // Nobody reads it: no history has a step for it.
      }

      @Override
      public void close() {
        queue.close();
      }
    };
  }

  @Override
  public Executor workers() {
    return task ->
        scheduler.once(
            node + "/worker",
            () -> {
              if (!dead) {
                run(task);
              }
            });
  }

  /** As the system's workers do. */
  private static void run(Runnable task) {
    try {
      task.run();
    } catch (StoreClosedException e) {
      // Its folder was closed: it has nothing left to do.
    }
  }

  @Override
  public Optional<String> boot() {
    return Optional.of(boot);
  }

  @Override
  public InstantSource clock() {
    return clock;
  }

  @Override
  public long elapsedNanos() {
    return scheduler.now();
  }

  @Override
  public RandomGenerator random() {
    return random;
  }
}
