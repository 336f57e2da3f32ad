package io.dirsync.it.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Makes the plan of a history that fails smaller, as long as it fails: fewer acts, fewer nodes,
 * fewer kinds of trouble. The histories of two plans have little in common but their seed, so each
 * is simply tried.
 */
final class Shrinking {
  private static final int RUNS_MAX = 300;

  private final Predicate<Plan> fails;
  private int runs;

  private Shrinking(Predicate<Plan> fails) {
    this.fails = fails;
  }

  /**
   * The smallest that was found.
   *
   * @param failing a plan that fails
   * @param fails runs a plan
   */
  static Plan smallest(Plan failing, Predicate<Plan> fails) {
    Shrinking shrinking = new Shrinking(fails);
    Plan plan = failing;
    Optional<Plan> smaller = Optional.of(plan);
    while (smaller.isPresent()) {
      plan = smaller.get();
      smaller = shrinking.smaller(plan);
    }
    return plan;
  }

  private Optional<Plan> smaller(Plan plan) {
    for (Plan candidate : candidates(plan)) {
      if (runs++ < RUNS_MAX && fails.test(candidate)) {
        return Optional.of(candidate);
      }
    }
    return Optional.empty();
  }

  /** The boldest first. */
  private static List<Plan> candidates(Plan plan) {
    List<Plan> candidates = new ArrayList<>();
    for (int acts = plan.acts() / 2; acts < plan.acts(); acts++) {
      candidates.add(plan.withActs(acts));
    }
    for (int nodes = 2; nodes < plan.nodes(); nodes++) {
      candidates.add(plan.withNodes(nodes));
    }
    candidates.add(plan.joinedIn(Mesh.FULL));
    for (Plan.Ingredient ingredient : Plan.Ingredient.values()) {
      candidates.add(plan.without(ingredient));
    }
    candidates.add(plan.settlingBy());
    candidates.removeIf(plan::equals);
    return candidates;
  }
}
