package io.dirsync.daemon;

import io.dirsync.conflict.MergePolicy;
import io.dirsync.engine.scan.PolicyRules;
import io.dirsync.model.EscapedBytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Reads the key {@code conflict}: one policy for all paths, or rules by pattern, of which the last
 * that matches decides.
 */
final class PolicySection {
  static final String KEY = "conflict";

  private static final Set<String> RULE = Set.of("match", "policy");
  private static final List<String> WORDS =
      List.of("newest", "union", "text", "manual", "prefer:NODE");

  private PolicySection() {}

  /**
   * The rules; empty if nothing is said.
   *
   * @param nodes names that can be preferred: this node's and its peers'
   */
  static Optional<PolicyRules> of(ConfigSection section, Set<String> nodes) throws ConfigException {
    if (!section.has(KEY)) {
      return Optional.empty();
    }
    List<PolicyRules.Rule> rules = new ArrayList<>();
    if (section.isText(KEY)) {
      rules.add(new PolicyRules.Rule(List.of("*"), policy(section, KEY, nodes)));
    } else {
      for (ConfigSection rule :
          section.sections(
              KEY,
              "'conflict' is a policy in quotes, or a list of rules: { match = \"*.log\", policy = \"union\" }")) {
        rule.checkKeys(RULE, Set.of());
        List<String> patterns = rule.texts("match");
        if (patterns.isEmpty()) {
          throw rule.error(
              "policy", "this rule has no 'match': the pattern of the paths it is for");
        }
        rule.required("policy");
        check(rule, patterns);
        rules.add(new PolicyRules.Rule(patterns, policy(rule, "policy", nodes)));
      }
    }
    return Optional.of(PolicyRules.of(rules));
  }

  private static void check(ConfigSection rule, List<String> patterns) throws ConfigException {
    try {
      PolicyRules.of(List.of(new PolicyRules.Rule(patterns, new MergePolicy.Newest())));
    } catch (IllegalArgumentException e) {
      throw rule.error("match", String.valueOf(e.getMessage()));
    }
  }

  private static MergePolicy policy(ConfigSection section, String key, Set<String> nodes)
      throws ConfigException {
    String text = section.required(key);
    MergePolicy policy =
        MergePolicy.parse(text)
            .orElseThrow(
                () ->
                    section.error(
                        key,
                        "'"
                            + shown(text)
                            + "' is no policy"
                            + Suggestion.ending(text, WORDS)
                            + "; there are: "
                            + String.join(", ", WORDS)));
    if (policy instanceof MergePolicy.Prefer(String node) && !nodes.contains(node)) {
      throw section.error(
          key,
          "'"
              + shown(node)
              + "' is neither this node nor a [[peer]] of this file"
              + Suggestion.ending(node, nodes));
    }
    return policy;
  }

  private static String shown(String text) {
    return EscapedBytes.escape(text.getBytes(StandardCharsets.UTF_8));
  }
}
