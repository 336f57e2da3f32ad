package io.dirsync.engine.store;

import io.dirsync.conflict.LiveState;
import io.dirsync.conflict.LiveView;
import io.dirsync.model.ContentHash;
import io.dirsync.model.Cursor;
import io.dirsync.model.Dot;
import io.dirsync.model.Event;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.VersionVector;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Everything that one node remembers of one folder. One thread at a time writes, through one {@link
 * Transaction} at a time; any thread may read, and sees what is committed. Failures of the disk
 * below are {@link UncheckedIOException} from reads and writes, {@link IOException} from commit.
 */
public interface FolderStore extends Closeable {
  /** The live set as committed. */
  LiveView live();

  /** The record of a path; {@link PathRecord#empty} if there is none. */
  PathRecord record(RelativePath path);

  /** Every path with a record that is directly in the directory, in the order of names' bytes. */
  void children(RelativePath directory, Consumer<PathRecord> consumer);

  /**
   * Every record strictly below the directory, parents before children.
   *
   * @param wanted returns false to end the walk
   */
  void below(RelativePath directory, Predicate<PathRecord> wanted);

  /**
   * Where files with this content lie on this node (tree, conflict area, trash), at most {@code
   * most} of them.
   */
  List<RelativePath> locations(ContentHash hash, int most);

  /**
   * Every file below a directory that {@link #locations} gives for any content. Reads all of them:
   * for repair.
   */
  Set<RelativePath> located(RelativePath below);

  /** Paths marked as not yet shown as they should be, in order, from behind {@code after}. */
  List<RelativePath> dirty(@Nullable RelativePath after, int most);

  /** Told of {@link #dirty} paths, some at a time. */
  @FunctionalInterface
  interface DirtyPages<X extends Exception> {
    /**
     * @param paths at most {@value #DIRTY_PAGE}, which may be cleared meanwhile
     */
    void page(List<RelativePath> paths) throws X;
  }

  int DIRTY_PAGE = 1000;

  /** All {@link #dirty} paths, in order. */
  default <X extends Exception> void eachDirty(DirtyPages<X> consumer) throws X {
    RelativePath after = null;
    List<RelativePath> page;
    do {
      page = dirty(after, DIRTY_PAGE);
      consumer.page(page);
      after = page.isEmpty() ? null : page.getLast();
    } while (page.size() == DIRTY_PAGE);
  }

  /** Every record with conflict copies, in order. Reads all records, if there are any such. */
  default void withCopies(Consumer<PathRecord> consumer) {
    if (totals().conflicts() > 0) {
      below(
          RelativePath.ROOT,
          record -> {
            if (!record.copies().isEmpty()) {
              consumer.accept(record);
            }
            return true;
          });
    }
  }

  /**
   * Files shown, their bytes, conflict copies kept, and conflicts: the paths that they are of.
   * Directories and symlinks count as no file's bytes; symlinks as files.
   */
  record Totals(long files, long bytes, long copies, long conflicts) {}

  Totals totals();

  /** The log holds entries after this sequence number. */
  long floor();

  /** The last entry's sequence number. */
  long end();

  VersionVector vector();

  Set<Dot> beyond();

  /**
   * An entry of the change log.
   *
   * @param source the replica that it was learnt from; null for the node's own
   * @param timeMillis when it was appended, milliseconds since 1970
   */
  record LogRecord(long sequence, Event event, @Nullable ReplicaId source, long timeMillis) {}

  /** Entries after a sequence number, in order, until the consumer returns false. */
  void readLog(long after, Predicate<LogRecord> consumer);

  /**
   * The live set in order of dots, from behind {@code after}, as of one moment, until the consumer
   * returns false.
   */
  void readLive(@Nullable Dot after, Predicate<LiveEntry> consumer);

  /** A live set at one moment, to be read in stretches while the store goes on. */
  interface LiveSnapshot extends Closeable {
    /** In order of dots, from behind {@code after}, until the consumer returns false. */
    void read(@Nullable Dot after, Predicate<LiveEntry> consumer);

    long sequence();

    VersionVector vector();

    Set<Dot> beyond();

    @Override
    void close();
  }

  LiveSnapshot snapshot();

  /** How far this node has read the log of a replica. */
  Cursor cursor(ReplicaId replica);

  /**
   * How far a peer (by the name given to {@link Transaction#setAcknowledged}) has applied this log;
   * zero if never.
   */
  long acknowledged(String peer);

  /** A value kept under a name: identity, generation, settings of the folder. */
  Optional<byte[]> meta(String name);

  /** Told before counters of the node's own are used that a copy of this store knows nothing of. */
  interface Reserving {
    /**
     * Runs within the transaction that takes the first dot of a newly reserved block.
     *
     * @throws UncheckedIOException if they must not be used
     */
    void reserving(Transaction transaction);
  }

  /** Sets who is told; before the first transaction that takes dots. */
  void onReserving(Reserving reserving);

  Transaction begin();

  /** Makes every commit so far survive a power cut; does nothing if they do. For the writer. */
  void sync() throws IOException;

  /** How a commit is to be kept. */
  enum Durability {
    /** Survives the process; a power cut may take it back, with everything after it. */
    PROCESS,
    /** Survives a power cut once commit has returned. */
    DISK
  }

  /**
   * Changes that become one write. Its reads see its own writes. Nothing of it is seen by others
   * before {@link #commit}; closing it uncommitted drops it.
   */
  interface Transaction extends LiveState, AutoCloseable {
    /**
     * Lowers the vector: nothing is known any more of a replica's dots after a counter, but what is
     * live or removed beyond the vector. Only for dots that were given to two writes each.
     */
    void uncover(ReplicaId replica, long after);

    PathRecord record(RelativePath path);

    /** As the store's, with this transaction's own records. */
    void children(RelativePath directory, Consumer<PathRecord> consumer);

    /**
     * Replaces the record of its path (an empty one removes it) and keeps totals and locations in
     * step: the file shown at the path, and each copy.
     */
    void put(PathRecord record);

    void markDirty(RelativePath path);

    void clearDirty(RelativePath path);

    /** Notes a file that no record speaks of, in the trash say. */
    void addLocation(ContentHash hash, RelativePath path);

    void removeLocation(ContentHash hash, RelativePath path);

    List<RelativePath> locations(ContentHash hash, int most);

    /** Appends to the change log; returns its sequence number, one more than the last. */
    long append(Event event, @Nullable ReplicaId source, long timeMillis);

    /** Drops log entries up to here; the floor rises to it and never falls. */
    void truncateLog(long through);

    Cursor cursor(ReplicaId replica);

    void setCursor(ReplicaId replica, Cursor cursor);

    void setAcknowledged(String peer, long sequence);

    /** As the store's, with what this transaction has set. */
    Optional<byte[]> meta(String name);

    void setMeta(String name, byte[] value);

    long end();

    VersionVector vector();

    /**
     * Takes the next dot of the node's own replica: never one that was handed out before, even by a
     * transaction that was dropped or a process that was killed. Counters are reserved on disk in
     * blocks ahead. Does not yet cover the dot.
     */
    Dot nextDot(ReplicaId own);

    void commit(Durability durability) throws IOException;

    @Override
    void close();
  }
}
