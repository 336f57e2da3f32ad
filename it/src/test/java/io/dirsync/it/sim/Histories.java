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

  /** They take ten times as long as others. */
  private static final int ON_JIMFS_ONE_IN = 125;

  private static final int LARGE = 5;
  private static final int LARGE_SIZES = 4;

  private final long last;
  private final long endNanos;
  private final AtomicLong next;
  private final AtomicLong run = new AtomicLong();
  private final AtomicLong steps = new AtomicLong();
  private final AtomicLong deltas = new AtomicLong();
  private final AtomicLong held = new AtomicLong();
  private final AtomicLong continued = new AtomicLong();
  private final AtomicLong resumed = new AtomicLong();
  private final AtomicLong large = new AtomicLong();
  private final AtomicLong clockSteps = new AtomicLong();
  private final AtomicLong onJimfs = new AtomicLong();
  private final List<String> failures = new ArrayList<>();

  /**
   * What came of them.
   *
   * @param held how often an operator decided about deletions
   * @param continued transfers that went on where an earlier one was cut
   * @param resumed how often an operator let a folder go on whose root was set back
   * @param large histories of five nodes and more
   * @param clockSteps histories in which clocks were set
   * @param onJimfs histories whose disks are jimfs
   * @param failures the first few, each with its plan
   */
  record Result(
      long histories,
      long steps,
      long deltas,
      long held,
      long continued,
      long resumed,
      long large,
      long clockSteps,
      long onJimfs,
      List<String> failures) {}

  private Histories(long first, long last, Duration most) {
    this.last = last;
    next = new AtomicLong(first);
    endNanos = System.nanoTime() + most.toNanos();
  }

  /**
   * What the history of a seed is made of: each third has power cuts, each fourth clocks that are
   * set, each fifth restores, in each seventh deletions are held, in each ninth contents come in
   * pieces, each eleventh has five to eight nodes, in each thirteenth users act between two steps
   * of one publication, in each seventeenth what was sent comes again, in each nineteenth machines
   * are replaced, in each eighth roots are set back, and a few have their disks on jimfs, without
   * power cuts; in all of them deletions are held with {@code -Ddirsync.sim.brakes=true}.
   */
  static Plan plan(long seed) {
    Plan plan = Plan.of(seed);
    plan = seed % 3 == 0 ? plan.withPowerCuts() : plan;
    plan = seed % 4 == 0 ? plan.withClockSteps() : plan;
    plan = seed % 5 == 0 ? plan.withRestores() : plan;
    plan = seed % 9 == 0 ? plan.inPieces() : plan;
    plan = seed % 11 == 0 ? large(plan) : plan;
    plan = seed % 13 == 0 ? plan.withMeddling() : plan;
    plan = seed % 17 == 0 ? plan.withRepetitions() : plan;
    plan = seed % 19 == 0 ? plan.withReplacements() : plan;
    plan = seed % 8 == 3 ? plan.withStaleRoots() : plan;
    plan = seed % ON_JIMFS_ONE_IN == 1 ? plan.onJimfs() : plan;
    return seed % 7 == 0 || Boolean.getBoolean("dirsync.sim.brakes") ? plan.withBrakes() : plan;
  }

  private static Plan large(Plan plan) {
    int turn = (int) (plan.seed() / 11 % 1_000);
    Mesh[] meshes = Mesh.values();
    return plan.withNodes(LARGE + turn % LARGE_SIZES)
        .joinedIn(meshes[turn / LARGE_SIZES % meshes.length]);
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
        histories.continued.get(),
        histories.resumed.get(),
        histories.large.get(),
        histories.clockSteps.get(),
        histories.onJimfs.get(),
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

  private void one(Plan plan) {
    try {
      Simulation.Outcome outcome = Simulation.run(plan, false);
      steps.addAndGet(outcome.steps());
      deltas.addAndGet(outcome.deltas());
      held.addAndGet(outcome.held());
      continued.addAndGet(outcome.continued());
      resumed.addAndGet(outcome.resumed());
      large.addAndGet(plan.nodes() >= LARGE ? 1 : 0);
      clockSteps.addAndGet(plan.has(Plan.Ingredient.CLOCK_STEPS) ? 1 : 0);
      onJimfs.addAndGet(plan.has(Plan.Ingredient.JIMFS) ? 1 : 0);
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
  private static String shrunk(Plan plan) {
    Plan smallest = Shrinking.smallest(plan, each -> !faults(each).isEmpty());
    return "\n  shrunk to " + smallest + ": " + faults(smallest);
  }

  private static String faults(Plan plan) {
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
