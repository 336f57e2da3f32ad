package io.dirsync.engine.store;

import io.dirsync.model.Dot;
import io.dirsync.model.ReplicaId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What one open store on RocksDB consists of. */
record StoreParts(
    Database database,
    ReplicaTable replicas,
    Schema schema,
    Context context,
    HighestLive highestLive,
    DotReservations reservations) {
  static StoreParts of(Database database) {
    ReplicaTable replicas = new ReplicaTable(database);
    Schema schema = new Schema(replicas);
    return new StoreParts(
        database,
        replicas,
        schema,
        context(database, replicas),
        HighestLive.of(database, schema, replicas),
        new DotReservations(database, replicas));
  }

  private static Context context(Database database, ReplicaTable replicas) {
    Map<ReplicaId, Long> vector = new HashMap<>();
    database.scan(
        Schema.VECTOR,
        Keys.vector(),
        (key, counter) -> {
          vector.put(replicas.replica(Keys.numberOf(key)), counter);
          return true;
        });
    List<Dot> beyond = new ArrayList<>();
    database.scan(Schema.BEYOND, Keys.beyond(), (key, _) -> beyond.add(replicas.dotIn(key, 1)));
    return new Context(vector, beyond);
  }
}
