package io.dirsync.engine.store;

import io.dirsync.model.Dot;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.VersionVector;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The committed context: version vector and removed dots beyond it. One thread changes it, any may
 * read.
 */
final class Context {
  private volatile VersionVector vector;
  private final NavigableSet<Dot> beyond;

  Context(Map<ReplicaId, Long> vector, Collection<Dot> beyond) {
    this.vector = new VersionVector(new TreeMap<>(vector));
    this.beyond = new TreeSet<>(beyond);
  }

  VersionVector vector() {
    return vector;
  }

  Set<Dot> beyond() {
    synchronized (beyond) {
      return Set.copyOf(beyond);
    }
  }

  /** Takes over a change that is committed. */
  void apply(Change change) {
    vector = change.vector();
    synchronized (beyond) {
      beyond.removeAll(change.dropped());
      beyond.addAll(change.added());
    }
  }

  Change change() {
    return new Change(this);
  }

  /** What one transaction makes of the context. Only its thread uses it. */
  static final class Change {
    private final Context committed;
    private VersionVector vector;

    /** Zero of a replica of which nothing is covered any more. */
    private final Map<ReplicaId, Long> counters = new HashMap<>();

    private final NavigableSet<Dot> added = new TreeSet<>();
    private final Set<Dot> dropped = new HashSet<>();
    private boolean stale;

    private Change(Context committed) {
      this.committed = committed;
      this.vector = committed.vector;
    }

    long counter(ReplicaId replica) {
      Long counter = counters.get(replica);
      return counter != null ? counter : committed.vector.counter(replica);
    }

    boolean covers(Dot dot) {
      return dot.counter() <= counter(dot.replica());
    }

    boolean isBeyond(Dot dot) {
      return added.contains(dot) || (committed.beyond.contains(dot) && !dropped.contains(dot));
    }

    void addBeyond(Dot dot) {
      if (!covers(dot) && !isBeyond(dot)) {
        added.add(dot);
      }
    }

    void cover(Dot dot) {
      if (covers(dot)) {
        return;
      }
      counters.put(dot.replica(), dot.counter());
      stale = true;
      Dot first = new Dot(dot.replica(), 1);
      added.subSet(first, true, dot, true).clear();
      dropped.addAll(committed.beyond.subSet(first, true, dot, true));
    }

    void uncover(ReplicaId replica, long after) {
      if (counter(replica) > after) {
        counters.put(replica, after);
        stale = true;
      }
    }

    VersionVector vector() {
      if (stale) {
        NavigableMap<ReplicaId, Long> all = new TreeMap<>(committed.vector.counters());
        all.putAll(counters);
        all.values().removeIf(counter -> counter == 0);
        vector = new VersionVector(all);
        stale = false;
      }
      return vector;
    }

    /** Of each replica that is covered otherwise than before, up to where it is. */
    Map<ReplicaId, Long> counters() {
      return counters;
    }

    List<Dot> added() {
      return new ArrayList<>(added);
    }

    Set<Dot> dropped() {
      return dropped;
    }
  }
}
