package io.dirsync.engine.scan;

import java.time.Duration;

/** Says whether so many hints come that they had better be taken together. For one thread. */
final class HintRate {
  /**
   * Hints in a second beyond which it is high. A write of a file makes three or four, so that a
   * user who saves ten files in a second, one after the other, does not wait.
   */
  static final int HIGH = 128;

  private static final long SECOND_NANOS = Duration.ofSeconds(1).toNanos();

  private long second;
  private int count;
  private int before;

  /** Counts a hint; returns whether there were many in this second or the one before. */
  boolean isHighAt(long elapsedNanos) {
    long now = elapsedNanos / SECOND_NANOS;
    if (now != second) {
      before = now == second + 1 ? count : 0;
      second = now;
      count = 0;
    }
    count++;
    return Math.max(count, before) > HIGH;
  }
}
