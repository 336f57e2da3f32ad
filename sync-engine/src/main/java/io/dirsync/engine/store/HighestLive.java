package io.dirsync.engine.store;

import io.dirsync.model.Dot;
import io.dirsync.model.ReplicaId;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Of each replica, a counter above which no dot is live. New dots are mostly higher than all before
 * them; for these it is known without a look at the disk that they are new.
 */
final class HighestLive {
  private final Map<ReplicaId, Long> counters = new ConcurrentHashMap<>();

  static HighestLive of(Database database, Schema schema, ReplicaTable replicas) {
    HighestLive highest = new HighestLive();
    for (ReplicaId replica : replicas.inOrder()) {
      byte[] key = database.lastKeyIn(schema.dots, Keys.dotsAfter(replicas.number(replica), 0));
      if (key != null) {
        highest.raise(replicas.dotIn(key, 1));
      }
    }
    return highest;
  }

  void raise(Dot dot) {
    counters.merge(dot.replica(), dot.counter(), Math::max);
  }

  boolean maybeLive(Dot dot) {
    return dot.counter() <= counter(dot.replica());
  }

  long counter(ReplicaId replica) {
    return counters.getOrDefault(replica, 0L);
  }
}
