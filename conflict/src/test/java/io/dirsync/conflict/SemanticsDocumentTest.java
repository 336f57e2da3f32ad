package io.dirsync.conflict;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.model.Attributes;
import io.dirsync.model.Content;
import io.dirsync.model.Shown;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs every row of the case table in SEMANTICS.md on two replicas, exchanging in both orders. */
final class SemanticsDocumentTest {
  private static final int ROWS = 42;
  private static final int POLICY_ROWS = 19;
  private static final Pattern CELL = Pattern.compile("`([^`]*)`");

  /** One row of the table. */
  record Row(String name, String before, String onA, String onB, String shown, String copies) {}

  static List<Row> rows() throws IOException {
    List<Row> rows = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of("SEMANTICS.md"))) {
      List<String> cells = CELL.matcher(line).results().map(found -> found.group(1)).toList();
      if (line.startsWith("| ") && cells.size() == 5) {
        String name = line.substring(2, line.indexOf('|', 2)).strip();
        rows.add(
            new Row(name, cells.get(0), cells.get(1), cells.get(2), cells.get(3), cells.get(4)));
      }
    }
    return rows;
  }

  @Test
  void theRulesAreNumberedOneAfterTheOther() throws IOException {
    Pattern rule = Pattern.compile("([0-9]+)\\. \\*\\*(.*?)\\*\\*.*");
    List<String> rules = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of("SEMANTICS.md"))) {
      var found = rule.matcher(line);
      if (found.matches()) {
        rules.add(found.group(2));
        assertThat(found.group(1)).as(line).isEqualTo(String.valueOf(rules.size()));
      }
    }
    // `why` names rules by these numbers.
    assertThat(rules.get(8)).contains("by itself");
    assertThat(rules.get(9)).contains("A person");
    for (Fate.Reason reason : Fate.Reason.values()) {
      assertThat(reason.rule()).isBetween(1, rules.size());
    }
  }

  @Test
  void theTableHasItsRows() throws IOException {
    assertThat(rows()).hasSize(ROWS);
  }

  @ParameterizedTest
  @MethodSource("rows")
  void bothNodesShowWhatTheTableSaysInWhicheverOrderTheyHearOfIt(Row row) {
    for (boolean firstA : new boolean[] {true, false}) {
      Replica a = new Replica("a");
      Replica b = new Replica("b");
      User onA = new User(a, 0);
      onA.act(row.before());
      exchange(a, b);
      onA.act(row.onA());
      User onB = new User(b, 1000);
      for (String acts : row.onB().split("sync")) {
        onB.act(acts);
        exchange(firstA ? a : b, firstA ? b : a);
      }
      for (Replica node : List.of(a, b)) {
        assertThat(shown(node)).as("%s: shown on %s", row.name(), node.id).isEqualTo(row.shown());
        assertThat(copies(node))
            .as("%s: copies on %s", row.name(), node.id)
            .isEqualTo(row.copies());
      }
    }
  }

  private static void exchange(Replica first, Replica second) {
    for (int round = 0; round < 3; round++) {
      first.read(second, Integer.MAX_VALUE);
      second.read(first, Integer.MAX_VALUE);
    }
    first.show(Integer.MAX_VALUE);
    second.show(Integer.MAX_VALUE);
  }

  /** One row of the table of policies. */
  record PolicyRow(
      String name,
      String policy,
      String before,
      String onA,
      String onB,
      String shown,
      String copies) {}

  static List<PolicyRow> policyRows() throws IOException {
    List<PolicyRow> rows = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of("SEMANTICS.md"))) {
      List<String> cells = CELL.matcher(line).results().map(found -> found.group(1)).toList();
      if (line.startsWith("| ") && cells.size() == 6) {
        String name = line.substring(2, line.indexOf('|', 2)).strip();
        rows.add(
            new PolicyRow(
                name,
                cells.get(0),
                cells.get(1),
                cells.get(2),
                cells.get(3),
                cells.get(4),
                cells.get(5)));
      }
    }
    return rows;
  }

  @Test
  void theTableOfPoliciesHasItsRows() throws IOException {
    assertThat(policyRows()).hasSize(POLICY_ROWS);
  }

  /**
   * Both nodes settle at once, before they hear of one another; then there is nothing to settle.
   */
  @ParameterizedTest
  @MethodSource("policyRows")
  void policiesSettleWhatTheTableSaysOnBothNodesAtOnce(PolicyRow row) {
    MergePolicy policy = MergePolicy.parse(row.policy()).orElseThrow();
    for (boolean firstA : new boolean[] {true, false}) {
      Replica a = new Replica("a");
      Replica b = new Replica("b");
      User onA = new User(a, 0);
      onA.act(row.before());
      exchange(a, b);
      onA.act(row.onA());
      User onB = new User(b, 1000);
      for (String acts : row.onB().split("sync")) {
        onB.act(acts);
        exchange(firstA ? a : b, firstA ? b : a);
      }
      settle(a, b, policy);
      for (Replica node : List.of(a, b)) {
        assertThat(shown(node).replace("@1000000000", ""))
            .as("%s: shown on %s", row.name(), node.id)
            .isEqualTo(row.shown());
        assertThat(copies(node))
            .as("%s: copies on %s", row.name(), node.id)
            .isEqualTo(row.copies());
      }
    }
  }

  private static void settle(Replica a, Replica b, MergePolicy policy) {
    for (int round = 0; round < 20; round++) {
      boolean settled = a.settle(policy);
      settled |= b.settle(policy);
      exchange(a, b);
      if (!settled) {
        return;
      }
    }
    throw new AssertionError("they settle for ever");
  }

  private static String shown(Replica node) {
    StringBuilder text = new StringBuilder();
    node.disk.forEach(
        (path, rendering) -> {
          Shown shown = rendering.shown();
          if (shown != null) {
            text.append(' ').append(path).append(describe(shown));
          }
        });
    return text.toString().strip();
  }

  private static String describe(Shown shown) {
    if (shown.content().isDirectory()) {
      return "/";
    }
    Attributes attributes = shown.attributes();
    return (shown.content() instanceof Content.Symlink ? "" : "=")
        + User.letter(shown.content())
        + (attributes.mode() == 0644 ? "" : ":" + Integer.toOctalString(attributes.mode()))
        + (attributes.mtimeNanos() == 0 ? "" : "@" + attributes.mtimeNanos());
  }

  private static String copies(Replica node) {
    TreeSet<String> letters = new TreeSet<>();
    node.disk
        .values()
        .forEach(
            rendering ->
                rendering.copies().forEach(copy -> letters.add(User.letter(copy.content()))));
    return String.join(" ", letters);
  }
}
