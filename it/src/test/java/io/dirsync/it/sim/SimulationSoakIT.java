package io.dirsync.it.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The simulator for an hour at most: a run that gets less done has failed, whatever the reason. */
@Tag("soak")
final class SimulationSoakIT {
  private static final long HISTORIES = 1_000_000;
  private static final Duration MOST = Duration.ofHours(1);

  @Test
  void aMillionHistoriesHoldWithinAnHourOnTwoCores() throws Exception {
    Histories.Result result = Histories.run(1, HISTORIES, 2, MOST);
    System.out.printf("%d histories, %d steps%n", result.histories(), result.steps());
    assertThat(result.failures()).isEmpty();
    assertThat(result.histories()).isEqualTo(HISTORIES);
  }
}
