package io.dirsync.daemon;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Rates as people write them. */
final class ByteRates {
  private static final Pattern RATE =
      Pattern.compile("(\\d{1,9}(?:\\.\\d{1,3})?)\\s*([kKMG]?)(i?)B/s");

  private ByteRates() {}

  /**
   * Bytes a second of "50MiB/s", "512 kB/s" or "1.5GB/s"; zero, which is no limit, for "0"; empty
   * if it is none of these, or less than a byte.
   */
  static Optional<Long> parse(String text) {
    String stripped = text.strip();
    if (stripped.equals("0")) {
      return Optional.of(0L);
    }
    Matcher matcher = RATE.matcher(stripped);
    if (!matcher.matches() || (matcher.group(2).isEmpty() && !matcher.group(3).isEmpty())) {
      return Optional.empty();
    }
    double unit =
        Math.pow(matcher.group(3).isEmpty() ? 1000 : 1024, "kMG".indexOf(letter(matcher)) + 1);
    long rate = Math.round(Double.parseDouble(matcher.group(1)) * unit);
    return rate < 1 ? Optional.empty() : Optional.of(rate);
  }

  private static char letter(Matcher matcher) {
    String letter = matcher.group(2);
    return letter.isEmpty() ? ' ' : letter.equals("K") ? 'k' : letter.charAt(0);
  }
}
