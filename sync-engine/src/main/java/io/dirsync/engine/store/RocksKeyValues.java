package io.dirsync.engine.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/** Kept in one RocksDB. After a failed write nothing is written any more. */
final class RocksKeyValues implements KeyValues {
  private final RocksDB database;
  private final String directory;
  private final Runnable onClose;
  private final WriteOptions durably = new WriteOptions().setSync(true);
  private final WriteOptions loosely = new WriteOptions();
  private @Nullable String broken;
  private boolean closed;

  RocksKeyValues(RocksDB database, String directory, Runnable onClose) {
    this.database = database;
    this.directory = directory;
    this.onClose = onClose;
  }

  @Override
  public byte @Nullable [] get(byte[] key) {
    try {
      return database.get(key);
    } catch (RocksDBException e) {
      throw unreadable(e);
    }
  }

  private UncheckedIOException unreadable(RocksDBException e) {
    return new UncheckedIOException(new IOException("cannot read the database " + directory, e));
  }

  @Override
  public void scan(byte[] from, byte[] end, Visitor visitor) {
    try (ReadOptions options = new ReadOptions()) {
      scan(options, from, end, visitor);
    }
  }

  private void scan(ReadOptions options, byte[] from, byte[] end, Visitor visitor) {
    try (Slice upper = new Slice(end)) {
      options.setIterateUpperBound(upper);
      try (RocksIterator iterator = database.newIterator(options)) {
        for (iterator.seek(from); iterator.isValid(); iterator.next()) {
          if (!visitor.visit(iterator.key(), iterator.value())) {
            return;
          }
        }
        iterator.status();
      } catch (RocksDBException e) {
        throw unreadable(e);
      }
    }
  }

  @Override
  public void write(SortedMap<byte[], byte @Nullable []> changes, boolean durable)
      throws IOException {
    if (broken != null) {
      throw new IOException(
          "the database " + directory + " takes no more writes since one failed: " + broken);
    }
    try (WriteBatch batch = new WriteBatch()) {
      for (Map.Entry<byte[], byte @Nullable []> change : changes.entrySet()) {
        byte[] value = change.getValue();
        if (value == null) {
          batch.delete(change.getKey());
        } else {
          batch.put(change.getKey(), value);
        }
      }
      database.write(durable ? durably : loosely, batch);
    } catch (RocksDBException e) {
      broken = String.valueOf(e.getMessage());
      throw new IOException("cannot write the database " + directory + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void sync() throws IOException {
    try {
      database.syncWal();
    } catch (RocksDBException e) {
      broken = String.valueOf(e.getMessage());
      throw new IOException("cannot write the database " + directory + ": " + e.getMessage(), e);
    }
  }

  @Override
  public Snapshot snapshot() {
    org.rocksdb.Snapshot snapshot = database.getSnapshot();
    ReadOptions options = new ReadOptions().setSnapshot(snapshot);
    return new Snapshot() {
      private boolean ended;

      @Override
      public byte @Nullable [] get(byte[] key) {
        try {
          return database.get(options, key);
        } catch (RocksDBException e) {
          throw unreadable(e);
        }
      }

      @Override
      public void scan(byte[] from, byte[] end, Visitor visitor) {
        try (ReadOptions own = new ReadOptions().setSnapshot(snapshot)) {
          RocksKeyValues.this.scan(own, from, end, visitor);
        }
      }

      @Override
      public void close() {
        if (!ended) {
          ended = true;
          options.close();
          database.releaseSnapshot(snapshot);
        }
      }
    };
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    durably.close();
    loosely.close();
    database.close();
    onClose.run();
  }
}
