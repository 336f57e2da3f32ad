package io.dirsync.engine.scan;

import io.dirsync.conflict.MergePolicy;
import io.dirsync.model.RelativePath;
import java.util.ArrayList;
import java.util.List;

/**
 * Which policy holds for which paths of a folder: of the rules that match a path the last one's,
 * {@link MergePolicy.Newest} if none does. Patterns are those of {@link IgnoreRules}: one that
 * matches a directory holds for all below it.
 */
public final class PolicyRules {
  public static final PolicyRules NONE = new PolicyRules(List.of());

  private static final MergePolicy OTHERWISE = new MergePolicy.Newest();

  private final List<Compiled> lastFirst;

  private record Compiled(IgnoreRules matching, MergePolicy policy, String patterns) {}

  /**
   * One rule.
   *
   * @param patterns as in a .gitignore file at the folder's root; the last that matches decides, so
   *     {@code !} takes out again
   */
  public record Rule(List<String> patterns, MergePolicy policy) {
    public Rule {
      patterns = List.copyOf(patterns);
    }
  }

  private PolicyRules(List<Compiled> lastFirst) {
    this.lastFirst = lastFirst;
  }

  /**
   * @throws IllegalArgumentException for a pattern that could never match; the message names it
   */
  public static PolicyRules of(List<Rule> rules) {
    List<Compiled> compiled = new ArrayList<>();
    for (Rule rule : rules) {
      compiled.add(
          new Compiled(
              IgnoreRules.of(rule.patterns()),
              rule.policy(),
              rule.patterns().equals(List.of("*")) ? "" : String.join(", ", rule.patterns())));
    }
    return new PolicyRules(List.copyOf(compiled.reversed()));
  }

  /** The policy of a path at which no directory stands. */
  public MergePolicy of(RelativePath path) {
    for (Compiled rule : lastFirst) {
      if (rule.matching.ignores(path, false)) {
        return rule.policy;
      }
    }
    return OTHERWISE;
  }

  /**
   * The patterns of the rule that decides about a path; empty if it is for all, or there is none.
   */
  public String patternsOf(RelativePath path) {
    for (Compiled rule : lastFirst) {
      if (rule.matching.ignores(path, false)) {
        return rule.patterns;
      }
    }
    return "";
  }

  /** Whether some path may have a policy that ends conflicts by itself. */
  public boolean settles() {
    return lastFirst.stream().anyMatch(rule -> rule.policy.settles());
  }

  /** Whether some path may have the policy {@link MergePolicy.Text}. */
  public boolean mergesText() {
    return lastFirst.stream().anyMatch(rule -> rule.policy instanceof MergePolicy.Text);
  }
}
