package io.dirsync.engine.store;

import io.dirsync.conflict.LiveView;
import io.dirsync.model.ContentHash;
import io.dirsync.model.Cursor;
import io.dirsync.model.Dot;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Version;
import io.dirsync.model.VersionVector;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A folder's store in memory, for simulations: it can crash, lose what was not on disk, and fail.
 *
 * <p>It keeps the same state three times: as the open transaction sees it, as committed, and as it
 * would be found after a power cut. A transaction notes its steps; each state takes them when it is
 * its turn.
 */
public final class MemoryFolderStore implements FolderStore {
  /** A disk writes in the end, asked or not: beyond so many commits the oldest is on it. */
  private static final int UNSYNCED_COMMITS_MAX = 1024;

  /** As {@link RocksFolderStore} does, a restarted store skips what it may have handed out. */
  private static final int RESERVED_DOTS = DotReservations.BLOCK;

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<ReplicaId, Long> handedOut;
  private final Map<ReplicaId, Long> reserved;
  private final Deque<List<MemoryState.Step>> unsynced = new ArrayDeque<>();
  private final MemoryState durable;
  private final MemoryState committed;
  private MemoryState working;
  private volatile Reserving reserving = _ -> {};
  private boolean writing;
  private boolean closed;
  private @Nullable String failure;

  public MemoryFolderStore() {
    this(new MemoryState(), new HashMap<>());
  }

  private MemoryFolderStore(MemoryState state, Map<ReplicaId, Long> handedOut) {
    durable = state;
    committed = state.copy();
    working = state.copy();
    this.handedOut = new HashMap<>(handedOut);
    this.reserved = handedOut;
  }

  /**
   * The store as the next process finds it when this one is killed: all that was committed. This
   * one is closed.
   */
  public MemoryFolderStore afterKill() {
    lock.lock();
    try {
      close();
      return new MemoryFolderStore(committed.copy(), countersAfterRestart());
    } finally {
      lock.unlock();
    }
  }

  /**
   * The store as it is found after a power cut: all up to the last commit for {@link
   * Durability#DISK}, and of those behind it as many, from the first on, as the generator says.
   * This one is closed.
   */
  public MemoryFolderStore afterPowerCut(RandomGenerator random) {
    lock.lock();
    try {
      close();
      MemoryState found = durable.copy();
      unsynced.stream()
          .limit(random.nextInt(unsynced.size() + 1))
          .forEach(steps -> steps.forEach(step -> step.on(found)));
      return new MemoryFolderStore(found, countersAfterRestart());
    } finally {
      lock.unlock();
    }
  }

  /** A copy as a backup would have it; this one goes on. */
  public MemoryFolderStore backup() {
    lock.lock();
    try {
      return new MemoryFolderStore(committed.copy(), countersAfterRestart());
    } finally {
      lock.unlock();
    }
  }

  private Map<ReplicaId, Long> countersAfterRestart() {
    return new HashMap<>(reserved);
  }

  /** Lets every commit from now on fail with this message, as on a full or broken disk. */
  public void failCommits(String message) {
    lock.lock();
    try {
      failure = message;
    } finally {
      lock.unlock();
    }
  }

  private <V> V read(Function<MemoryState, V> question) {
    lock.lock();
    try {
      checkOpen();
      return question.apply(committed);
    } finally {
      lock.unlock();
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new StoreClosedException();
    }
  }

  @Override
  public LiveView live() {
    return new LiveView() {
      @Override
      public Optional<LiveEntry> get(Dot dot) {
        return Optional.ofNullable(read(state -> state.get(dot)));
      }

      @Override
      public List<LiveEntry> at(RelativePath path) {
        return read(state -> state.at(path));
      }

      @Override
      public List<Version> movesFrom(Dot dot) {
        return read(state -> state.movesFrom(dot));
      }

      @Override
      public List<Version> successorsOf(Dot dot) {
        return read(state -> state.successorsOf(dot));
      }

      @Override
      public boolean anyBelow(RelativePath directory, Predicate<Version> condition) {
        return read(state -> state.anyBelow(directory, condition));
      }
    };
  }

  @Override
  public PathRecord record(RelativePath path) {
    return read(state -> state.record(path));
  }

  @Override
  public void children(RelativePath directory, Consumer<PathRecord> consumer) {
    read(state -> state.children(directory)).forEach(consumer);
  }

  @Override
  public void below(RelativePath directory, Predicate<PathRecord> wanted) {
    tell(read(state -> state.below(directory)), wanted);
  }

  private static <V> void tell(List<V> values, Predicate<V> wanted) {
    for (V value : values) {
      if (!wanted.test(value)) {
        return;
      }
    }
  }

  @Override
  public List<RelativePath> locations(ContentHash hash, int most) {
    return read(state -> state.locations(hash, most));
  }

  @Override
  public Set<RelativePath> located(RelativePath below) {
    return read(state -> state.located(below));
  }

  @Override
  public List<RelativePath> dirty(@Nullable RelativePath after, int most) {
    return read(
        state ->
            (after == null ? state.dirty : state.dirty.tailSet(after, false))
                .stream().limit(Math.max(0, most)).toList());
  }

  @Override
  public Totals totals() {
    return read(state -> state.totals);
  }

  @Override
  public long floor() {
    return read(state -> state.floor);
  }

  @Override
  public long end() {
    return read(state -> state.end);
  }

  @Override
  public VersionVector vector() {
    return read(state -> new VersionVector(state.vector));
  }

  @Override
  public Set<Dot> beyond() {
    return read(state -> Set.copyOf(state.beyond));
  }

  @Override
  public void readLog(long after, Predicate<LogRecord> consumer) {
    tell(read(state -> List.copyOf(state.log.tailMap(after, false).values())), consumer);
  }

  @Override
  public void readLive(@Nullable Dot after, Predicate<LiveEntry> consumer) {
    tell(read(state -> state.liveAfter(after)), consumer);
  }

  @Override
  public LiveSnapshot snapshot() {
    return read(state -> new MemorySnapshot(state.copy()));
  }

  @Override
  public Cursor cursor(ReplicaId replica) {
    return read(state -> state.cursors.getOrDefault(replica, Cursor.START));
  }

  @Override
  public long acknowledged(String peer) {
    return read(state -> state.acknowledged.getOrDefault(peer, 0L));
  }

  @Override
  public Optional<byte[]> meta(String name) {
    return read(state -> Optional.ofNullable(state.meta.get(name)).map(byte[]::clone));
  }

  /**
   * @throws IllegalStateException if a transaction is open
   */
  @Override
  public Transaction begin() {
    lock.lock();
    try {
      checkOpen();
      if (writing) {
        throw new IllegalStateException("a transaction is open; there is one writer at a time");
      }
      writing = true;
      return new MemoryTransaction(this, working);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void onReserving(Reserving told) {
    reserving = told;
  }

  Dot nextDot(ReplicaId own, long used, Transaction transaction) {
    long counter;
    boolean reserve;
    lock.lock();
    try {
      checkOpen();
      counter = Math.max(handedOut.getOrDefault(own, 0L), used) + 1;
      reserve = counter > reserved.getOrDefault(own, 0L);
    } finally {
      lock.unlock();
    }
    if (reserve) {
      reserving.reserving(transaction);
    }
    lock.lock();
    try {
      checkOpen();
      if (reserve) {
        reserved.put(own, counter + RESERVED_DOTS - 1);
      }
      handedOut.put(own, counter);
      return new Dot(own, counter);
    } finally {
      lock.unlock();
    }
  }

  void commit(List<MemoryState.Step> steps, Durability durability) throws IOException {
    lock.lock();
    try {
      checkWritable();
      steps.forEach(step -> step.on(committed));
      unsynced.add(List.copyOf(steps));
      makeDurable(durability == Durability.DISK ? 0 : UNSYNCED_COMMITS_MAX);
    } finally {
      lock.unlock();
    }
  }

  private void checkWritable() throws IOException {
    checkOpen();
    if (failure != null) {
      throw new IOException("the store takes no changes: " + failure);
    }
  }

  /**
   * @param kept how many commits may still be lost
   */
  private void makeDurable(int kept) {
    while (unsynced.size() > kept) {
      unsynced.remove().forEach(step -> step.on(durable));
    }
  }

  @Override
  public void sync() throws IOException {
    lock.lock();
    try {
      checkWritable();
      makeDurable(0);
    } finally {
      lock.unlock();
    }
  }

  /**
   * @param committedAll whether the working state is as committed
   */
  void ended(boolean committedAll) {
    lock.lock();
    try {
      writing = false;
      if (!committedAll) {
        working = committed.copy();
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
    } finally {
      lock.unlock();
    }
  }
}
