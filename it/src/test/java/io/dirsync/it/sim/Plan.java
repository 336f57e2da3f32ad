package io.dirsync.it.sim;

import io.dirsync.conflict.MergePolicy;
import io.dirsync.engine.scan.PolicyRules;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * What a history is made of.
 *
 * @param nodes 2 to 8
 * @param acts of users
 * @param policies for conflicts, of the nodes in turn; users then edit files by lines. None: the
 *     newest keeps the name
 */
record Plan(
    long seed, int nodes, Mesh mesh, int acts, Set<Ingredient> ingredients, List<String> policies) {
  /** What makes a history harder. */
  enum Ingredient {
    /** Connections break and nodes are kept apart. */
    CUTS,
    /** Processes are killed. */
    KILLS,
    /** Machines lose their power, and with it what was not synced. */
    POWER_CUTS,
    /** Databases are lost or set back to a backup, and roots not mounted. */
    RESTORES,
    /** Contents are asked for, and sent as what has changed, else ride along. */
    DELTAS,
    /** Contents are asked for a few bytes at a time, and never as what has changed. */
    PIECES,
    /** Users act on the very path that dirsync is about to change. */
    MEDDLING,
    /** More than a deletion or two wait for an operator. */
    BRAKES,
    /** Clocks are set forward and back, also to before what was written. */
    CLOCK_STEPS,
    /** Disks are file systems of java.nio, which lose nothing. */
    JIMFS,
    /** What a peer has sent comes a second time. */
    REPETITIONS,
    /** A machine is lost, and another one takes its place, with its key and nothing else. */
    REPLACEMENTS,
    /** Roots are set back to an older copy, and an operator says for what it is to be taken. */
    STALE_ROOTS
  }

  private static final int NODES_MAX = 8;

  Plan {
    if (nodes < 2 || nodes > NODES_MAX) {
      throw new IllegalArgumentException("2 to " + NODES_MAX + " nodes, not " + nodes);
    }
    if (ingredients.containsAll(Set.of(Ingredient.POWER_CUTS, Ingredient.JIMFS))) {
      throw new IllegalArgumentException("no power cut harms jimfs");
    }
    ingredients = Set.copyOf(ingredients);
    policies = List.copyOf(policies);
  }

  /** The usual mix of cuts, kills and deltas on a few nodes. */
  static Plan of(long seed) {
    SplittableRandom random = new SplittableRandom(seed * 0x9e3779b97f4a7c15L + 1);
    int nodes = 2 + random.nextInt(3);
    Mesh mesh = random.nextInt(3) == 0 ? Mesh.LINE : Mesh.FULL;
    int acts = 1 + random.nextInt(25);
    Set<Ingredient> ingredients = EnumSet.noneOf(Ingredient.class);
    if (random.nextBoolean()) {
      ingredients.add(Ingredient.CUTS);
    }
    if (random.nextInt(3) == 0) {
      ingredients.add(Ingredient.KILLS);
    }
    if (random.nextBoolean()) {
      ingredients.add(Ingredient.DELTAS);
    }
    return new Plan(seed, nodes, mesh, acts, ingredients, List.of());
  }

  boolean has(Ingredient ingredient) {
    return ingredients.contains(ingredient);
  }

  Plan with(Ingredient ingredient) {
    Set<Ingredient> more = EnumSet.of(ingredient);
    more.addAll(ingredients);
    return new Plan(seed, nodes, mesh, acts, more, policies);
  }

  Plan without(Ingredient ingredient) {
    Set<Ingredient> fewer = EnumSet.noneOf(Ingredient.class);
    fewer.addAll(ingredients);
    fewer.remove(ingredient);
    return new Plan(seed, nodes, mesh, acts, fewer, policies);
  }

  Plan withPowerCuts() {
    return with(Ingredient.POWER_CUTS);
  }

  Plan withRestores() {
    return with(Ingredient.RESTORES);
  }

  Plan withoutDeltas() {
    return without(Ingredient.DELTAS);
  }

  Plan withMeddling() {
    return with(Ingredient.MEDDLING);
  }

  Plan withBrakes() {
    return with(Ingredient.BRAKES);
  }

  /** Without power cuts, which would change nothing. */
  Plan onJimfs() {
    return without(Ingredient.POWER_CUTS).with(Ingredient.JIMFS);
  }

  Plan withClockSteps() {
    return with(Ingredient.CLOCK_STEPS);
  }

  Plan withRepetitions() {
    return with(Ingredient.REPETITIONS);
  }

  Plan withReplacements() {
    return with(Ingredient.REPLACEMENTS);
  }

  Plan inPieces() {
    return without(Ingredient.DELTAS).with(Ingredient.PIECES);
  }

  Plan withStaleRoots() {
    return with(Ingredient.STALE_ROOTS);
  }

  Plan withNodes(int number) {
    return new Plan(seed, number, mesh, acts, ingredients, policies);
  }

  Plan joinedIn(Mesh other) {
    return new Plan(seed, nodes, other, acts, ingredients, policies);
  }

  Plan withActs(int number) {
    return new Plan(seed, nodes, mesh, number, ingredients, policies);
  }

  /** With these policies, of the nodes in turn. */
  Plan settlingBy(String... others) {
    return new Plan(seed, nodes, mesh, acts, ingredients, List.of(others));
  }

  /** The nodes that one is joined to. */
  List<Integer> peersOf(int node) {
    List<Integer> peers = new ArrayList<>();
    for (int i = 0; i < nodes; i++) {
      if (mesh.joins(node, i, nodes, seed)) {
        peers.add(i);
      }
    }
    return peers;
  }

  PolicyRules rules(int node) {
    if (policies.isEmpty()) {
      return PolicyRules.NONE;
    }
    MergePolicy policy = MergePolicy.parse(policies.get(node % policies.size())).orElseThrow();
    return PolicyRules.of(List.of(new PolicyRules.Rule(List.of("*"), policy)));
  }

  /** Whether a policy may throw away what a user wrote, so that it is in the trash alone. */
  boolean prefers() {
    return policies.stream().anyMatch(policy -> policy.startsWith("prefer:"));
  }

  /** All in one order, so that a plan reads the same in every run. */
  @Override
  public String toString() {
    Set<Ingredient> ordered = EnumSet.noneOf(Ingredient.class);
    ordered.addAll(ingredients);
    return "Plan[seed=%d, nodes=%d, mesh=%s, acts=%d, ingredients=%s, policies=%s]"
        .formatted(seed, nodes, mesh, acts, ordered, policies);
  }
}
