package io.dirsync.engine;

import io.dirsync.conflict.Merge;
import io.dirsync.conflict.Taken;
import io.dirsync.engine.apply.Planner;
import io.dirsync.engine.recovery.LastRun;
import io.dirsync.engine.recovery.LostContents;
import io.dirsync.engine.recovery.SecondDots;
import io.dirsync.engine.scan.ContentHasher;
import io.dirsync.engine.session.FolderSession;
import io.dirsync.engine.session.Head;
import io.dirsync.engine.session.Supplier;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.model.ContentHash;
import io.dirsync.model.Cursor;
import io.dirsync.model.Dot;
import io.dirsync.model.Event;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Version;
import io.dirsync.protocol.Message;
import java.io.Closeable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A folder's dealings with its peers: takes in what they send, and keeps how far each has come. On
 * the folder's lane unless it says otherwise.
 */
final class Exchange implements FolderSession.Host {
  private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);

  /**
   * Log entries that every peer has applied and that are kept all the same, so that dropping them
   * is rarely done.
   */
  private static final long LOG_SPARE = 1000;

  private final FolderSettings settings;
  private final FolderStore store;
  private final FolderWriter writer;
  private final Planner planner;
  private final RootGuard guard;
  private final RecentContents recent;
  private final Environment environment;
  private final Consumer<String> twins;
  private final List<FolderSession> sessions = new CopyOnWriteArrayList<>();
  private final Map<String, ReplicaId> peerReplicas = new ConcurrentHashMap<>();
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private volatile boolean ready;

  /** Up to where this node's dots had been given out when this run began. */
  private final long formerDots;

  /** Whether this run has begun a new incarnation. */
  private boolean renewed;

  private volatile long scanned = Long.MAX_VALUE;

  /**
   * @param twins told, with where it is, of another live node that writes the folder as this one
   */
  Exchange(
      FolderSettings settings,
      FolderStore store,
      FolderWriter writer,
      Planner planner,
      RootGuard guard,
      RecentContents recent,
      Environment environment,
      Consumer<String> twins) {
    this.settings = settings;
    this.store = store;
    this.writer = writer;
    this.planner = planner;
    this.guard = guard;
    this.recent = recent;
    this.environment = environment;
    this.twins = twins;
    this.formerDots = store.vector().counter(writer.replica());
  }

  // -- sessions come and go

  void join(FolderSession session) {
    sessions.add(session);
    session.introduce();
    planner.peersChanged();
  }

  void leave(FolderSession session) {
    session.close();
    sessions.remove(session);
    planner.peersChanged();
  }

  /** The first scan has ended: what peers have is read from now on. */
  void begin() {
    ready = true;
    scanned = store.end();
    sessions.forEach(FolderSession::startReading);
    changed();
  }

  /** The log has grown. */
  void wake() {
    sessions.forEach(FolderSession::wake);
  }

  /** What was taken in may be on disk by now. */
  void settle() {
    long oldest = planner.oldestTicket();
    for (FolderSession session : sessions) {
      session.settle(oldest);
    }
  }

  void close() {
    sessions.forEach(FolderSession::close);
  }

  /**
   * A peer that may have a content, another one for each attempt; such as leave requests unanswered
   * in every other round only. Empty if none is connected.
   */
  Optional<Supplier> supplier(int attempt) {
    List<FolderSession> able = sessions.stream().filter(FolderSession::shares).toList();
    if (able.isEmpty()) {
      return Optional.empty();
    }
    List<FolderSession> answering = able.stream().filter(FolderSession::answers).toList();
    boolean all = answering.isEmpty() || attempt / able.size() % 2 == 1;
    List<FolderSession> asked = all ? able : answering;
    return Optional.of(asked.get(attempt % asked.size()).supplier());
  }

  /** Whether so many attempts have asked every peer of the folder for a content. */
  boolean hasAskedAll(int attempts) {
    return attempts >= sessions.size()
        && settings.peers().stream().allMatch(peer -> sessions.stream().anyMatch(isUp(peer)));
  }

  private static Predicate<FolderSession> isUp(String peer) {
    return session -> session.peer().equals(peer) && session.shares() && session.caughtUp();
  }

  /**
   * Ends the wait for a content of this node's own that nobody has.
   *
   * @param then runs once that is durable: the path has to be looked at
   */
  void giveUp(RelativePath path, ContentHash hash, Runnable then) {
    writer.write(
        transaction -> {
          Optional<Event> event =
              LostContents.giveUp(transaction, path, hash, writer.replica().node());
          if (event.isPresent()) {
            LOG.warn(
                "folder {}: {} as it was written here is on no node any more: what is on this disk takes its place",
                settings.name(),
                path);
            evaluateAll(transaction, writer.take(transaction, event.get()));
            writer.afterCommit(then);
          }
        });
  }

  // -- what sessions ask

  @Override
  public Head head() {
    return writer.head();
  }

  @Override
  public boolean ready() {
    return ready;
  }

  @Override
  public long scanned() {
    return scanned;
  }

  @Override
  public boolean empty() {
    return store.totals().files() == 0;
  }

  @Override
  public Cursor cursor(ReplicaId of) {
    return store.cursor(of);
  }

  @Override
  public int dirty() {
    return planner.active();
  }

  @Override
  public long unusedBytes() {
    return recent.unusedBytes();
  }

  @Override
  public void changed() {
    listeners.forEach(Runnable::run);
  }

  @Override
  public void setBack() {
    if (renewed) {
      // What still comes was said of the former incarnation.
      return;
    }
    renewed = true;
    ReplicaId old = writer.replica();
    writer.write(
        transaction -> {
          writer.become(guard.newIncarnation(transaction, old));
          DatabaseNote.write(
              transaction, DatabaseNote.Finding.BEHIND, environment.clock().millis());
          LOG.warn(
              "folder {}: a peer knows more of {} than this node does: its database was set back. It goes on as {}",
              settings.name(),
              old,
              writer.replica());
        });
    // Nothing is written as the old one any more.
    writer.drain();
    writer.write(
        transaction ->
            evaluateAll(
                transaction,
                SecondDots.rename(
                    store, transaction, old, formerDots, () -> writer.nextDot(transaction))));
    writer.drain();
    sessions.forEach(FolderSession::introduce);
  }

  // -- nodes that are copies of one another

  @Override
  public boolean introduced(FolderSession session, ReplicaId replica) {
    if (replica.equals(writer.replica())) {
      session.tellOfTwin("itself to be the same as this node");
      twins.accept("this node is the same as " + where(session));
      return false;
    }
    Optional<String> seen = Twin.others(store, replica);
    if (seen.isPresent()) {
      // It was gone before it was told, or has not heeded it.
      session.tellOfTwin(seen.get());
      return false;
    }
    for (FolderSession other : sessions) {
      if (!other.peer().equals(session.peer()) && replica.equals(other.replica())) {
        String where = where(other) + " and " + where(session);
        LOG.warn("folder {}: two peers are copies of one another: {}", settings.name(), where);
        writer.write(transaction -> Twin.noteOthers(transaction, replica, where));
        writer.drain();
        other.tellOfTwin(where);
        session.tellOfTwin(where);
        return false;
      }
    }
    return true;
  }

  private static String where(FolderSession session) {
    return session.peer() + " at " + session.connection().address();
  }

  @Override
  public void twin(FolderSession session, String where) {
    twins.accept(session.peer() + " sees " + where);
  }

  // -- what peers send

  @Override
  public void take(FolderSession session, Message.LogBatch batch) {
    for (Message.Inline inline : batch.inline()) {
      if (ContentHasher.hash(inline.content()).equals(inline.hash())) {
        recent.receive(inline.hash(), inline.content());
      }
    }
    ReplicaId from = session.replica();
    if (from == null) {
      return;
    }
    writer.write(
        transaction -> {
          Set<RelativePath> touched = new HashSet<>();
          for (Message.LogEntry entry : batch.entries()) {
            takeIn(transaction, entry.event(), from, touched);
          }
          writer.collectOrphans(transaction, touched);
          if (batch.through() > transaction.cursor(from).sequence()) {
            transaction.setCursor(from, session.cursorAt(batch.through()));
          }
          if (batch.known() != null) {
            Merge.join(transaction, batch.known().vector(), batch.known().beyond());
          }
          long ticket = evaluateAll(transaction, touched);
          if (touched.stream().noneMatch(planner::isDirty)) {
            batch.inline().forEach(inline -> recent.use(inline.hash()));
          }
          writer.afterCommit(() -> session.took(batch, ticket));
        });
  }

  @Override
  public void take(FolderSession session, Message.StateBatch batch) {
    ReplicaId from = session.replica();
    if (from == null) {
      return;
    }
    // The comparison reads the committed live set: what waits is committed first.
    writer.drain();
    writer.write(
        transaction -> {
          Set<RelativePath> touched = new HashSet<>();
          takeIn(transaction, compare(transaction, batch), from, touched);
          writer.collectOrphans(transaction, touched);
          evaluateAll(transaction, touched);
          writer.afterCommit(() -> session.took(batch));
        });
    writer.drain();
  }

  @Override
  public void take(FolderSession session, Message.StateEnd end) {
    ReplicaId from = session.replica();
    if (from == null) {
      return;
    }
    writer.write(
        transaction -> {
          endComparison(transaction, end, session.cursorAt(end.sequence()), from);
          // Later than those of all that differed.
          long ticket = planner.newTicket();
          writer.afterCommit(() -> session.took(end, ticket));
        });
  }

  private Event compare(Transaction transaction, Message.StateBatch batch) {
    List<LiveEntry> mine = new ArrayList<>();
    Dot last = batch.through();
    store.readLive(
        batch.after(),
        entry -> {
          if (last != null && entry.dot().compareTo(last) > 0) {
            return false;
          }
          mine.add(entry);
          return true;
        });
    return Merge.comparison(
        transaction,
        batch.entries(),
        mine,
        dot -> batch.known().vector().covers(dot) || batch.known().beyond().contains(dot));
  }

  private void endComparison(
      Transaction transaction, Message.StateEnd end, Cursor read, ReplicaId from) {
    var before = transaction.vector();
    Merge.join(transaction, end.known().vector(), end.known().beyond());
    transaction.setCursor(from, read);
    if (!before.equals(transaction.vector())) {
      // What was learnt here of removals stands in no log entry: who reads this log must compare
      // too.
      transaction.append(
          new Event(List.of(), Set.of(), Set.of()), null, environment.clock().millis());
      transaction.truncateLog(transaction.end());
    }
  }

  private void takeIn(
      Transaction transaction, Event event, ReplicaId from, Set<RelativePath> touched) {
    expectTrees(transaction, event);
    Taken taken = Merge.take(transaction, event, false);
    touched.addAll(taken.touched());
    if (!taken.news().isEmpty()) {
      writer.append(transaction, taken.news(), from);
    }
  }

  /** What was in a directory that was moved follows in the log. */
  private void expectTrees(Transaction transaction, Event event) {
    for (LiveEntry entry : event.added()) {
      if (entry instanceof Version version && version.content().isDirectory()) {
        for (Dot dot : version.supersedes()) {
          if (transaction.get(dot).orElse(null) instanceof Version before
              && before.content().isDirectory()
              && !before.path().equals(version.path())) {
            planner.expectTree(before.path(), version.path());
          }
        }
      }
    }
  }

  private long evaluateAll(Transaction transaction, Set<RelativePath> touched) {
    long ticket = planner.newTicket();
    for (RelativePath path : touched) {
      planner.evaluate(transaction, path, ticket);
    }
    return ticket;
  }

  @Override
  public void acknowledged(FolderSession session, long sequence) {
    ReplicaId of = session.replica();
    writer.writeLazily(
        transaction -> {
          if (sequence > store.acknowledged(session.peer())) {
            transaction.setAcknowledged(session.peer(), Math.min(sequence, transaction.end()));
          }
          truncate(transaction);
          if (of != null) {
            peerReplicas.put(session.peer(), of);
          }
          writer.afterCommit(this::changed);
        });
  }

  /** Drops what the log need not keep; called now and then. Safe for any thread. */
  void shortenLog() {
    if (dispensable(store.end()) > store.floor()) {
      writer.write(this::truncate);
    }
  }

  private void truncate(Transaction transaction) {
    long through = dispensable(transaction.end());
    if (through > store.floor()) {
      transaction.truncateLog(through);
    }
  }

  /**
   * Up to where the log may go: what every peer has applied, but for a spare, and what is more than
   * is kept for peers that are away: they compare when they are back. What a power cut may still
   * take back is read after it, and stays.
   *
   * @return a sequence number; it is the floor, or below, if it is not worth the while
   */
  private long dispensable(long end) {
    long applied = end;
    for (String peer : settings.peers()) {
      applied = Math.min(applied, store.acknowledged(peer));
    }
    long through = Math.max(applied - LOG_SPARE, end - settings.logEntriesMax());
    through = Math.min(through, new LastRun(store).synced());
    return through - store.floor() > LOG_SPARE ? through : store.floor();
  }

  // -- what operators ask; safe for any thread

  /** Whether what every connected peer had at the time of its last word was taken in. */
  boolean caughtUp() {
    return sessions.stream().noneMatch(each -> each.shares() && !each.caughtUp());
  }

  /** Runs the listener whenever a peer has acknowledged something, or sessions have changed. */
  Closeable onProgress(Runnable listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  /** Whether a peer has durably applied this log up to a sequence number. */
  boolean hasAll(String peer, long through) {
    long acknowledged = store.acknowledged(peer);
    return acknowledged >= through
        || !Behind.isAnything(store, acknowledged, through, peerReplica(peer));
  }

  /** What a peer has not durably applied of this log, as it is now. */
  Behind behind(String peer) {
    long acknowledged = store.acknowledged(peer);
    long through = store.end();
    if (acknowledged >= through) {
      return Behind.NOTHING;
    }
    Behind.Counter counter = new Behind.Counter(peerReplica(peer), through);
    store.readLog(acknowledged, counter);
    return counter.result();
  }

  /** Why a connected peer does not share the folder; null if it does, or is not connected. */
  @Nullable String refusal(String peer) {
    for (FolderSession session : sessions) {
      if (session.peer().equals(peer)) {
        return session.refusal();
      }
    }
    return null;
  }

  private @Nullable ReplicaId peerReplica(String peer) {
    for (FolderSession session : sessions) {
      if (session.peer().equals(peer) && session.replica() != null) {
        return session.replica();
      }
    }
    return peerReplicas.get(peer);
  }
}
