package io.dirsync.conflict;

import io.dirsync.model.Dot;
import io.dirsync.model.Version;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Where versions come from, as far as they remember. */
final class Ancestry {
  private Ancestry() {}

  /**
   * The write that all sides go back to by the fewest steps; empty if they have none in common, or
   * it is too long ago for one of them to remember. The same for sides in any order.
   *
   * @param sides each the versions of one content
   */
  static Optional<Dot> common(List<? extends Collection<Version>> sides) {
    Map<Dot, Integer> distances = distances(sides.getFirst());
    for (Collection<Version> side : sides.subList(1, sides.size())) {
      Map<Dot, Integer> here = distances(side);
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

  private static Map<Dot, Integer> distances(Collection<Version> side) {
    Map<Dot, Integer> distances = new HashMap<>();
    for (Version version : side) {
      distances.merge(version.dot(), 0, Math::min);
      int far = 1;
      for (Dot dot : version.supersedes()) {
        distances.merge(dot, far++, Math::min);
      }
    }
    return distances;
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
