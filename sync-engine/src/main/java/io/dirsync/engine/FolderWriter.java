package io.dirsync.engine;

import io.dirsync.conflict.Merge;
import io.dirsync.conflict.Taken;
import io.dirsync.engine.apply.Planner;
import io.dirsync.engine.session.Head;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.FolderStore.Durability;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.model.Dot;
import io.dirsync.model.Event;
import io.dirsync.model.LogEpochs;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.protocol.Message;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The one writer of a folder's store. Changes come from any thread; they are made on the folder's
 * lane, those that wait in one commit.
 */
final class FolderWriter {
  /** Changes in one commit. */
  private static final int CHANGES_MAX = 256;

  /** How long commits may go on before they are made durable and acted on, where syncs are fast. */
  private static final Duration SYNC_LATEST = Duration.ofMillis(10);

  /** The same where they are slow. */
  private static final Duration SYNC_LATEST_MAX = Duration.ofMillis(40);

  /** While more waits to be committed, no more than a fifth of the time goes by in syncs. */
  private static final int COMMITS_TO_SYNC = 4;

  /** What follows from commits, on the lane. */
  interface Listener {
    /**
     * There are commits; they will be durable soon, before anything else is done on the lane.
     *
     * @param logged whether the log has grown by them
     */
    void committed(boolean logged);

    /** They are durable, and what waited for that has been run. */
    void durable();

    /** The store cannot be written; nothing is written from now on. */
    void broken(String reason);
  }

  private final FolderStore store;
  private final Lane lane;
  private final Environment environment;
  private final LogEpochs epochs;
  private final Listener listener;
  private final ConcurrentLinkedQueue<Waiting> changes = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean pumping = new AtomicBoolean();
  private final List<Runnable> afterCommit = new ArrayList<>();
  private volatile ReplicaId replica;
  private volatile Head head;
  private volatile boolean stopped;

  /** How long commits may go on now. On the lane. */
  private long commitNanos = SYNC_LATEST.toNanos();

  /** Whether what was committed since the last sync has to be made durable. On the lane. */
  private boolean toSync;

  /**
   * @param lazy whether it may become durable with what comes after it
   */
  private record Waiting(Planner.Change change, boolean lazy) {}

  FolderWriter(
      FolderStore store,
      Lane lane,
      Environment environment,
      ReplicaId replica,
      LogEpochs epochs,
      Listener listener) {
    this.store = store;
    this.lane = lane;
    this.environment = environment;
    this.replica = replica;
    this.epochs = epochs;
    this.listener = listener;
    this.head = currentHead();
  }

  /** Whose writes the node's own are. */
  ReplicaId replica() {
    return replica;
  }

  /** From within a change: the node's own writes are another replica's from now on. */
  void become(ReplicaId next) {
    replica = next;
  }

  /** The committed end of the log. */
  Head head() {
    return head;
  }

  /** Makes a change soon; safe for any thread. */
  void write(Planner.Change change) {
    add(new Waiting(change, false));
  }

  /**
   * Makes a change soon that a power cut may take back: it becomes durable with the next that has
   * to be, and what follows from it does not wait for that. Safe for any thread.
   */
  void writeLazily(Planner.Change change) {
    add(new Waiting(change, true));
  }

  private void add(Waiting change) {
    changes.add(change);
    if (pumping.compareAndSet(false, true)) {
      lane.execute(this::pump);
    }
  }

  /** From within a change: runs the effect once the change is durable. */
  void afterCommit(Runnable effect) {
    afterCommit.add(effect);
  }

  /**
   * From within a change: appends what was news to the log, in parts that each fit a message.
   *
   * @param from the replica that it was learnt from; null for the node's own
   */
  void append(Transaction transaction, Event news, @Nullable ReplicaId from) {
    for (Event part : LogParts.of(news)) {
      transaction.append(part, from, environment.clock().millis());
    }
  }

  /**
   * From within a change: takes in and logs an event of this node's own, and with it the attributes
   * that have lost their path by it.
   *
   * @return the paths whose rendering may differ by it
   */
  Set<RelativePath> take(Transaction transaction, Event own) {
    if (own.isEmpty()) {
      return Set.of();
    }
    Taken taken = Merge.take(transaction, own, true);
    append(transaction, taken.news(), null);
    Set<RelativePath> touched = new HashSet<>(taken.touched());
    collectOrphans(transaction, touched);
    return touched;
  }

  /**
   * From within a change: removes and logs the attributes that have lost their path.
   *
   * @param touched where that may be; is given the paths whose rendering may differ by it
   */
  void collectOrphans(Transaction transaction, Set<RelativePath> touched) {
    Event orphans = Merge.orphans(transaction, touched);
    if (!orphans.isEmpty()) {
      Taken collected = Merge.take(transaction, orphans, true);
      append(transaction, collected.news(), null);
      touched.addAll(collected.touched());
    }
  }

  /** From within a change: the dot of a write of this node's own. */
  Dot nextDot(Transaction transaction) {
    Dot dot = transaction.nextDot(replica);
    transaction.cover(dot);
    return dot;
  }

  /** Commits all that waits, now. On the lane, outside of a change. */
  void drain() {
    while (!changes.isEmpty() && !stopped) {
      pump();
    }
  }

  /** Writes nothing from now on; what waits is dropped. */
  void stop() {
    stopped = true;
  }

  /** Whether nothing waits to be written. */
  boolean isIdle() {
    return changes.isEmpty();
  }

  boolean stopped() {
    return stopped;
  }

  private void pump() {
    pumping.set(false);
    if (changes.isEmpty() || stopped) {
      return;
    }
    afterCommit.clear();
    long began = environment.elapsedNanos();
    try {
      boolean more;
      do {
        // Under load many commits share one sync; what follows from any of them waits for it.
        more = commitSome() && environment.elapsedNanos() - began < commitNanos;
      } while (more);
      // Peers hear of it and files are staged meanwhile; nothing is acknowledged or given its name.
      announce();
      if (toSync) {
        sync();
      }
    } catch (IOException | UncheckedIOException e) {
      listener.broken("its database cannot be written: " + e.getMessage());
      return;
    }
    List<Runnable> effects = List.copyOf(afterCommit);
    afterCommit.clear();
    effects.forEach(Runnable::run);
    if (toSync) {
      toSync = false;
      listener.durable();
    }
    if (!changes.isEmpty() && pumping.compareAndSet(false, true)) {
      lane.execute(this::pump);
    }
  }

  private void sync() throws IOException {
    long began = environment.elapsedNanos();
    store.sync();
    commitNanos =
        Math.clamp(
            COMMITS_TO_SYNC * (environment.elapsedNanos() - began),
            SYNC_LATEST.toNanos(),
            SYNC_LATEST_MAX.toNanos());
  }

  /** Commits what waits, up to a bound; whether more waits. */
  private boolean commitSome() throws IOException {
    try (Transaction transaction = store.begin()) {
      Waiting waiting;
      int count = 0;
      while (count++ < CHANGES_MAX && (waiting = changes.poll()) != null) {
        toSync |= !waiting.lazy();
        waiting.change().on(transaction);
      }
      transaction.commit(Durability.PROCESS);
    }
    return !changes.isEmpty();
  }

  private void announce() {
    Head before = head;
    head = currentHead();
    listener.committed(head.end() != before.end());
  }

  private Head currentHead() {
    return new Head(
        replica,
        store.floor(),
        store.end(),
        new Message.Known(store.vector(), store.beyond()),
        epochs);
  }
}
