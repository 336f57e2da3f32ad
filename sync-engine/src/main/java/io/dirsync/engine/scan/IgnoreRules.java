package io.dirsync.engine.scan;

import io.dirsync.model.RelativePath;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Which paths of a folder are none of ours: patterns as in a .gitignore file at the folder's root,
 * the last that matches decides. Below an ignored directory everything is ignored; no later pattern
 * brings it back. Names and patterns are compared as bytes, case and all.
 *
 * @see <a href="https://git-scm.com/docs/gitignore">gitignore(5)</a>
 */
public final class IgnoreRules {
  private final List<IgnorePattern> lastFirst;

  private IgnoreRules(List<IgnorePattern> lastFirst) {
    this.lastFirst = lastFirst;
  }

  /**
   * Takes the lines of a .gitignore file; empty lines and comments ({@code #}) say nothing.
   *
   * @throws IllegalArgumentException for a pattern that could never match anything, because a
   *     bracket is not closed, a character class has no known name, or it ends in a backslash; or
   *     that holds a line break or NUL. The message names it
   */
  public static IgnoreRules of(List<String> patterns) {
    List<IgnorePattern> parsed = new ArrayList<>();
    for (String pattern : patterns) {
      try {
        IgnorePattern.parse(pattern.getBytes(StandardCharsets.UTF_8)).ifPresent(parsed::add);
      } catch (IllegalArgumentException e) {
        String message = "pattern '" + pattern + "': " + e.getMessage();
        throw new IllegalArgumentException(message, e);
      }
    }
    return new IgnoreRules(List.copyOf(parsed.reversed()));
  }

  /**
   * Whether a path is ignored, by itself or because it lies below an ignored directory.
   *
   * @param directory whether a directory stands, or is to stand, at the path
   */
  public boolean ignores(RelativePath path, boolean directory) {
    if (lastFirst.isEmpty() || path.isRoot()) {
      return false;
    }
    byte[] bytes = path.bytes();
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == '/' && ignoresOne(bytes, i, true)) {
        return true;
      }
    }
    return ignoresOne(bytes, bytes.length, directory);
  }

  /**
   * Whether something may be ignored at one place that would not be at another, below it or not.
   */
  public boolean dependOnPlace() {
    return lastFirst.stream().anyMatch(pattern -> !pattern.isOfNames());
  }

  /** Whether the path of the first {@code length} bytes is ignored by itself. */
  private boolean ignoresOne(byte[] path, int length, boolean directory) {
    for (IgnorePattern pattern : lastFirst) {
      if (pattern.matches(path, length, directory)) {
        return !pattern.negated();
      }
    }
    return false;
  }
}
