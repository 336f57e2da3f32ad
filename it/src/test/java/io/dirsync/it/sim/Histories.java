package io.dirsync.it.sim;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/** Many histories, by seed. They share nothing, so that several threads may run them. */
final class Histories {
  private static final int FAILURES_SHOWN_MAX = 5;

  private final long last;
  private final long endNanos;
  private final AtomicLong next;
  private final AtomicLong run = new AtomicLong();
  private final AtomicLong steps = new AtomicLong();
  private final AtomicLong deltas = new AtomicLong();
  private final AtomicLong held = new AtomicLong();
  private final List<String> failures = new ArrayList<>();

  /**
   * What came of them.
   *
   * @param failures the first few, each with its plan
   */
  record Result(long histories, long steps, long deltas, long held, List<String> failures) {}

  private Histories(long first, long last, Duration most) {
    this.last = last;
    next = new AtomicLong(first);
    endNanos = System.nanoTime() + most.toNanos();
  }

  /**
   * What the history of a seed is made of: each third has power cuts, each fifth restores, and in
   * each seventh deletions are held; in all of them with {@code -Ddirsync.sim.brakes=true}.
   */
  static Simulation.Plan plan(long seed) {
    Simulation.Plan plan = Simulation.Plan.of(seed);
    plan = seed % 3 == 0 ? plan.withPowerCuts() : plan;
    plan = seed % 5 == 0 ? plan.withRestores() : plan;
    return seed % 7 == 0 || Boolean.getBoolean("dirsync.sim.brakes") ? plan.withBrakes() : plan;
  }

  /**
   * Runs the histories of these seeds until all are run, the time is over, or too many have failed.
   *
   * @param first seed
   * @param last seed
   * @param most how long to go on
   */
  static Result run(long first, long last, int threads, Duration most) throws Exception {
    Histories histories = new Histories(first, last, most);
    try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        running.add(executor.submit(histories::work));
      }
      for (Future<?> each : running) {
        each.get();
      }
    }
    return new Result(
        histories.run.get(),
        histories.steps.get(),
        histories.deltas.get(),
        histories.held.get(),
        histories.failures());
  }

  private void work() {
    long seed;
    while (System.nanoTime() < endNanos
        && failures().size() < FAILURES_SHOWN_MAX
        && (seed = next.getAndIncrement()) <= last) {
      one(plan(seed));
    }
  }

  private void one(Simulation.Plan plan) {
    try {
      Simulation.Outcome outcome = Simulation.run(plan, false);
      steps.addAndGet(outcome.steps());
      deltas.addAndGet(outcome.deltas());
      held.addAndGet(outcome.held());
      if (!outcome.faults().isEmpty()) {
        fail(plan + ": " + outcome.faults() + shrunk(plan));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (RuntimeException | AssertionError e) {
      StringBuilder where = new StringBuilder();
      for (StackTraceElement each : e.getStackTrace()) {
        where.append("\n    ").append(each);
      }
      fail(plan + ": " + e + where + shrunk(plan));
    }
    run.incrementAndGet();
  }

  /** A smaller plan that fails, and how. */
  private static String shrunk(Simulation.Plan plan) {
    Simulation.Plan smallest = Shrinking.smallest(plan, each -> !faults(each).isEmpty());
    return "\n  shrunk to " + smallest + ": " + faults(smallest);
  }

  private static String faults(Simulation.Plan plan) {
    try {
      return String.join("; ", Simulation.run(plan, false).faults());
    } catch (IOException | RuntimeException | AssertionError e) {
      return e.toString();
    }
  }

  private synchronized void fail(String failure) {
    failures.add(failure);
  }

  private synchronized List<String> failures() {
    return List.copyOf(failures);
  }
}
