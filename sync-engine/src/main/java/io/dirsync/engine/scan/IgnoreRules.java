package io.dirsync.engine.scan;

import io.dirsync.model.RelativePath;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.jgit.ignore.FastIgnoreRule;

/**
 * Which paths a folder leaves alone, by patterns as in a {@code .gitignore} at its root. Names are
 * bytes: both they and the patterns' UTF-8 are matched as such.
 *
 * @see <a href="https://git-scm.com/docs/gitignore">gitignore(5)</a>
 */
public final class IgnoreRules {
  private final List<FastIgnoreRule> rules;

  private IgnoreRules(List<FastIgnoreRule> rules) {
    this.rules = rules;
  }

  /**
   * @param patterns one a line, the last that matches decides
   * @throws IllegalArgumentException if one is not a pattern; the message names it
   */
  public static IgnoreRules of(List<String> patterns) {
    List<FastIgnoreRule> rules = new ArrayList<>();
    for (String pattern : patterns) {
      if (pattern.indexOf('\n') >= 0 || pattern.indexOf('\0') >= 0) {
        throw new IllegalArgumentException("an ignore pattern is one line: '" + pattern + "'");
      }
      String bytes =
          new String(pattern.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
      if (bytes.isBlank() || bytes.startsWith("#")) {
        continue;
      }
      FastIgnoreRule rule = new FastIgnoreRule(bytes);
      if (rule.isEmpty()) {
        throw new IllegalArgumentException("'" + pattern + "' is no ignore pattern");
      }
      rules.addFirst(rule);
    }
    return new IgnoreRules(List.copyOf(rules));
  }

  /** Whether the path is ignored, by itself or because it lies below a directory that is. */
  public boolean ignores(RelativePath path, boolean directory) {
    if (rules.isEmpty() || path.isRoot()) {
      return false;
    }
    String whole = new String(path.bytes(), StandardCharsets.ISO_8859_1);
    int slash = whole.indexOf('/');
    while (slash >= 0) {
      if (matches(whole.substring(0, slash), true)) {
        return true;
      }
      slash = whole.indexOf('/', slash + 1);
    }
    return matches(whole, directory);
  }

  private boolean matches(String path, boolean directory) {
    for (FastIgnoreRule rule : rules) {
      if (rule.isMatch(path, directory, true)) {
        return rule.getResult();
      }
    }
    return false;
  }
}
