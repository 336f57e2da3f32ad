package io.dirsync.engine.store;

import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/** Kept in memory alone: for tests, simulations and trial runs. */
final class MemoryKeyValues implements KeyValues {
  private final TreeMap<byte[], byte[]> map;
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();

  MemoryKeyValues() {
    this.map = new TreeMap<>(Arrays::compareUnsigned);
  }

  private MemoryKeyValues(SortedMap<byte[], byte[]> map) {
    this.map = new TreeMap<>(map);
  }

  /** Another one with the same content. */
  MemoryKeyValues copy() {
    lock.readLock().lock();
    try {
      return new MemoryKeyValues(map);
    } finally {
      lock.readLock().unlock();
    }
  }

  @Override
  public byte @Nullable [] get(byte[] key) {
    lock.readLock().lock();
    try {
      return map.get(key);
    } finally {
      lock.readLock().unlock();
    }
  }

  @Override
  public void scan(byte[] from, byte[] end, Visitor visitor) {
    TreeMap<byte[], byte[]> part;
    lock.readLock().lock();
    try {
      part = new TreeMap<>(map.subMap(from, end));
    } finally {
      lock.readLock().unlock();
    }
    for (var entry : part.entrySet()) {
      if (!visitor.visit(entry.getKey(), entry.getValue())) {
        return;
      }
    }
  }

  @Override
  public void write(SortedMap<byte[], byte @Nullable []> changes, boolean durable) {
    lock.writeLock().lock();
    try {
      changes.forEach(
          (key, value) -> {
            if (value == null) {
              map.remove(key);
            } else {
              map.put(key, value);
            }
          });
    } finally {
      lock.writeLock().unlock();
    }
  }

  @Override
  public void sync() {
    // Memory survives nothing.
  }

  @Override
  public Snapshot snapshot() {
    MemoryKeyValues copy = copy();
    return new Snapshot() {
      @Override
      public byte @Nullable [] get(byte[] key) {
        return copy.get(key);
      }

      @Override
      public void scan(byte[] from, byte[] end, Visitor visitor) {
        copy.scan(from, end, visitor);
      }

      @Override
      public void close() {
        // Nothing is held.
      }
    };
  }

  @Override
  public void close() {
    // Nothing is held.
  }
}
