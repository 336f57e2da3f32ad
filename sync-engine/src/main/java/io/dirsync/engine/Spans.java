package io.dirsync.engine;

import java.time.Duration;

/** How long something lasts, as people say it. */
final class Spans {
  private Spans() {}

  /** In the largest unit that leaves nothing over: {@code 30 days}, {@code 1 hour}. */
  static String words(Duration span) {
    long seconds = span.toSeconds();
    if (span.toNanosPart() != 0) {
      return count(span.toMillis(), "millisecond");
    }
    if (seconds == 0) {
      return count(0, "second");
    }
    if (seconds % Duration.ofDays(1).toSeconds() == 0) {
      return count(span.toDays(), "day");
    }
    if (seconds % Duration.ofHours(1).toSeconds() == 0) {
      return count(span.toHours(), "hour");
    }
    return seconds % Duration.ofMinutes(1).toSeconds() == 0
        ? count(span.toMinutes(), "minute")
        : count(seconds, "second");
  }

  private static String count(long many, String unit) {
    return many + " " + unit + (many == 1 ? "" : "s");
  }
}
