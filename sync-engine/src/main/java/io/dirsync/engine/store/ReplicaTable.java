package io.dirsync.engine.store;

import io.dirsync.model.Dot;
import io.dirsync.model.ReplicaId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The replicas that a store knows and their numbers. A new number is written at once and by itself,
 * before any row can speak of it; should its transaction be dropped, a number is wasted.
 */
final class ReplicaTable implements ReplicaNumbers {
  private final Database database;
  private final Map<ReplicaId, Integer> numbers = new ConcurrentHashMap<>();
  private volatile List<ReplicaId> byNumber;

  ReplicaTable(Database database) {
    this.database = database;
    List<ReplicaId> known = new ArrayList<>();
    // Varint keys do not stand in numeric order.
    database.scan(
        Schema.REPLICAS,
        Keys.replicas(),
        (key, replica) -> {
          numbers.put(replica, Keys.numberOf(key));
          return true;
        });
    numbers.entrySet().stream()
        .sorted(Map.Entry.comparingByValue())
        .forEach(entry -> known.add(entry.getKey()));
    byNumber = List.copyOf(known);
  }

  @Override
  public int number(ReplicaId replica) {
    Integer number = numbers.get(replica);
    return number != null ? number : add(replica);
  }

  private synchronized int add(ReplicaId replica) {
    Integer meanwhile = numbers.get(replica);
    if (meanwhile != null) {
      return meanwhile;
    }
    int number = byNumber.size();
    try (Batch batch = database.batch()) {
      batch.change(Schema.REPLICAS, Keys.replica(number), replica);
      database.write(batch, false);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    List<ReplicaId> more = new ArrayList<>(byNumber);
    more.add(replica);
    byNumber = List.copyOf(more);
    numbers.put(replica, number);
    return number;
  }

  @Override
  public ReplicaId replica(int number) {
    List<ReplicaId> replicas = byNumber;
    if (number < 0 || number >= replicas.size()) {
      throw new IllegalArgumentException("no replica has the number " + number);
    }
    return replicas.get(number);
  }

  /** Whether rows may speak of the replica. Asking for the number of one that is not known adds. */
  boolean knows(ReplicaId replica) {
    return numbers.containsKey(replica);
  }

  /** All of them, in the order of replicas. */
  List<ReplicaId> inOrder() {
    return byNumber.stream().sorted().toList();
  }

  /** Reads the dot that {@link Keys} put into a key. */
  Dot dotIn(byte[] key, int position) {
    ByteReader in = new ByteReader(key, position);
    return new Dot(replica(Math.toIntExact(in.varint())), Keys.counterOf(in));
  }
}
