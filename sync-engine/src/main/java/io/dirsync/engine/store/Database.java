package io.dirsync.engine.store;

import io.dirsync.engine.store.Table.Space;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.RocksObject;
import org.rocksdb.Slice;
import org.rocksdb.Snapshot;
import org.rocksdb.WriteOptions;

/**
 * One RocksDB database, as committed rows. Any thread may use it. Once closed it throws {@link
 * IllegalStateException}; closing waits for reads and writes under way, so that no one is left with
 * a freed handle.
 */
final class Database implements Rows, Closeable {
  private final Path directory;
  private final RocksDB rocks;
  private final Map<Space, ColumnFamilyHandle> families;
  private final List<RocksObject> options;
  private final WriteOptions buffered = new WriteOptions();
  private final WriteOptions synced = new WriteOptions().setSync(true);
  private final Set<Moment> moments = new HashSet<>();
  private final RecentRows recent;

  /** Held shared by whoever uses the database, alone by who closes it. */
  private final ReentrantReadWriteLock use = new ReentrantReadWriteLock();

  private volatile boolean closed;
  private volatile boolean unsynced;
  private volatile @Nullable IOException broken;

  private Database(
      Path directory,
      RocksDB rocks,
      Map<Space, ColumnFamilyHandle> families,
      List<RocksObject> options,
      RecentRows recent) {
    this.directory = directory;
    this.rocks = rocks;
    this.families = families;
    this.options = options;
    this.recent = recent;
  }

  /**
   * @param options closed with the database, or when it cannot be opened
   */
  static Database open(
      Path directory,
      DBOptions options,
      Map<Space, ColumnFamilyOptions> families,
      RecentRows recent)
      throws IOException {
    List<RocksObject> all = new ArrayList<>(families.values());
    all.add(options);
    List<ColumnFamilyDescriptor> descriptors =
        families.entrySet().stream()
            .map(family -> new ColumnFamilyDescriptor(name(family.getKey()), family.getValue()))
            .toList();
    List<ColumnFamilyHandle> handles = new ArrayList<>();
    try {
      OpenFailure.checkBefore(directory, families.keySet());
      RocksDB rocks = RocksDB.open(options, directory.toString(), descriptors, handles);
      Map<Space, ColumnFamilyHandle> bySpace = new EnumMap<>(Space.class);
      int i = 0;
      for (Space space : families.keySet()) {
        bySpace.put(space, handles.get(i++));
      }
      return new Database(directory, rocks, bySpace, all, recent);
    } catch (RocksDBException e) {
      all.forEach(RocksObject::close);
      throw OpenFailure.of(directory, e);
    } catch (IOException e) {
      all.forEach(RocksObject::close);
      throw e;
    }
  }

  private static byte[] name(Space space) {
    return space.familyName().getBytes(StandardCharsets.UTF_8);
  }

  Path directory() {
    return directory;
  }

  @Override
  @SuppressWarnings("unchecked") // a row of a table has a value of the table
  public <V> @Nullable V get(Table<V> table, byte[] key) {
    if (!table.isRemembered()) {
      return get(null, table, key);
    }
    RecentRows.Row row = recent.find(this, table, key);
    if (row == null || closed) {
      long moment = recent.moment();
      row = new RecentRows.Row(this, table, key, get(null, table, key));
      recent.remember(row, moment);
    }
    return (V) row.value();
  }

  @Override
  public <V> void scan(Table<V> table, KeyRange range, Visitor<V> visitor) {
    scan(null, table, range, visitor);
  }

  @Override
  @SuppressWarnings("unchecked") // what is remembered of a prefix are keys
  public List<byte[]> keys(Table<Schema.Present> table, byte[] prefix) {
    if (!table.isGrouped()) {
      return Rows.super.keys(table, prefix);
    }
    RecentRows.Row group = recent.find(this, table, prefix);
    if (group == null || closed) {
      long moment = recent.moment();
      group = new RecentRows.Row(this, table, prefix, List.copyOf(Rows.super.keys(table, prefix)));
      recent.remember(group, moment);
    }
    return (List<byte[]>) Objects.requireNonNull(group.value());
  }

  private <V> @Nullable V get(@Nullable ReadOptions moment, Table<V> table, byte[] key) {
    enter();
    try {
      ColumnFamilyHandle family = family(table.space());
      byte[] value = moment == null ? rocks.get(family, key) : rocks.get(family, moment, key);
      return value == null ? null : table.decode(key, value);
    } catch (RocksDBException e) {
      throw cannotRead(table, e);
    } finally {
      leave();
    }
  }

  private <V> void scan(
      @Nullable Snapshot moment, Table<V> table, KeyRange range, Visitor<V> visitor) {
    enter();
    // The bound keeps RocksDB from walking over what was deleted behind the range.
    try (Slice bound = new Slice(range.to());
        ReadOptions read = new ReadOptions().setIterateUpperBound(bound)) {
      if (moment != null) {
        read.setSnapshot(moment);
      }
      if (table.space() == Space.CONTENTS) {
        if (range.from().length >= Keys.CONTENT_PREFIX_BYTES) {
          // One content: filters answer for those that are nowhere.
          read.setPrefixSameAsStart(true);
        } else {
          read.setTotalOrderSeek(true);
        }
      }
      try (RocksIterator rows = rocks.newIterator(family(table.space()), read)) {
        rows.seek(range.from());
        while (rows.isValid()) {
          byte[] key = rows.key();
          if (!visitor.row(key, table.decode(key, rows.value()))) {
            return;
          }
          rows.next();
        }
        rows.status();
      }
    } catch (RocksDBException e) {
      throw cannotRead(table, e);
    } finally {
      leave();
    }
  }

  private ColumnFamilyHandle family(Space space) {
    ColumnFamilyHandle family = families.get(space);
    if (family == null) {
      throw new IllegalStateException("no column family " + space);
    }
    return family;
  }

  /** The last row before a key, if it is of the same table's range; null if there is none. */
  byte @Nullable [] lastKeyIn(Table<?> table, KeyRange range) {
    enter();
    try (ReadOptions read = new ReadOptions();
        RocksIterator rows = rocks.newIterator(family(table.space()), read)) {
      rows.seekForPrev(range.to());
      rows.status();
      if (!rows.isValid()) {
        return null;
      }
      byte[] key = rows.key();
      return range.contains(key) ? key : null;
    } catch (RocksDBException e) {
      throw cannotRead(table, e);
    } finally {
      leave();
    }
  }

  private UncheckedIOException cannotRead(Table<?> table, RocksDBException e) {
    return new UncheckedIOException(
        new IOException(
            "cannot read a %s from the store %s: %s".formatted(table, directory, e.getMessage()),
            e));
  }

  /**
   * Makes changes, all or none.
   *
   * @param sync whether they are to survive a power cut, with all before them
   * @throws IOException if the disk fails; from then on every write fails
   */
  void write(Batch changes, boolean sync) throws IOException {
    checkNotBroken();
    enter();
    long moment = recent.writing(changes.keys());
    List<RecentRows.Row> now = List.of();
    try {
      unsynced = !sync;
      rocks.write(sync ? synced : buffered, changes.encoded());
      now = changes.rows();
    } catch (RocksDBException e) {
      throw broken(e);
    } finally {
      recent.written(moment, now);
      leave();
    }
  }

  /** Lets all that was written survive a power cut; fails as {@link #write} does. */
  void sync() throws IOException {
    checkNotBroken();
    enter();
    try {
      if (unsynced) {
        unsynced = false;
        rocks.syncWal();
      }
    } catch (RocksDBException e) {
      throw broken(e);
    } finally {
      leave();
    }
  }

  private void checkNotBroken() throws IOException {
    IOException earlier = broken;
    if (earlier != null) {
      throw new IOException(
          "the store %s takes no changes since a write failed; it can once it is opened again: %s"
              .formatted(directory, earlier.getMessage()),
          earlier);
    }
  }

  private IOException broken(RocksDBException e) {
    IOException failure =
        new IOException("cannot write to the store " + directory + ": " + e.getMessage(), e);
    broken = failure;
    return failure;
  }

  /** A batch keeps the database from being closed, until it is closed itself by the same thread. */
  Batch batch() {
    enter();
    return new Batch(this, this::family, this::leave);
  }

  /** The rows as they are now, whatever is written from here on. To be closed soon. */
  Moment moment() {
    enter();
    try {
      Moment moment = new Moment(rocks.getSnapshot());
      synchronized (moments) {
        moments.add(moment);
      }
      return moment;
    } finally {
      leave();
    }
  }

  /** Committed rows at one moment. */
  final class Moment implements Rows, Closeable {
    private final Snapshot snapshot;
    private final ReadOptions read;

    private Moment(Snapshot snapshot) {
      this.snapshot = snapshot;
      this.read = new ReadOptions().setSnapshot(snapshot);
    }

    @Override
    public <V> @Nullable V get(Table<V> table, byte[] key) {
      checkOpen();
      return Database.this.get(read, table, key);
    }

    @Override
    public <V> void scan(Table<V> table, KeyRange range, Visitor<V> visitor) {
      checkOpen();
      Database.this.scan(snapshot, table, range, visitor);
    }

    private void checkOpen() {
      synchronized (moments) {
        if (!moments.contains(this)) {
          throw new IllegalStateException("the snapshot is closed");
        }
      }
    }

    /** Not while another thread reads from it. */
    @Override
    public void close() {
      synchronized (moments) {
        if (!moments.remove(this)) {
          return;
        }
        release();
      }
    }

    private void release() {
      read.close();
      rocks.releaseSnapshot(snapshot);
      snapshot.close();
    }
  }

  private void enter() {
    if (!use.readLock().tryLock()) {
      throw new StoreClosedException(directory);
    }
    if (closed) {
      use.readLock().unlock();
      throw new StoreClosedException(directory);
    }
  }

  private void leave() {
    use.readLock().unlock();
  }

  /**
   * Does nothing if it is closed.
   *
   * @throws IOException if the last writes may not have reached the disk; it is closed nonetheless
   */
  @Override
  public void close() throws IOException {
    if (use.getReadHoldCount() > 0) {
      throw new IllegalStateException("a store is not closed from within a read of it");
    }
    use.writeLock().lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      if (broken == null) {
        rocks.syncWal();
      }
    } catch (RocksDBException e) {
      throw new IOException("cannot flush the store " + directory + ": " + e.getMessage(), e);
    } finally {
      freeHandles();
      use.writeLock().unlock();
    }
  }

  private void freeHandles() {
    synchronized (moments) {
      moments.forEach(Moment::release);
      moments.clear();
    }
    families.values().forEach(RocksObject::close);
    rocks.close();
    buffered.close();
    synced.close();
    options.forEach(RocksObject::close);
  }
}
