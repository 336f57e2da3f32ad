package io.dirsync.protocol;

/**
 * A token bucket that may be overdrawn: what goes out goes out whole, and who comes next waits
 * until that is paid. Time is {@link System#nanoTime}'s. Safe for several threads.
 */
final class TokenBucket {
  private static final double NANOS_PER_SECOND = 1e9;

  /** What is saved up while nothing goes out, as a part of a second's bytes. */
  private static final double BURST_SECONDS = 0.05;

  private long bytesPerSecond;
  private double level;
  private long asOf;

  TokenBucket(long now) {
    asOf = now;
  }

  /** Zero for no limit. What is owed stays owed, at the new rate. */
  synchronized void setRate(long rate, long now) {
    refill(now);
    if (bytesPerSecond == 0) {
      level = burst(rate);
    }
    bytesPerSecond = rate;
    level = Math.min(level, burst(rate));
  }

  private static double burst(long rate) {
    return Math.max(1, rate * BURST_SECONDS);
  }

  synchronized void take(long bytes, long now) {
    if (bytesPerSecond > 0) {
      refill(now);
      level -= bytes;
    }
  }

  /**
   * When no more than this is owed, with a second's bytes if that is more; zero for now. With a
   * debt of zero something must be there.
   */
  synchronized long nanosUntil(long debt, long now) {
    if (bytesPerSecond == 0) {
      return 0;
    }
    refill(now);
    double wanted = debt == 0 ? 1 : -Math.max(debt, bytesPerSecond);
    return level >= wanted
        ? 0
        : (long) Math.ceil((wanted - level) / bytesPerSecond * NANOS_PER_SECOND);
  }

  private void refill(long now) {
    double seconds = Math.max(0, now - asOf) / NANOS_PER_SECOND;
    level = Math.min(burst(bytesPerSecond), level + seconds * bytesPerSecond);
    asOf = now;
  }
}
