package io.dirsync.cli;

import java.util.Locale;

/** Numbers for people. */
final class Sizes {
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};

  private Sizes() {}

  /** Bytes in the largest unit that leaves a number of one or more. */
  static String bytes(long bytes) {
    double value = bytes;
    int unit = 0;
    // As it will be rounded: 1,048,575 bytes are 1.0 MiB, not 1024 KiB.
    while (value >= (unit == 0 ? 1024 : 1023.5) && unit < UNITS.length - 1) {
      value /= 1024;
      unit++;
    }
    return unit == 0 || value >= 100
        ? String.format(Locale.ROOT, "%.0f %s", value, UNITS[unit])
        : String.format(Locale.ROOT, "%.1f %s", value, UNITS[unit]);
  }

  static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  /** A number of files. */
  static String files(long number) {
    return count(number) + (number == 1 ? " file" : " files");
  }

  /** How long ago, roughly. */
  static String ago(long millis) {
    return millis < 1000 ? "now" : span(millis) + " ago";
  }

  /** How long, roughly: never more than one unit too little. */
  static String span(long millis) {
    long seconds = Math.max(0, millis / 1000);
    if (seconds < 120) {
      return seconds + " s";
    }
    if (seconds < 7200) {
      return seconds / 60 + " min";
    }
    return seconds < 172_800 ? seconds / 3600 + " h" : seconds / 86_400 + " d";
  }

  /** How many columns of a terminal a text takes: two for each of East Asia's wide characters. */
  static int columns(String text) {
    return text.codePoints()
        .map(
            c ->
                switch (Character.getType(c)) {
                  case Character.NON_SPACING_MARK, Character.ENCLOSING_MARK -> 0;
                  default -> isWide(c) ? 2 : 1;
                })
        .sum();
  }

  private static boolean isWide(int c) {
    return (c >= 0x1100 && c <= 0x115f)
        || (c >= 0x2e80 && c <= 0xa4cf)
        || (c >= 0xac00 && c <= 0xd7a3)
        || (c >= 0xf900 && c <= 0xfaff)
        || (c >= 0xfe30 && c <= 0xfe6f)
        || (c >= 0xff01 && c <= 0xff60)
        || (c >= 0xffe0 && c <= 0xffe6)
        || (c >= 0x1f300 && c <= 0x1faff)
        || (c >= 0x20000 && c <= 0x3fffd);
  }
}
