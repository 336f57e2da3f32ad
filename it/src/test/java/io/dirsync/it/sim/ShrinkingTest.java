package io.dirsync.it.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class ShrinkingTest {
  private final Plan plan =
      new Plan(
          7,
          4,
          Mesh.LINE,
          20,
          EnumSet.complementOf(EnumSet.of(Plan.Ingredient.JIMFS)),
          List.of("text"));

  @Test
  void onlyWhatAFailureNeedsIsLeft() {
    Plan smallest =
        Shrinking.smallest(
            plan, each -> each.acts() >= 6 && each.nodes() >= 3 && each.has(Plan.Ingredient.KILLS));
    assertThat(smallest)
        .isEqualTo(new Plan(7, 3, Mesh.FULL, 6, Set.of(Plan.Ingredient.KILLS), List.of()));
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
