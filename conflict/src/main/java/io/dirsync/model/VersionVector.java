package io.dirsync.model;

import java.util.Collections;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** Of each replica, up to which counter all its write events are known. Immutable. */
public record VersionVector(NavigableMap<ReplicaId, Long> counters) {
  public static final VersionVector EMPTY = new VersionVector(new TreeMap<>());

  public VersionVector {
    for (Map.Entry<ReplicaId, Long> entry : counters.entrySet()) {
      if (entry.getValue() < 1) {
        throw new IllegalArgumentException("a counter starts at 1: " + entry);
      }
    }
    counters = Collections.unmodifiableNavigableMap(new TreeMap<>(counters));
  }

  /** The highest counter known without a gap, zero if none. */
  public long counter(ReplicaId replica) {
    return counters.getOrDefault(replica, 0L);
  }

  public boolean covers(Dot dot) {
    return counter(dot.replica()) >= dot.counter();
  }
}
