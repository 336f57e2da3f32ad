package io.dirsync.it.sim;

import java.time.Instant;
import java.time.InstantSource;

/** A machine's clock: it goes as fast as time does, and is set to something else now and then. */
final class SimClock implements InstantSource {
  private static final long SECOND = 1_000_000_000L;

  private final Scheduler scheduler;
  private long aheadNanos;

  /**
   * @param aheadNanos how far it is ahead of the scheduler's
   */
  SimClock(Scheduler scheduler, long aheadNanos) {
    this.scheduler = scheduler;
    this.aheadNanos = aheadNanos;
  }

  /** Sets it forward, or back. */
  void step(long nanos) {
    aheadNanos += nanos;
  }

  @Override
  public Instant instant() {
    long nanos = scheduler.now() + aheadNanos;
    return Instant.ofEpochSecond(nanos / SECOND, nanos % SECOND);
  }
}
