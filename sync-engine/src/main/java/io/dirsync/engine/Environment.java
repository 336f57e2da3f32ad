package io.dirsync.engine;

import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;

/**
 * The threads, clock and chance that a node runs on. Nothing in the engine takes these from
 * elsewhere.
 */
public interface Environment {
  /** A lane of its own; the name shows in thread dumps. */
  Lane lane(String name);

  /**
   * Runs tasks that read and write files, several at a time. No task waits for one that may not
   * have begun.
   */
  Executor workers();

  /** What people call the time: somebody may set it forward or back at any moment. */
  InstantSource clock();

  /**
   * Nanoseconds, one or more, that have passed since some moment before this was made, whatever
   * happened to the {@link #clock} meanwhile: waits are measured by this.
   */
  long elapsedNanos();

  RandomGenerator random();

  /**
   * Names the machine's present boot: another one after each start of the machine. Empty where that
   * cannot be told.
   */
  Optional<String> boot();

  /** Now, in nanoseconds since 1970. */
  default long nowNanos() {
    var now = clock().instant();
    return Math.addExact(Math.multiplyExact(now.getEpochSecond(), 1_000_000_000L), now.getNano());
  }
}
