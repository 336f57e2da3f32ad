package io.dirsync.engine.store;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Rows as somebody sees them: as committed, at one moment, or with a transaction's own changes. */
interface Rows {
  /** A row's value; null if there is no such row. */
  <V> @Nullable V get(Table<V> table, byte[] key);

  /** Every row in the range, in the order of keys, until the visitor returns false. */
  <V> void scan(Table<V> table, KeyRange range, Visitor<V> visitor);

  /** The keys of a table's rows that begin with a prefix, in their order. */
  default List<byte[]> keys(Table<Schema.Present> table, byte[] prefix) {
    List<byte[]> keys = new ArrayList<>();
    scan(table, KeyRange.withPrefix(prefix), (key, _) -> keys.add(key));
    return keys;
  }

  /** Takes rows one by one. */
  interface Visitor<V> {
    /** Returns whether more is wanted. */
    boolean row(byte[] key, V value);
  }
}
