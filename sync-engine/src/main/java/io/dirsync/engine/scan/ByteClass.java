package io.dirsync.engine.scan;

import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.function.IntPredicate;

/**
 * The bytes that a bracket expression stands for; never a slash.
 *
 * @param end the position behind the closing bracket
 */
record ByteClass(BitSet members, int end) {

  /**
   * Reads a bracket expression.
   *
   * @param start position of the opening bracket
   * @throws IllegalArgumentException if it is not closed, or a named class in it is unknown
   */
  static ByteClass parse(byte[] pattern, int start) {
    return new Parser(pattern, start + 1).parse();
  }

  private static final class Parser {
    private static final int NO_RANGE = -1;

    private final byte[] pattern;
    private final BitSet members = new BitSet();
    private int at;

    /** What a following {@code -} would make the beginning of a range. */
    private int rangeStart = NO_RANGE;

    Parser(byte[] pattern, int at) {
      this.pattern = pattern;
      this.at = at;
    }

    ByteClass parse() {
      boolean negated = at < pattern.length && (pattern[at] == '!' || pattern[at] == '^');
      if (negated) {
        at++;
      }
      // A closing bracket that comes first is a member.
      do {
        member();
      } while (peek() != ']');
      if (negated) {
        members.flip(0, 256);
      }
      members.clear('/');
      return new ByteClass(members, at + 1);
    }

    private int peek() {
      if (at >= pattern.length) {
        throw new IllegalArgumentException("a bracket is not closed");
      }
      return pattern[at] & 0xff;
    }

    private void member() {
      int c = peek();
      if (c == '-' && rangeStart != NO_RANGE && at + 1 < pattern.length && pattern[at + 1] != ']') {
        at++;
        int end = literal();
        if (end >= rangeStart) {
          members.set(rangeStart, end + 1);
        }
        rangeStart = NO_RANGE;
      } else if (c == '[' && at + 1 < pattern.length && pattern[at + 1] == ':' && namedClass()) {
        rangeStart = NO_RANGE;
      } else {
        rangeStart = literal();
        members.set(rangeStart);
      }
    }

    private int literal() {
      if (peek() == '\\') {
        at++;
      }
      int c = peek();
      at++;
      return c;
    }

    /** Reads {@code [:name:]}; false, and nothing read, if a bracket closes it otherwise. */
    private boolean namedClass() {
      int close = at + 2;
      while (close < pattern.length && pattern[close] != ']') {
        close++;
      }
      if (close == pattern.length) {
        throw new IllegalArgumentException("a bracket is not closed");
      }
      int nameLength = close - 1 - (at + 2);
      if (nameLength < 0 || pattern[close - 1] != ':') {
        return false;
      }
      String name = new String(pattern, at + 2, nameLength, StandardCharsets.ISO_8859_1);
      IntPredicate named = named(name);
      for (int c = 0; c < 128; c++) {
        if (named.test(c)) {
          members.set(c);
        }
      }
      at = close + 1;
      return true;
    }

    private static IntPredicate named(String name) {
      IntPredicate upper = c -> c >= 'A' && c <= 'Z';
      IntPredicate lower = c -> c >= 'a' && c <= 'z';
      IntPredicate digit = c -> c >= '0' && c <= '9';
      IntPredicate graph = c -> c > ' ' && c < 0x7f;
      IntPredicate alpha = upper.or(lower);
      return switch (name) {
        case "alnum" -> alpha.or(digit);
        case "alpha" -> alpha;
        case "blank" -> c -> c == ' ' || c == '\t';
        case "cntrl" -> c -> c < ' ' || c == 0x7f;
        case "digit" -> digit;
        case "graph" -> graph;
        case "lower" -> lower;
        case "print" -> graph.or(c -> c == ' ');
        case "punct" -> graph.and(alpha.or(digit).negate());
        case "space" -> c -> c == ' ' || (c >= '\t' && c <= '\r');
        case "upper" -> upper;
        case "xdigit" -> digit.or(c -> (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'));
        default -> throw new IllegalArgumentException("there is no class [:" + name + ":]");
      };
    }
  }
}
