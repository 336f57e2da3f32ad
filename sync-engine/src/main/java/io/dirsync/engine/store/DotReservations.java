package io.dirsync.engine.store;

import io.dirsync.model.Dot;
import io.dirsync.model.ReplicaId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;

/**
 * Hands out dots, each once. A block of counters is on disk as reserved before the first of them is
 * used; what is left of the block when the process ends is never used.
 */
final class DotReservations {
  static final int BLOCK = 4096;

  private final Database database;
  private final ReplicaTable replicas;
  private final Map<ReplicaId, Block> blocks = new HashMap<>();

  /**
   * @param last handed out
   * @param reserved through this one
   */
  private record Block(long last, long reserved) {}

  DotReservations(Database database, ReplicaTable replicas) {
    this.database = database;
    this.replicas = replicas;
  }

  /**
   * @param used a counter that the replica is known to have used, or zero
   * @param reserving run before a block is reserved
   * @throws UncheckedIOException if the disk fails; no dot was used up
   */
  synchronized Dot next(ReplicaId own, long used, Runnable reserving) {
    Block block = blocks.computeIfAbsent(own, this::fromDisk);
    long counter = Math.max(block.last(), used) + 1;
    long reserved = block.reserved();
    if (counter > reserved) {
      reserving.run();
      reserved = counter + BLOCK - 1;
      reserve(own, reserved);
    }
    blocks.put(own, new Block(counter, reserved));
    return new Dot(own, counter);
  }

  private Block fromDisk(ReplicaId own) {
    Long reserved = database.get(Schema.RESERVED, Keys.reserved(replicas.number(own)));
    return reserved == null ? new Block(0, 0) : new Block(reserved, reserved);
  }

  private void reserve(ReplicaId own, long through) {
    try (Batch batch = database.batch()) {
      batch.change(Schema.RESERVED, Keys.reserved(replicas.number(own)), through);
      database.write(batch, true);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
