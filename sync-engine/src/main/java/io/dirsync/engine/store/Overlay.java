package io.dirsync.engine.store;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Changes over committed rows, seen as if they were made. They are kept as objects and become bytes
 * once, when they are written: a row that a transaction changes five times is encoded once, and its
 * own reads of it decode nothing, where RocksDB's WriteBatchWithIndex would do both each time.
 */
final class Overlay implements Rows {
  private final Rows committed;
  private final Map<Table<?>, NavigableMap<byte[], ? extends Change<?>>> tables = new HashMap<>();

  /**
   * @param value null for a row that goes
   */
  private record Change<V>(Table<V> table, @Nullable V value) {
    void writeTo(Target target, byte[] key) {
      target.change(table, key, value);
    }
  }

  /** Takes one changed row. */
  interface Target {
    /**
     * @param value null for a row that goes
     */
    <V> void change(Table<V> table, byte[] key, @Nullable V value);
  }

  Overlay(Rows committed) {
    this.committed = committed;
  }

  <V> void put(Table<V> table, byte[] key, V value) {
    changes(table).put(key, new Change<>(table, value));
  }

  <V> void delete(Table<V> table, byte[] key) {
    changes(table).put(key, new Change<>(table, null));
  }

  @Override
  public <V> @Nullable V get(Table<V> table, byte[] key) {
    Change<V> change = changes(table).get(key);
    return change != null ? change.value() : committed.get(table, key);
  }

  /** What the visitor itself changes ahead of where it stands may show up in the walk or not. */
  @Override
  public <V> void scan(Table<V> table, KeyRange range, Visitor<V> visitor) {
    Merge<V> merge = new Merge<>(changes(table), range, visitor);
    committed.scan(table, range, merge);
    merge.finish();
  }

  @Override
  public List<byte[]> keys(Table<Schema.Present> table, byte[] prefix) {
    List<byte[]> keys = new ArrayList<>();
    Merge<Schema.Present> merge =
        new Merge<>(changes(table), KeyRange.withPrefix(prefix), (key, _) -> keys.add(key));
    for (byte[] key : committed.keys(table, prefix)) {
      merge.row(key, Schema.Present.YES);
    }
    merge.finish();
    return keys;
  }

  /** Hands every change over. */
  void writeTo(Target target) {
    for (NavigableMap<byte[], ? extends Change<?>> changes : tables.values()) {
      changes.forEach((key, change) -> change.writeTo(target, key));
    }
  }

  @SuppressWarnings("unchecked") // a table's changes are only ever made by these three methods
  private <V> NavigableMap<byte[], Change<V>> changes(Table<V> table) {
    return (NavigableMap<byte[], Change<V>>)
        tables.computeIfAbsent(table, _ -> new TreeMap<byte[], Change<V>>(Arrays::compareUnsigned));
  }

  /** Walks committed rows and changes side by side, in the order of keys. */
  private static final class Merge<V> implements Visitor<V> {
    private final NavigableMap<byte[], Change<V>> changes;
    private final KeyRange range;
    private final Visitor<V> visitor;
    // Stepped by key, not by iterator: the visitor may make changes.
    private Map.@Nullable Entry<byte[], Change<V>> next;
    private boolean wanted = true;

    Merge(NavigableMap<byte[], Change<V>> changes, KeyRange range, Visitor<V> visitor) {
      this.changes = changes;
      this.range = range;
      this.visitor = visitor;
      next = inRange(changes.ceilingEntry(range.from()));
    }

    @Override
    public boolean row(byte[] key, V value) {
      changesBefore(key);
      if (!wanted) {
        return false;
      }
      if (next != null && Arrays.equals(next.getKey(), key)) {
        takeChange();
      } else {
        wanted = visitor.row(key, value);
      }
      return wanted;
    }

    void finish() {
      changesBefore(range.to());
    }

    private void changesBefore(byte[] key) {
      while (wanted && next != null && Arrays.compareUnsigned(next.getKey(), key) < 0) {
        takeChange();
      }
    }

    private void takeChange() {
      var current = next;
      if (current == null) {
        return;
      }
      V value = current.getValue().value();
      if (value != null) {
        wanted = visitor.row(current.getKey(), value);
      }
      next = inRange(changes.higherEntry(current.getKey()));
    }

    private Map.@Nullable Entry<byte[], Change<V>> inRange(
        Map.@Nullable Entry<byte[], Change<V>> entry) {
      return entry != null && Arrays.compareUnsigned(entry.getKey(), range.to()) < 0 ? entry : null;
    }
  }
}
