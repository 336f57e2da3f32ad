package io.dirsync.engine.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/** Changes on their way to {@link Database#write}, in order. In memory until then. */
final class Batch implements Overlay.Target, AutoCloseable {
  private final Database database;
  private final Function<Table.Space, ColumnFamilyHandle> families;
  private final Runnable closed;
  private final WriteBatch changes = new WriteBatch();
  private final List<byte[]> keys = new ArrayList<>();
  private final List<RecentRows.Row> rows = new ArrayList<>();

  /**
   * @param families valid until it is closed
   * @param closed run once it is
   */
  Batch(Database database, Function<Table.Space, ColumnFamilyHandle> families, Runnable closed) {
    this.database = database;
    this.families = families;
    this.closed = closed;
  }

  @Override
  public <V> void change(Table<V> table, byte[] key, @Nullable V value) {
    ColumnFamilyHandle family = families.apply(table.space());
    if (table.isRemembered()) {
      keys.add(key);
      rows.add(new RecentRows.Row(database, table, key, value));
    }
    byte[] group = table.groupOf(key);
    if (group != null) {
      keys.add(group);
    }
    try {
      if (value == null) {
        changes.delete(family, key);
      } else {
        changes.put(family, key, table.encode(value));
      }
    } catch (RocksDBException e) {
      throw tooMuch(e);
    }
  }

  void deleteRange(Table<?> table, KeyRange range) {
    try {
      changes.deleteRange(families.apply(table.space()), range.from(), range.to());
    } catch (RocksDBException e) {
      throw tooMuch(e);
    }
  }

  private static UncheckedIOException tooMuch(RocksDBException e) {
    return new UncheckedIOException(
        new IOException("cannot take another change into one write: " + e.getMessage(), e));
  }

  /** Of the rows and groups that are changed, as far as they may be remembered. */
  List<byte[]> keys() {
    return keys;
  }

  /** The rows that may be remembered, as they are once this is written. */
  List<RecentRows.Row> rows() {
    return rows;
  }

  boolean isEmpty() {
    return changes.count() == 0;
  }

  WriteBatch encoded() {
    return changes;
  }

  @Override
  public void close() {
    changes.close();
    closed.run();
  }
}
