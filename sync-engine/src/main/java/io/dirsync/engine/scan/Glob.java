package io.dirsync.engine.scan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * A shell pattern over bytes, as git reads it: {@code *}, {@code ?} and {@code [...]} stay within a
 * component, {@code **} between slashes spans any number of them. Time is bounded by the product of
 * both lengths.
 */
final class Glob {
  /** Below are the bytes that stand for themselves; above are indexes into {@link #sets}. */
  private static final int STAR = 256;

  /** Any bytes, slashes too. */
  private static final int EVERYTHING = 257;

  /** Nothing, or any bytes and a slash. */
  private static final int DIRECTORIES = 258;

  private static final int FIRST_SET = 259;

  private final int[] tokens;
  private final BitSet[] sets;

  private Glob(int[] tokens, BitSet[] sets) {
    this.tokens = tokens;
    this.sets = sets;
  }

  /**
   * @throws IllegalArgumentException if it could match nothing
   */
  static Glob compile(byte[] pattern) {
    return new Compiler(pattern).compile();
  }

  /** Whether the pattern matches all of that stretch. */
  boolean matches(byte[] text, int from, int to) {
    int token = 0;
    int at = from;
    // Where to go on when the rest does not match: with one byte more for the last star, and when
    // that has met a slash, with more for the last double star. Whatever stands before these was
    // matched as early as possible, so nothing further back needs another try.
    int starToken = -1;
    int starAt = 0;
    int deepToken = -1;
    int deepAt = 0;
    while (true) {
      if (token == tokens.length) {
        if (at == to) {
          return true;
        }
      } else if (tokens[token] == STAR) {
        starToken = token++;
        starAt = at;
        continue;
      } else if (tokens[token] == EVERYTHING || tokens[token] == DIRECTORIES) {
        deepToken = token++;
        deepAt = at;
        starToken = -1;
        continue;
      } else if (at < to && matchesByte(tokens[token], text[at])) {
        token++;
        at++;
        continue;
      }
      if (starToken >= 0 && starAt < to && text[starAt] != '/') {
        at = ++starAt;
        token = starToken + 1;
      } else if (deepToken >= 0) {
        deepAt = tokens[deepToken] == DIRECTORIES ? afterSlash(text, deepAt, to) : deepAt + 1;
        if (deepAt > to) {
          return false;
        }
        at = deepAt;
        token = deepToken + 1;
        starToken = -1;
      } else {
        return false;
      }
    }
  }

  private static int afterSlash(byte[] text, int from, int to) {
    int at = from;
    while (at < to && text[at] != '/') {
      at++;
    }
    return at + 1;
  }

  private boolean matchesByte(int token, byte b) {
    return token < STAR ? token == (b & 0xff) : sets[token - FIRST_SET].get(b & 0xff);
  }

  /** Reads a pattern once, from left to right. */
  private static final class Compiler {
    private final byte[] pattern;
    private final int[] tokens;
    private final List<BitSet> sets = new ArrayList<>();
    private int count;
    private int at;

    Compiler(byte[] pattern) {
      this.pattern = pattern;
      this.tokens = new int[pattern.length];
    }

    Glob compile() {
      int firstSpecial = 0;
      while (firstSpecial < pattern.length && !isSpecial(pattern[firstSpecial])) {
        firstSpecial++;
      }
      while (at < pattern.length) {
        int c = pattern[at] & 0xff;
        switch (c) {
          case '*' -> stars(firstSpecial);
          case '?' -> set(anyButSlash(), at + 1);
          case '[' -> {
            ByteClass parsed = ByteClass.parse(pattern, at);
            set(parsed.members(), parsed.end());
          }
          case '\\' -> {
            if (at + 1 == pattern.length) {
              throw new IllegalArgumentException("nothing follows the backslash at its end");
            }
            add(pattern[at + 1] & 0xff, at + 2);
          }
          default -> add(c, at + 1);
        }
      }
      return new Glob(Arrays.copyOf(tokens, count), sets.toArray(BitSet[]::new));
    }

    private static boolean isSpecial(byte b) {
      return b == '*' || b == '?' || b == '[' || b == '\\';
    }

    /**
     * Two stars or more are a double star if they have their component to themselves. What stands
     * before them up to the first special character does not count: git compares that part apart,
     * so {@code a**}{@code /b} is as good as {@code a*}{@code /**}{@code /b} and {@code a/b}.
     */
    private void stars(int firstSpecial) {
      int end = at;
      while (end < pattern.length && pattern[end] == '*') {
        end++;
      }
      boolean begins = at == firstSpecial || pattern[at - 1] == '/';
      if (end - at == 1 || !begins) {
        add(STAR, end);
      } else if (end == pattern.length || startsWith(end, "\\/")) {
        add(EVERYTHING, end);
      } else if (pattern[end] == '/') {
        add(DIRECTORIES, end + 1);
      } else {
        add(STAR, end);
      }
    }

    private boolean startsWith(int position, String text) {
      for (int i = 0; i < text.length(); i++) {
        if (position + i >= pattern.length || pattern[position + i] != text.charAt(i)) {
          return false;
        }
      }
      return true;
    }

    private static BitSet anyButSlash() {
      BitSet members = new BitSet();
      members.set(0, 256);
      members.clear('/');
      return members;
    }

    private void set(BitSet members, int next) {
      add(FIRST_SET + sets.size(), next);
      sets.add(members);
    }

    private void add(int token, int next) {
      tokens[count++] = token;
      at = next;
    }
  }
}
