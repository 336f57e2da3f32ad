package io.dirsync.conflict;

import io.dirsync.model.Dot;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.VersionVector;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a node knows: a version vector, and the removed dots that it does not cover. Not for several
 * threads.
 */
public final class Context {
  private final TreeMap<ReplicaId, Long> counters;
  private final Set<Dot> beyond;

  public Context(VersionVector vector, Set<Dot> beyond) {
    this.counters = new TreeMap<>(vector.counters());
    this.beyond = new HashSet<>(beyond);
  }

  public Context() {
    this(VersionVector.EMPTY, Set.of());
  }

  /** Whether the vector covers the dot, or it is one of those beyond. */
  public boolean knows(Dot dot) {
    return covers(dot) || beyond.contains(dot);
  }

  public boolean covers(Dot dot) {
    return counters.getOrDefault(dot.replica(), 0L) >= dot.counter();
  }

  /** Notes a removed dot; false if the vector covers it, or it was noted before. */
  public boolean addBeyond(Dot dot) {
    return !covers(dot) && beyond.add(dot);
  }

  /**
   * Raises the vector to cover the dot and all of its replica before it.
   *
   * @return the dots beyond that this makes superfluous, which are dropped
   */
  public Set<Dot> cover(Dot dot) {
    if (covers(dot)) {
      return Set.of();
    }
    counters.put(dot.replica(), dot.counter());
    if (beyond.isEmpty()) {
      return Set.of();
    }
    Set<Dot> dropped = new HashSet<>();
    beyond.removeIf(
        each -> {
          boolean superfluous = covers(each);
          if (superfluous) {
            dropped.add(each);
          }
          return superfluous;
        });
    return dropped;
  }

  public VersionVector vector() {
    return new VersionVector(counters);
  }

  /** The removed dots beyond the vector, as of now. */
  public Set<Dot> beyond() {
    return Set.copyOf(beyond);
  }

  public Map<ReplicaId, Long> counters() {
    return Map.copyOf(counters);
  }
}
