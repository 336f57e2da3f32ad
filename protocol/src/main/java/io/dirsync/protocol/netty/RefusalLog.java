package io.dirsync.protocol.netty;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Says why connections are refused, once for each address and reason, so that a stranger who tries
 * every second fills no log. What is left out is counted and told with the next line from there.
 * Safe for several threads.
 */
final class RefusalLog {
  /** How long a reason that was said is not said again. */
  static final Duration QUIET = Duration.ofHours(1);

  /**
   * Different reasons said of one address in that time: a stranger may bring a new key each try.
   */
  static final int REASONS_MAX = 8;

  /** Lines in that time, whatever the addresses: an IPv6 stranger has as many as it likes. */
  static final int LINES_MAX = 256;

  /** Addresses remembered; of more, the one first seen is forgotten. */
  static final int ADDRESSES_MAX = 1024;

  private final InstantSource clock;
  private final Consumer<String> lines;
  private final Map<String, Refused> addresses =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Refused> eldest) {
          return size() > ADDRESSES_MAX;
        }
      };
  private Instant since = Instant.MIN;
  private int said;

  RefusalLog(InstantSource clock, Consumer<String> lines) {
    this.clock = clock;
    this.lines = lines;
  }

  private static final class Refused {
    final Set<String> reasons = new HashSet<>();
    Instant since;
    long unsaid;

    Refused(Instant since) {
      this.since = since;
    }
  }

  /**
   * Something was refused.
   *
   * @param address where it came from, without a port that changes with each try
   * @param line what to log, the same each time for the same reason
   */
  synchronized void refused(String address, String line) {
    Instant now = clock.instant();
    if (!now.isBefore(quietUntil(since))) {
      since = now;
      said = 0;
    }
    Refused refused = addresses.computeIfAbsent(address, _ -> new Refused(now));
    if (!now.isBefore(quietUntil(refused.since))) {
      refused.since = now;
      refused.reasons.clear();
    }
    if (refused.reasons.contains(line)
        || refused.reasons.size() >= REASONS_MAX
        || said > LINES_MAX) {
      refused.unsaid++;
      return;
    }
    said++;
    if (said > LINES_MAX) {
      refused.unsaid++;
      lines.accept("more connections are refused than are logged; the next hour's are again");
      return;
    }
    refused.reasons.add(line);
    lines.accept(
        refused.unsaid == 0
            ? line
            : line + " (" + refused.unsaid + " more from there were not logged)");
    refused.unsaid = 0;
  }

  private static Instant quietUntil(Instant since) {
    return since.equals(Instant.MIN) ? since : since.plus(QUIET);
  }
}
