package io.dirsync.engine;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;

/**
 * Runs everything in the order in which it is given, when a test says so; waits end, and a minute
 * has passed, or what a test says, when nothing else is left to do.
 */
public final class OneThread implements Environment, Lane {
  private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
  private final ArrayDeque<Runnable> later = new ArrayDeque<>();
  private final RandomGenerator random = new SplittableRandom(7);
  private Duration wait = Duration.ofMinutes(1);
  private Instant now = Instant.ofEpochSecond(1_000_000_000);

  /** Runs until nothing is left to do. */
  public void settle() {
    runAll();
    while (!later.isEmpty()) {
      endWaits();
    }
  }

  /** Runs what has waited until now, and what follows from that but after a wait. */
  public void endWaits() {
    pass();
    tasks.addAll(later);
    later.clear();
    runAll();
  }

  /** How long each wait is from now on, whatever it was meant to be. */
  public void setWait(Duration each) {
    wait = each;
  }

  /** Runs until nothing is left to do but after a wait. */
  public void runAll() {
    while (!tasks.isEmpty()) {
      tasks.remove().run();
    }
  }

  /** As long passes as a wait takes. */
  public void pass() {
    now = now.plus(wait);
  }

  @Override
  public Lane lane(String name) {
    return this;
  }

  @Override
  public Executor workers() {
    return this;
  }

  @Override
  public InstantSource clock() {
    return () -> now;
  }

  @Override
  public long elapsedNanos() {
    return nowNanos();
  }

  @Override
  public Optional<String> boot() {
    return Optional.of("boot");
  }

  @Override
  public RandomGenerator random() {
    return random;
  }

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
  }

  @Override
  public void after(Duration delay, Runnable task) {
    later.add(task);
  }

  @Override
  public void close() {}
}
