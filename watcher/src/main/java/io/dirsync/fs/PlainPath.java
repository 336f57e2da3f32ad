package io.dirsync.fs;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Paths as callers of a {@link Volume} give them: checked, taken apart, and named in messages. */
final class PlainPath {
  private static final byte SEPARATOR = '/';

  private PlainPath() {}

  /**
   * The path's components; none for the root.
   *
   * @throws IllegalArgumentException if it is no plain relative path
   */
  static List<byte[]> components(byte[] path) {
    List<byte[]> names = new ArrayList<>();
    int start = 0;
    for (int i = 0; i <= path.length && path.length > 0; i++) {
      if (i == path.length || path[i] == SEPARATOR) {
        byte[] name = Arrays.copyOfRange(path, start, i);
        if (!isPlainName(name)) {
          throw new IllegalArgumentException("not a plain relative path: '" + text(path) + "'");
        }
        names.add(name);
        start = i + 1;
      }
    }
    return names;
  }

  private static boolean isPlainName(byte[] name) {
    for (byte b : name) {
      if (b == 0) {
        return false;
      }
    }
    return switch (name.length) {
      case 0 -> false;
      case 1 -> name[0] != '.';
      case 2 -> name[0] != '.' || name[1] != '.';
      default -> true;
    };
  }

  static byte[] child(byte[] directory, byte[] name) {
    if (directory.length == 0) {
      return name.clone();
    }
    byte[] joined = Arrays.copyOf(directory, directory.length + 1 + name.length);
    joined[directory.length] = SEPARATOR;
    System.arraycopy(name, 0, joined, directory.length + 1, name.length);
    return joined;
  }

  /** Whether the path lies strictly below the directory. */
  static boolean isBelow(byte[] path, byte[] directory) {
    int length = directory.length;
    return length == 0
        ? path.length > 0
        : path.length > length
            && path[length] == SEPARATOR
            && Arrays.equals(path, 0, length, directory, 0, length);
  }

  /** The path for messages: text if it is UTF-8 without control characters, else escaped. */
  static String text(byte[] path) {
    if (path.length == 0) {
      return ".";
    }
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(path)).toString();
      if (text.codePoints().noneMatch(Character::isISOControl)) {
        return text;
      }
    } catch (CharacterCodingException notText) {
      // shown byte by byte below
    }
    StringBuilder escaped = new StringBuilder();
    for (byte b : path) {
      if (b > ' ' && b < 0x7f) {
        escaped.append((char) b);
      } else {
        escaped.append("\\x%02x".formatted(b & 0xff));
      }
    }
    return escaped.toString();
  }
}
