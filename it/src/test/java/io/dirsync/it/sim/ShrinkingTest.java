package io.dirsync.it.sim;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class ShrinkingTest {
  private final Simulation.Plan plan =
      new Simulation.Plan(
          7, 4, true, 20, true, true, true, true, true, true, java.util.List.of("text"), true);

  @Test
  void onlyWhatAFailureNeedsIsLeft() {
    Simulation.Plan smallest =
        Shrinking.smallest(plan, each -> each.acts() >= 6 && each.nodes() >= 3 && each.kills());
    assertThat(smallest)
        .isEqualTo(
            new Simulation.Plan(
                7,
                3,
                false,
                6,
                false,
                true,
                false,
                false,
                false,
                false,
                java.util.List.of(),
                false));
  }

  @Test
  void whatFailsAsItIsOnlyStaysAsItIs() {
    assertThat(Shrinking.smallest(plan, plan::equals)).isEqualTo(plan);
  }

  @Test
  void theNumberOfRunsIsBounded() {
    int[] runs = {0};
    Shrinking.smallest(
        plan,
        each -> {
          runs[0]++;
          return each.acts() > 0 && runs[0] % 50 == 0;
        });
    assertThat(runs[0]).isLessThanOrEqualTo(300);
  }
}
