package io.dirsync.it.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Histories of whole nodes, each third one with power cuts, each fifth one with restores. One that
 * fails is run again, with its trace, by {@code -Ddirsync.sim.seed=N}; more of them by {@code
 * -Ddirsync.sim.histories=N}.
 */
final class SimulationTest {
  private static final int FAILURES_SHOWN_MAX = 5;

  @Test
  void inEveryHistoryAllNodesComeToTheSameTreeAndNothingIsLost() throws IOException {
    Long only = Long.getLong("dirsync.sim.seed");
    if (only != null) {
      Simulation.Outcome outcome = Simulation.run(plan(only), true);
      assertThat(outcome.faults()).as(() -> String.join("\n", outcome.trace())).isEmpty();
      return;
    }
    int histories = Integer.getInteger("dirsync.sim.histories", 50_000);
    long steps = 0;
    long deltas = 0;
    List<String> failures = new ArrayList<>();
    for (long seed = 1; seed <= histories && failures.size() < FAILURES_SHOWN_MAX; seed++) {
      Simulation.Plan plan = plan(seed);
      try {
        Simulation.Outcome outcome = Simulation.run(plan, false);
        steps += outcome.steps();
        deltas += outcome.deltas();
        if (!outcome.faults().isEmpty()) {
          failures.add(plan + ": " + outcome.faults());
        }
      } catch (RuntimeException | AssertionError e) {
        StringBuilder where = new StringBuilder();
        for (StackTraceElement each : e.getStackTrace()) {
          where.append("\n    ").append(each);
        }
        failures.add(plan + ": " + e + where);
      }
    }
    System.out.printf("%d histories, %d steps, %d deltas%n", histories, steps, deltas);
    assertThat(failures).isEmpty();
    assertThat(deltas).isGreaterThan(histories / 10);
  }

  private static Simulation.Plan plan(long seed) {
    Simulation.Plan plan = Simulation.Plan.of(seed);
    plan = seed % 3 == 0 ? plan.withPowerCuts() : plan;
    return seed % 5 == 0 ? plan.withRestores() : plan;
  }

  /** Each once failed, before there were deltas; what it found is written beside it. */
  @ParameterizedTest
  @CsvSource({
    "3729, removed at the moment it was published",
    "3037, removed at the moment it was published",
    "16245, recorded below a directory that had just moved away",
    "8636, two contents of one path always asked of the same peer",
    "12500, two nodes waiting for each other's half of a conflict",
    "39259, a directory removed while a file was on its way into it",
    "46533, a mode changed just after publishing",
    "21725, a directory left behind when the last file in it went",
    "2741, killed before the database knew what had gone to the trash",
    "10769, a link made just before its directory moved away",
    "19850, a link made just before its directory moved away",
  })
  void aHistoryThatOnceFailedHolds(long seed, String found) throws IOException {
    assertThat(Simulation.run(Simulation.Plan.of(seed).withoutDeltas(), false).faults())
        .as(found)
        .isEmpty();
  }

  /** The same, with power cuts. */
  @ParameterizedTest
  @CsvSource({
    "225, a file torn after it was recorded and sent",
    "219, a content that the power cut took and nobody had got",
    "923, torn and its removal taken back",
    "473, a log read from where it no longer reached",
    "1121, a content lost that another node's move had carried here",
  })
  void aPowerCutThatOnceDidHarmDoesNone(long seed, String found) throws IOException {
    Simulation.Plan plan = Simulation.Plan.of(seed).withoutDeltas().withPowerCuts();
    assertThat(Simulation.run(plan, false).faults()).as(found).isEmpty();
  }

  /** The same, with databases lost or set back, and roots that are not mounted. */
  @ParameterizedTest
  @CsvSource({
    "5707, a database lost and later restored",
    "4956, a database restored that had forgotten dots",
  })
  void whatOnceWasNotRestoredRightIs(long seed, String found) throws IOException {
    Simulation.Plan plan = Simulation.Plan.of(seed).withoutDeltas().withRestores();
    assertThat(Simulation.run(plan, false).faults()).as(found).isEmpty();
  }

  @Test
  void twoRunsOfOneSeedAreTheSame() throws IOException {
    for (long seed : new long[] {3, 17, 99}) {
      Simulation.Plan plan = Simulation.Plan.of(seed);
      assertThat(Simulation.run(plan, false).traceHash())
          .isEqualTo(Simulation.run(plan, false).traceHash());
    }
  }
}
