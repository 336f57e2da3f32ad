package io.dirsync.it.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Histories of whole nodes, each third one with power cuts, each fifth one with restores. One that
 * fails is run again, with its trace, by {@code -Ddirsync.sim.seed=N}; more of them by {@code
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
        "%d histories, %d steps, %d deltas, %d times deletions held%n",
        result.histories(), result.steps(), result.deltas(), result.held());
    assertThat(result.failures()).isEmpty();
    assertThat(result.histories()).isEqualTo(histories);
    assertThat(result.deltas()).isGreaterThan(histories / 10);
    assertThat(result.held()).isGreaterThan(histories / 50);
  }

  @Test
  void onSeveralThreadsHistoriesAreWhatTheyAreOnOne() throws Exception {
    assertThat(Histories.run(1, 60, 2, Duration.ofDays(1)))
        .isEqualTo(Histories.run(1, 60, 1, Duration.ofDays(1)));
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
    "16486, seen before a walk and recorded after it",
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
    "892, a log written anew under numbers that a peer had read",
  })
  void whatOnceWasNotRestoredRightIs(long seed, String found) throws IOException {
    Simulation.Plan plan = Simulation.Plan.of(seed).withoutDeltas().withRestores();
    assertThat(Simulation.run(plan, false).faults()).as(found).isEmpty();
  }

  /** The same, with contents that are asked for. */
  @ParameterizedTest
  @CsvSource({
    "867, a database set back to before counters were reserved and so used twice",
    "13864, a directory made again that a file had been removed with",
  })
  void whatOnceWasNotRestoredRightWithTransfersIs(long seed, String found) throws IOException {
    Simulation.Plan plan = Simulation.Plan.of(seed).withRestores();
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
