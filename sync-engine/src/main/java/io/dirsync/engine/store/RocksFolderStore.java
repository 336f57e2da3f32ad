package io.dirsync.engine.store;

import io.dirsync.conflict.LiveView;
import io.dirsync.engine.store.Table.Space;
import io.dirsync.model.ContentHash;
import io.dirsync.model.Cursor;
import io.dirsync.model.Dot;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.VersionVector;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyOptions;

/**
 * A folder's store on RocksDB. A commit is one write batch. When a write fails, all writes fail
 * from then on, and reads go on; opening it again finds the last good commit.
 */
public final class RocksFolderStore implements FolderStore {
  /** The layout of rows that this class writes; it goes up when an older one could misread it. */
  private static final long FORMAT = 1;

  private final StoreParts parts;
  private final StoredLive live;
  private final StoredRecords records;
  private final DirtyPaths dirty;

  /** Held over a commit, so that a snapshot has rows and context of the same one. */
  private final ReentrantLock committing = new ReentrantLock();

  private final AtomicBoolean writing = new AtomicBoolean();
  private volatile Figures figures;
  private volatile Reserving reserving = _ -> {};

  private RocksFolderStore(StoreParts parts) {
    this.parts = parts;
    live = new StoredLive(parts.database(), parts.schema(), parts.replicas());
    records = new StoredRecords(parts.database(), parts.schema());
    dirty = new DirtyPaths(records);
    Figures stored = parts.database().get(Schema.FIGURES, Keys.FIGURES);
    figures = stored == null ? Figures.NONE : withConflicts(stored);
  }

  private Figures withConflicts(Figures stored) {
    Totals totals = stored.totals();
    Long counted = parts.database().get(Schema.CONFLICTS, Keys.CONFLICTS);
    long conflicts = counted == null ? countConflicts(totals.copies()) : counted;
    return new Figures(
        new Totals(totals.files(), totals.bytes(), totals.copies(), conflicts),
        stored.floor(),
        stored.end());
  }

  /** Reads every record, if there are copies; once, in a store from before they were counted. */
  private long countConflicts(long copies) {
    AtomicLong count = new AtomicLong();
    if (copies > 0) {
      records.below(
          RelativePath.ROOT,
          record -> {
            count.addAndGet(record.totals().conflicts());
            return true;
          });
    }
    return count.get();
  }

  /**
   * Opens a store that shares nothing with others; for a process with several, see {@link
   * FolderStores#open}, which also says what it throws.
   */
  public static RocksFolderStore open(Path directory) throws IOException {
    try (FolderStores alone = new FolderStores()) {
      return alone.open(directory);
    }
  }

  static RocksFolderStore open(Path directory, FolderStores shared) throws IOException {
    makeDirectory(directory);
    Map<Space, ColumnFamilyOptions> families = new EnumMap<>(Space.class);
    for (Space space : Space.values()) {
      families.put(space, shared.familyOptions(space));
    }
    Database database =
        Database.open(directory, shared.databaseOptions(), families, shared.recent());
    try {
      checkFormat(database);
      return new RocksFolderStore(StoreParts.of(database));
    } catch (IOException e) {
      database.close();
      throw e;
    } catch (UncheckedIOException e) {
      database.close();
      throw OpenFailure.of(directory, e);
    }
  }

  /** Names of users' files are in there: not for everyone's eyes. */
  private static void makeDirectory(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      Files.createDirectories(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
  }

  private static void checkFormat(Database database) throws IOException {
    Long format = database.get(Schema.FORMAT, Keys.FORMAT);
    if (format == null) {
      try (Batch batch = database.batch()) {
        batch.change(Schema.FORMAT, Keys.FORMAT, FORMAT);
        database.write(batch, true);
      }
    } else if (format > FORMAT) {
      throw OpenFailure.newer(
          database.directory(), "format %d; this one knows %d".formatted(format, FORMAT));
    }
  }

  @Override
  public LiveView live() {
    return live;
  }

  @Override
  public PathRecord record(RelativePath path) {
    return records.at(path);
  }

  @Override
  public void children(RelativePath directory, Consumer<PathRecord> consumer) {
    records.children(directory, consumer);
  }

  @Override
  public void below(RelativePath directory, Predicate<PathRecord> wanted) {
    try (Database.Moment now = parts.database().moment()) {
      new StoredRecords(now, parts.schema()).below(directory, wanted);
    }
  }

  @Override
  public List<RelativePath> locations(ContentHash hash, int most) {
    return records.locations(hash, most);
  }

  @Override
  public Set<RelativePath> located(RelativePath below) {
    return records.located(below);
  }

  @Override
  public List<RelativePath> dirty(@Nullable RelativePath after, int most) {
    return dirty.list(after, most);
  }

  @Override
  public Totals totals() {
    return figures.totals();
  }

  @Override
  public long floor() {
    return figures.floor();
  }

  @Override
  public long end() {
    return figures.end();
  }

  @Override
  public VersionVector vector() {
    return parts.context().vector();
  }

  @Override
  public Set<Dot> beyond() {
    return parts.context().beyond();
  }

  @Override
  public void readLog(long after, Predicate<LogRecord> consumer) {
    // From the floor on, so as not to walk over what was dropped below it.
    parts
        .database()
        .scan(
            parts.schema().log,
            Keys.logAfter(Math.max(after, floor())),
            (_, entry) -> consumer.test(entry));
  }

  @Override
  public void readLive(@Nullable Dot after, Predicate<LiveEntry> consumer) {
    try (Database.Moment now = parts.database().moment()) {
      new StoredLive(now, parts.schema(), parts.replicas()).read(after, consumer);
    }
  }

  @Override
  public LiveSnapshot snapshot() {
    committing.lock();
    try {
      return new Snapshot(parts, parts.database().moment(), figures.end(), vector(), beyond());
    } finally {
      committing.unlock();
    }
  }

  private record Snapshot(
      StoreParts parts, Database.Moment rows, long sequence, VersionVector vector, Set<Dot> beyond)
      implements LiveSnapshot {
    @Override
    public void read(@Nullable Dot after, Predicate<LiveEntry> consumer) {
      new StoredLive(rows, parts.schema(), parts.replicas()).read(after, consumer);
    }

    @Override
    public void close() {
      rows.close();
    }
  }

  @Override
  public Cursor cursor(ReplicaId replica) {
    ReplicaTable replicas = parts.replicas();
    Cursor cursor =
        replicas.knows(replica)
            ? parts.database().get(Schema.CURSORS, Keys.cursor(replicas.number(replica)))
            : null;
    return cursor == null ? Cursor.START : cursor;
  }

  @Override
  public long acknowledged(String peer) {
    return number(Schema.ACKNOWLEDGED, Keys.acknowledged(peer));
  }

  private long number(Table<Long> table, byte[] key) {
    Long number = parts.database().get(table, key);
    return number == null ? 0 : number;
  }

  @Override
  public Optional<byte[]> meta(String name) {
    return Optional.ofNullable(parts.database().get(Schema.META, Keys.meta(name)));
  }

  @Override
  public void onReserving(Reserving told) {
    reserving = told;
  }

  void reserving(Transaction transaction) {
    reserving.reserving(transaction);
  }

  /**
   * @throws IllegalStateException if a transaction is open
   */
  @Override
  public Transaction begin() {
    if (!writing.compareAndSet(false, true)) {
      throw new IllegalStateException("a transaction is open; there is one writer at a time");
    }
    // Only now is nobody else changing what it starts from.
    return new RocksTransaction(this, parts, figures);
  }

  void commit(Batch batch, Durability durability, Figures after, Context.Change context)
      throws IOException {
    committing.lock();
    try {
      parts.database().write(batch, durability == Durability.DISK);
      figures = after;
      parts.context().apply(context);
    } finally {
      committing.unlock();
    }
  }

  /** Keys of rows of {@link Schema#DIRTY} that a commit has put. */
  void marked(List<byte[]> keys) {
    keys.forEach(dirty::marked);
  }

  /** Lets the next transaction begin. */
  void ended() {
    writing.set(false);
  }

  @Override
  public void sync() throws IOException {
    parts.database().sync();
  }

  /**
   * Waits for reads and writes under way; a transaction that is open is dropped. Snapshots are
   * closed with it.
   *
   * @throws IOException if the last commits may not survive a power cut; it is closed nonetheless
   */
  @Override
  public void close() throws IOException {
    parts.database().close();
  }
}
