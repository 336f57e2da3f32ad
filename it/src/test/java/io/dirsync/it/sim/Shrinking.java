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

  private final Predicate<Simulation.Plan> fails;
  private int runs;

  private Shrinking(Predicate<Simulation.Plan> fails) {
    this.fails = fails;
  }

  /**
   * The smallest that was found.
   *
   * @param failing a plan that fails
   * @param fails runs a plan
   */
  static Simulation.Plan smallest(Simulation.Plan failing, Predicate<Simulation.Plan> fails) {
    Shrinking shrinking = new Shrinking(fails);
    Simulation.Plan plan = failing;
    Optional<Simulation.Plan> smaller = Optional.of(plan);
    while (smaller.isPresent()) {
      plan = smaller.get();
      smaller = shrinking.smaller(plan);
    }
    return plan;
  }

  private Optional<Simulation.Plan> smaller(Simulation.Plan plan) {
    for (Simulation.Plan candidate : candidates(plan)) {
      if (runs++ < RUNS_MAX && fails.test(candidate)) {
        return Optional.of(candidate);
      }
    }
    return Optional.empty();
  }

  /** The boldest first. */
  private static List<Simulation.Plan> candidates(Simulation.Plan plan) {
    List<Simulation.Plan> candidates = new ArrayList<>();
    for (int acts = plan.acts() / 2; acts < plan.acts(); acts++) {
      candidates.add(with(plan, plan.nodes(), acts, List.of()));
    }
    for (int nodes = 2; nodes < plan.nodes(); nodes++) {
      candidates.add(with(plan, nodes, plan.acts(), List.of()));
    }
    for (Trouble trouble : Trouble.values()) {
      candidates.add(with(plan, plan.nodes(), plan.acts(), List.of(trouble)));
    }
    candidates.removeIf(plan::equals);
    return candidates;
  }

  private enum Trouble {
    LINE,
    CUTS,
    KILLS,
    POWER_CUTS,
    RESTORES,
    DELTAS,
    MEDDLING,
    POLICIES,
    BRAKES
  }

  private static Simulation.Plan with(
      Simulation.Plan plan, int nodes, int acts, List<Trouble> without) {
    return new Simulation.Plan(
        plan.seed(),
        nodes,
        plan.line() && !without.contains(Trouble.LINE),
        acts,
        plan.cuts() && !without.contains(Trouble.CUTS),
        plan.kills() && !without.contains(Trouble.KILLS),
        plan.powerCuts() && !without.contains(Trouble.POWER_CUTS),
        plan.restores() && !without.contains(Trouble.RESTORES),
        plan.deltas() && !without.contains(Trouble.DELTAS),
        plan.meddling() && !without.contains(Trouble.MEDDLING),
        without.contains(Trouble.POLICIES) ? List.of() : plan.policies(),
        plan.brakes() && !without.contains(Trouble.BRAKES));
  }
}
