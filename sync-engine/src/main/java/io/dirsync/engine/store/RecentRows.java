package io.dirsync.engine.store;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Committed rows as they were last read, absent ones too, and some groups of rows: what is live at
 * a path and what is shown there is asked for some ten times between the word of a change and its
 * end. The same goes for rows that were written. Safe for any thread.
 */
final class RecentRows {
  /** A power of two; a path has about six rows. With them it takes some three megabytes. */
  private static final int ROWS_MAX = 1 << 13;

  private final AtomicReferenceArray<@Nullable Row> rows = new AtomicReferenceArray<>(ROWS_MAX);
  private final AtomicLong begun = new AtomicLong();
  private final AtomicLong ended = new AtomicLong();

  /**
   * @param value null if there is no such row
   */
  record Row(Database database, Table<?> table, byte[] key, @Nullable Object value) {
    boolean is(Database inDatabase, Table<?> ofTable, byte[] withKey) {
      return database == inDatabase && table == ofTable && Arrays.equals(key, withKey);
    }
  }

  /** The row, if it is remembered. */
  @Nullable Row find(Database database, Table<?> table, byte[] key) {
    Row row = rows.get(slot(key));
    return row != null && row.is(database, table, key) ? row : null;
  }

  /** Says when a row is read, for {@link #remember}; negative if that is while one is written. */
  long moment() {
    long before = ended.get();
    return begun.get() == before ? before : -1;
  }

  /** Remembers what was read, unless a write has begun since the moment. */
  void remember(Row row, long moment) {
    if (moment >= 0) {
      synchronized (this) {
        if (begun.get() == moment) {
          rows.set(slot(row.key()), row);
        }
      }
    }
  }

  /**
   * These keys are about to be written, until {@link #written}: what was read of them is forgotten.
   *
   * @return the moment, for {@link #written}; negative if another write is under way
   */
  long writing(Iterable<byte[]> keys) {
    long moment;
    synchronized (this) {
      moment = begun.incrementAndGet();
      if (moment != ended.get() + 1) {
        moment = -1;
      }
    }
    for (byte[] key : keys) {
      Row row = rows.get(slot(key));
      if (row != null && Arrays.equals(row.key(), key)) {
        rows.set(slot(key), null);
      }
    }
    return moment;
  }

  /**
   * The write has ended.
   *
   * @param moment from {@link #writing}
   * @param now the rows as they are now, none if that is not known; remembered unless another write
   *     was under way meanwhile, which may have been of the same
   */
  void written(long moment, Iterable<Row> now) {
    synchronized (this) {
      if (begun.get() == moment) {
        for (Row row : now) {
          rows.set(slot(row.key()), row);
        }
      }
      ended.incrementAndGet();
    }
  }

  private static int slot(byte[] key) {
    int hash = Arrays.hashCode(key) * 0x9E3779B9;
    return (hash ^ hash >>> 16) & (ROWS_MAX - 1);
  }
}
