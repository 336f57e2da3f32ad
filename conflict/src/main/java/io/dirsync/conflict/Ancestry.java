package io.dirsync.conflict;

import io.dirsync.model.Dot;
import io.dirsync.model.Version;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/** Where versions come from, as far as they remember. */
final class Ancestry {
  /** Writes of one side that are looked through. */
  private static final int KNOWN_MAX = 1_000;

  private Ancestry() {}

  /**
   * The write that all sides go back to by the fewest steps; empty if they have none in common, or
   * it is too long ago for one of them to be known. The same for sides in any order.
   *
   * @param sides each the versions of one content
   * @param replacedBy what a write had replaced, as far as that is known beyond what versions tell
   */
  static Optional<Dot> common(
      List<? extends Collection<Version>> sides, Function<Dot, List<Dot>> replacedBy) {
    Map<Dot, Integer> distances = distances(sides.getFirst(), replacedBy);
    for (Collection<Version> side : sides.subList(1, sides.size())) {
      Map<Dot, Integer> here = distances(side, replacedBy);
      distances.keySet().retainAll(here.keySet());
      distances.replaceAll((dot, far) -> far + here.getOrDefault(dot, 0));
    }
    Dot nearest = null;
    int least = Integer.MAX_VALUE;
    for (Dot dot : new TreeSet<>(distances.keySet())) {
      int far = distances.getOrDefault(dot, Integer.MAX_VALUE);
      if (far < least) {
        nearest = dot;
        least = far;
      }
    }
    return Optional.ofNullable(nearest);
  }

  private static Map<Dot, Integer> distances(
      Collection<Version> side, Function<Dot, List<Dot>> replacedBy) {
    Map<Dot, Integer> distances = new HashMap<>();
    ArrayDeque<Dot> next = new ArrayDeque<>();
    for (Version version : side) {
      add(distances, next, version.dot(), 0);
      int far = 1;
      for (Dot dot : version.supersedes()) {
        add(distances, next, dot, far++);
      }
    }
    // A version remembers few steps; a node that has seen them all can tell of more.
    while (!next.isEmpty() && distances.size() < KNOWN_MAX) {
      Dot dot = next.remove();
      int far = distances.getOrDefault(dot, 0) + 1;
      for (Dot replaced : replacedBy.apply(dot)) {
        add(distances, next, replaced, far++);
      }
    }
    return distances;
  }

  private static void add(Map<Dot, Integer> distances, ArrayDeque<Dot> next, Dot dot, int far) {
    Integer before = distances.get(dot);
    if (before == null || far < before) {
      distances.put(dot, far);
      if (before == null) {
        next.add(dot);
      }
    }
  }

  /**
   * What a version remembers that puts several together: them, and what they remember, in turns, so
   * that no side is forgotten for another's sake.
   */
  static List<Dot> together(Collection<Version> parents) {
    Set<Dot> dots = new TreeSet<>();
    parents.forEach(parent -> dots.add(parent.dot()));
    Set<Dot> all = new LinkedHashSet<>(dots);
    List<Version> sorted = new ArrayList<>(parents);
    sorted.sort(java.util.Comparator.comparing(Version::dot));
    for (int i = 0; i < Version.LINEAGE_MAX; i++) {
      for (Version parent : sorted) {
        if (i < parent.supersedes().size()) {
          all.add(parent.supersedes().get(i));
        }
      }
    }
    return all.stream().limit(Version.LINEAGE_MAX).toList();
  }
}
