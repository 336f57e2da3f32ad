package io.dirsync.model;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** Shows bytes that came from a disk or a peer so that no terminal, log or page acts on them. */
public final class EscapedBytes {
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
