package io.dirsync.cli;

import java.nio.charset.StandardCharsets;

/** Text that came from a file, a peer or a command line, made safe to show. */
final class Plain {
  private Plain() {}

  /**
   * Control, format and separator characters, on which a terminal or a log could act, become {@code
   * \xNN} of their UTF-8; all else stays, so that twice is as once.
   */
  static String of(String text) {
    StringBuilder out = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c -> {
              if (acts(c)) {
                for (byte b : Character.toString(c).getBytes(StandardCharsets.UTF_8)) {
                  out.append(String.format("\\x%02x", b & 0xff));
                }
              } else {
                out.appendCodePoint(c);
              }
            });
    return out.toString();
  }

  private static boolean acts(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE ->
          true;
      default -> false;
    };
  }
}
