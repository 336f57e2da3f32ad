package io.dirsync.cli;

import java.util.regex.Pattern;

/** Moments as people read them. */
final class Times {
  private static final Pattern FINER = Pattern.compile("(\\.[0-9]{3})[0-9]+Z$");

  private Times() {}

  /** ISO 8601 in UTC, to the millisecond at most. */
  static String brief(String instant) {
    return FINER.matcher(instant).replaceFirst("$1Z");
  }
}
