package io.dirsync.engine.scan;

import java.util.Arrays;
import java.util.Optional;

/** One pattern of a .gitignore file. */
final class IgnorePattern {
  private final boolean negated;
  private final boolean directoriesOnly;

  /** Whether it is about the last component alone, wherever that is. */
  private final boolean nameOnly;

  private final Glob glob;

  private IgnorePattern(boolean negated, boolean directoriesOnly, boolean nameOnly, Glob glob) {
    this.negated = negated;
    this.directoriesOnly = directoriesOnly;
    this.nameOnly = nameOnly;
    this.glob = glob;
  }

  /**
   * Takes a line apart.
   *
   * @return empty if the line is blank or a comment
   * @throws IllegalArgumentException if it is malformed
   */
  static Optional<IgnorePattern> parse(byte[] line) {
    for (byte b : line) {
      if (b == '\n' || b == 0) {
        throw new IllegalArgumentException("a pattern has no line break and no NUL");
      }
    }
    int end = trimmedLength(line);
    if (end == 0 || line[0] == '#') {
      return Optional.empty();
    }
    boolean negated = line[0] == '!';
    int start = negated ? 1 : 0;
    boolean directoriesOnly = end > start && line[end - 1] == '/';
    if (directoriesOnly) {
      end--;
    }
    boolean nameOnly = indexOfSlash(line, start, end) < 0;
    if (!nameOnly && line[start] == '/') {
      start++;
    }
    Glob glob = Glob.compile(Arrays.copyOfRange(line, start, end));
    return Optional.of(new IgnorePattern(negated, directoriesOnly, nameOnly, glob));
  }

  /** The length without a carriage return, and without trailing spaces that are not escaped. */
  private static int trimmedLength(byte[] line) {
    int length = line.length;
    if (length > 0 && line[length - 1] == '\r') {
      length--;
    }
    int trimmed = 0;
    for (int i = 0; i < length; i++) {
      if (line[i] == '\\') {
        i++;
        trimmed = Math.min(i + 1, length);
      } else if (line[i] != ' ') {
        trimmed = i + 1;
      }
    }
    return trimmed;
  }

  private static int indexOfSlash(byte[] line, int start, int end) {
    for (int i = start; i < end; i++) {
      if (line[i] == '/') {
        return i;
      }
    }
    return -1;
  }

  /** Whether it brings back what an earlier pattern ignores. */
  boolean negated() {
    return negated;
  }

  /** Whether it speaks of names, wherever they stand. */
  boolean isOfNames() {
    return nameOnly;
  }

  /** Whether it speaks of the path of the first {@code length} bytes. */
  boolean matches(byte[] path, int length, boolean directory) {
    if (directoriesOnly && !directory) {
      return false;
    }
    int start = 0;
    if (nameOnly) {
      start = length;
      while (start > 0 && path[start - 1] != '/') {
        start--;
      }
    }
    return glob.matches(path, start, length);
  }
}
