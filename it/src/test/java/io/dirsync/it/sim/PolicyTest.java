package io.dirsync.it.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.conflict.MergePolicy;
import io.dirsync.engine.scan.PolicyRules;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What policies do about conflicts, on whole nodes. */
class PolicyTest {
  private static final Duration WHILE = Duration.ofMinutes(10);

  private static final String[][] MIXES = {
    {"union"}, {"text"}, {"prefer:n1"}, {"text", "union"}, {"newest", "text", "prefer:n0", "union"}
  };

  private final Trace trace = new Trace(false);
  private final Scheduler scheduler = new Scheduler(1, trace);
  private final Network network = new Network(scheduler, trace);
  private final List<SimNode> nodes = new ArrayList<>();

  private SimNode node(String name, String policy, String... peers) {
    MergePolicy parsed = MergePolicy.parse(policy).orElseThrow();
    SimNode node =
        new SimNode(name, scheduler, network, peers)
            .keepingConflictsFor(Duration.ofDays(30))
            .settlingBy(PolicyRules.of(List.of(new PolicyRules.Rule(List.of("*"), parsed))));
    nodes.add(node);
    return node;
  }

  private static String shown(SimNode node, String path) {
    return SimUsers.contentOf(node.tree().getOrDefault(path, ""));
  }

  /** Two nodes with the same file, which is then written on both while they are apart. */
  private void writeApart(String policyOfA, String policyOfB, String base, String ofA, String ofB)
      throws Exception {
    SimNode a = node("a", policyOfA, "b");
    SimNode b = node("b", policyOfB, "a");
    a.start();
    b.start();
    scheduler.pass(WHILE);
    if (!base.isEmpty()) {
      a.write("f", base);
      scheduler.pass(WHILE);
      assertThat(shown(b, "f")).isEqualTo(base);
    }
    network.part("a", "b");
    a.write("f", ofA);
    scheduler.pass(WHILE);
    b.write("f", ofB);
    scheduler.pass(WHILE);
    network.healAll();
    scheduler.pass(WHILE);
  }

  private void awaitRest() {
    List<Long> logged = nodes.stream().map(SimNode::logged).toList();
    scheduler.pass(Duration.ofHours(3));
    assertThat(nodes.stream().map(SimNode::logged).toList())
        .as("nobody writes any more")
        .isEqualTo(logged);
    for (SimNode node : nodes) {
      assertThat(node.tree()).isEqualTo(nodes.getFirst().tree());
      assertThat(node.folder().problems()).isEmpty();
    }
  }

  /**
   * One that fails is run again by {@code -Ddirsync.sim.policies.seed=N}, more of them by {@code
   * -Ddirsync.sim.policies=N}.
   */
  @Test
  void inEveryHistoryNoLineIsLostThatNobodyGaveUp() throws Exception {
    Long only = Long.getLong("dirsync.sim.policies.seed");
    long histories = Long.getLong("dirsync.sim.policies", 1_200);
    List<String> failures = new ArrayList<>();
    long merged = 0;
    for (long seed = only == null ? 1 : only; seed <= (only == null ? histories : only); seed++) {
      Plan plan = Plan.of(seed).settlingBy(MIXES[(int) (seed % MIXES.length)]);
      plan = seed % 3 == 0 ? plan.withPowerCuts() : plan;
      plan = seed % 5 == 0 ? plan.withRestores() : plan;
      plan = seed % 4 == 0 ? plan.withMeddling() : plan;
      Simulation.Outcome outcome = Simulation.run(plan, only != null);
      merged += outcome.merged();
      if (!outcome.faults().isEmpty()) {
        failures.add(plan + ": " + outcome.faults() + String.join("\n", outcome.trace()));
      }
    }
    System.out.printf("%d contents put together%n", merged);
    assertThat(failures).isEmpty();
    assertThat(merged).as("contents put together").isGreaterThan(only == null ? histories / 4 : -1);
  }

  @Test
  void whatBothAppendedIsInTheFileOnBothAndWhatItReplacedInTheTrash() throws Exception {
    writeApart("union", "union", "1\n", "1\na\n", "1\nb\n");
    for (SimNode node : nodes) {
      assertThat(shown(node, "f")).isEqualTo("1\na\nb\n");
      assertThat(node.folder().conflicts()).isZero();
    }
    // Each has in its trash what was written there, however little of the other's it has seen.
    assertThat(nodes.getFirst().filesIn(".dirsync/trash")).contains("1\na\n");
    assertThat(nodes.getLast().filesIn(".dirsync/trash")).contains("1\nb\n");
    awaitRest();
  }

  @Test
  void editsInPlaceAreMergedWithTheAncestorThatBothHaveWrittenOver() throws Exception {
    writeApart("text", "text", "1\n2\n3\n4\n5\n", "a\n2\n3\n4\n5\n", "1\n2\n3\n4\nb\n");
    for (SimNode node : nodes) {
      assertThat(shown(node, "f")).isEqualTo("a\n2\n3\n4\nb\n");
      assertThat(node.folder().conflicts()).isZero();
      assertThat(node.filesIn(".dirsync/ancestors")).contains("1\n2\n3\n4\n5\n");
      assertThat(node.filesIn(".dirsync/trash"))
          .as("what was merged is not kept twice")
          .doesNotContain("a\n2\n3\n4\nb\n");
    }
    assertThat(nodes.getFirst().filesIn(".dirsync/trash")).contains("a\n2\n3\n4\n5\n");
    assertThat(nodes.getLast().filesIn(".dirsync/trash")).contains("1\n2\n3\n4\nb\n");
    awaitRest();
  }

  @Test
  void manyEditsOnOneSideAreMergedWithOneOnTheOther() throws Exception {
    SimNode a = node("a", "text", "b");
    SimNode b = node("b", "text", "a");
    a.start();
    b.start();
    a.write("f", "1\n2\n3\n");
    scheduler.pass(WHILE);
    network.part("a", "b");
    for (int i = 0; i < 20; i++) {
      a.write("f", "a" + i + "\n2\n3\n");
      scheduler.pass(Duration.ofSeconds(5));
    }
    b.write("f", "1\n2\nb\n");
    scheduler.pass(WHILE);
    network.healAll();
    scheduler.pass(WHILE);
    assertThat(shown(a, "f")).isEqualTo("a19\n2\nb\n");
    awaitRest();
  }

  @Test
  void theAncestorIsStillThereAfterAKillAndWasTakenUpWhenThePolicyCameLater() throws Exception {
    SimNode a = node("a", "newest", "b");
    SimNode b = node("b", "newest", "a");
    a.write("f", "1\n2\n3\n");
    a.start();
    b.start();
    scheduler.pass(WHILE);
    for (SimNode node : nodes) {
      node.kill();
      node.settlingBy(
          PolicyRules.of(List.of(new PolicyRules.Rule(List.of("*"), new MergePolicy.Text()))));
      node.start();
    }
    scheduler.pass(WHILE);
    nodes.forEach(SimNode::kill);
    a.write("f", "a\n2\n3\n");
    b.write("f", "1\n2\nb\n");
    a.start();
    b.start();
    scheduler.pass(WHILE);
    assertThat(shown(a, "f")).isEqualTo("a\n2\nb\n");
    awaitRest();
  }

  @Test
  void editsOfOneLineStayAConflictUntilSomeoneMergesThemByHand() throws Exception {
    writeApart("text", "text", "1\n2\n3\n", "1\na\n3\n", "1\nb\n3\n");
    for (SimNode node : nodes) {
      assertThat(shown(node, "f")).isEqualTo("1\nb\n3\n");
      assertThat(node.filesIn(".dirsync/conflicts")).containsExactly("1\na\n3\n");
    }
    nodes.getFirst().write("f", "1\na\nb\n3\n");
    scheduler.pass(WHILE);
    // It overlaps with what the copy changed: only a person can tell that it is merged.
    assertThat(nodes.getLast().filesIn(".dirsync/conflicts")).containsExactly("1\na\n3\n");
    awaitRest();
  }

  @Test
  void whatThePreferredNodeWroteKeepsTheNameThoughOlderAndTheOtherGoesToTheTrash()
      throws Exception {
    writeApart("prefer:a", "prefer:a", "1", "of a", "of b");
    for (SimNode node : nodes) {
      assertThat(shown(node, "f")).isEqualTo("of a");
      assertThat(node.folder().conflicts()).isZero();
    }
    assertThat(nodes.getLast().filesIn(".dirsync/trash")).contains("of b");
    awaitRest();
  }

  @Test
  void aConflictThatIsLeftToPeopleStaysForEver() throws Exception {
    writeApart("manual", "manual", "1", "of a", "of b");
    scheduler.pass(Duration.ofDays(40));
    for (SimNode node : nodes) {
      assertThat(shown(node, "f")).isEqualTo("of b");
      assertThat(node.filesIn(".dirsync/conflicts")).containsExactly("of a");
      assertThat(node.folder().problems()).isEmpty();
    }
  }

  @Test
  void nodesOfDifferentPoliciesComeToAnEnd() throws Exception {
    writeApart("text", "union", "1\n2\n3\n4\n5\n", "a\n2\n3\n4\n5\n", "1\n2\n3\n4\nb\n");
    awaitRest();
    String shown = shown(nodes.getFirst(), "f");
    assertThat(shown).contains("a\n", "b\n", "2\n3\n4\n");
  }
}
