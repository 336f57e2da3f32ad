package io.dirsync.it.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Histories of whole nodes, with what {@link Histories#plan} puts into each. One that fails is run
 * again, with its trace, by {@code -Ddirsync.sim.seed=N}; more of them by {@code
 * -Ddirsync.sim.histories=N}.
 */
final class SimulationTest {
  @Test
  void inEveryHistoryAllNodesComeToTheSameTreeAndNothingIsLost() throws Exception {
    Long only = Long.getLong("dirsync.sim.seed");
    if (only != null) {
      Simulation.Outcome outcome = Simulation.run(Histories.plan(only), true);
      assertThat(outcome.faults()).as(() -> String.join("\n", outcome.trace())).isEmpty();
      return;
    }
    long histories = Long.getLong("dirsync.sim.histories", 50_000);
    Histories.Result result = Histories.run(1, histories, 1, Duration.ofDays(1));
    System.out.printf(
        "%d histories, %d of five to eight nodes, %d with clocks set, %d on jimfs, %d steps, %d deltas, %d transfers gone on with, %d times deletions held, %d roots set back%n",
        result.histories(),
        result.large(),
        result.clockSteps(),
        result.onJimfs(),
        result.steps(),
        result.deltas(),
        result.continued(),
        result.held(),
        result.resumed());
    assertThat(result.failures()).isEmpty();
    assertThat(result.histories()).isEqualTo(histories);
    assertThat(result.deltas()).isGreaterThan(histories / 10);
    assertThat(result.held()).isGreaterThan(histories / 50);
    assertThat(result.continued()).isGreaterThan(histories / 400);
    assertThat(result.resumed()).isGreaterThan(histories / 250);
    assertThat(result.large()).isEqualTo(histories / 11);
    assertThat(result.clockSteps()).isEqualTo(histories / 4);
    assertThat(result.onJimfs()).isEqualTo((histories + 124) / 125);
  }

  @Test
  void onSeveralThreadsHistoriesAreWhatTheyAreOnOne() throws Exception {
    assertThat(Histories.run(1, 60, 2, Duration.ofDays(1)))
        .isEqualTo(Histories.run(1, 60, 1, Duration.ofDays(1)));
  }

  @Test
  void allNodesOfAMeshAreJoinedAndAllMeshesDiffer() {
    for (int nodes = 2; nodes <= 8; nodes++) {
      for (Mesh mesh : Mesh.values()) {
        for (long seed = 1; seed <= 50; seed++) {
          assertThat(reached(Plan.of(seed).withNodes(nodes).joinedIn(mesh)))
              .as("%s of %d, seed %d", mesh, nodes, seed)
              .isEqualTo(nodes);
        }
      }
    }
    Plan five = Plan.of(1).withNodes(5);
    assertThat(Stream.of(Mesh.values()).map(mesh -> peers(five.joinedIn(mesh))).distinct())
        .hasSize(Mesh.values().length);
  }

  private static List<List<Integer>> peers(Plan plan) {
    return IntStream.range(0, plan.nodes()).mapToObj(plan::peersOf).toList();
  }

  /** How many nodes are heard of by the first; who is a peer has the other for one, too. */
  private static int reached(Plan plan) {
    Set<Integer> reached = new TreeSet<>(Set.of(0));
    ArrayDeque<Integer> pending = new ArrayDeque<>(reached);
    while (!pending.isEmpty()) {
      int node = pending.remove();
      for (int peer : plan.peersOf(node)) {
        assertThat(plan.peersOf(peer)).contains(node);
        if (reached.add(peer)) {
          pending.add(peer);
        }
      }
    }
    return reached.size();
  }

  @Test
  void twoRunsOfOneSeedAreTheSame() throws IOException {
    List<Plan> plans = new ArrayList<>(LongStream.of(3, 17, 99).mapToObj(Plan::of).toList());
    plans.add(Histories.plan(660));
    plans.add(Plan.of(11).onJimfs().with(Plan.Ingredient.KILLS).withMeddling());
    for (Plan plan : plans) {
      assertThat(Simulation.run(plan, false).traceHash())
          .isEqualTo(Simulation.run(plan, false).traceHash());
    }
  }
}
