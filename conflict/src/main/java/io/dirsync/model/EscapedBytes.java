package io.dirsync.model;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Shows bytes that came from a disk or a peer so that no terminal, log or page acts on them. */
public final class EscapedBytes {
  private static final Pattern ESCAPE = Pattern.compile("\\\\x([0-9a-f]{2})");

  private EscapedBytes() {}

  /**
   * Valid UTF-8 stays as it is, but for control, format and separator characters and the backslash;
   * these and every other byte become {@code \xNN}.
   */
  public static String escape(byte[] bytes) {
    StringBuilder out = new StringBuilder(bytes.length);
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer decoded = CharBuffer.allocate(bytes.length + 1);
    while (in.hasRemaining()) {
      int before = in.position();
      decoded.clear();
      var result = decoder.reset().decode(in, decoded, true);
      appendSafe(out, decoded.flip());
      if (result.isError()) {
        int bad = Math.max(1, result.length());
        for (int i = 0; i < bad; i++) {
          hex(out, in.get());
        }
      } else if (in.position() == before) {
        hex(out, in.get());
      }
    }
    return out.toString();
  }

  /** The bytes that a text stands for: {@code \xNN} one byte each, all else its UTF-8. */
  public static byte[] unescape(String text) {
    ByteBuffer out = ByteBuffer.allocate(text.getBytes(StandardCharsets.UTF_8).length);
    int from = 0;
    Matcher escape = ESCAPE.matcher(text);
    while (escape.find()) {
      out.put(text.substring(from, escape.start()).getBytes(StandardCharsets.UTF_8));
      out.put((byte) Integer.parseInt(escape.group(1), 16));
      from = escape.end();
    }
    out.put(text.substring(from).getBytes(StandardCharsets.UTF_8));
    return Arrays.copyOf(out.array(), out.position());
  }

  private static void appendSafe(StringBuilder out, CharSequence text) {
    text.codePoints()
        .forEach(
            c -> {
              if (unsafe(c)) {
                for (byte b : new String(Character.toChars(c)).getBytes(StandardCharsets.UTF_8)) {
                  hex(out, b);
                }
              } else {
                out.appendCodePoint(c);
              }
            });
  }

  private static boolean unsafe(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED ->
          true;
      default -> c == '\\';
    };
  }

  private static void hex(StringBuilder out, byte b) {
    out.append(String.format("\\x%02x", b & 0xff));
  }
}
