package io.dirsync.engine;

import io.dirsync.conflict.Merge;
import io.dirsync.conflict.Taken;
import io.dirsync.engine.NodeStatus.State;
import io.dirsync.engine.apply.Planner;
import io.dirsync.engine.recovery.Doubts;
import io.dirsync.engine.recovery.LastRun;
import io.dirsync.engine.recovery.Leftovers;
import io.dirsync.engine.recovery.LostContents;
import io.dirsync.engine.scan.IgnoreRules;
import io.dirsync.engine.scan.Observation;
import io.dirsync.engine.scan.Recorder;
import io.dirsync.engine.scan.ScanSink;
import io.dirsync.engine.scan.Scanner;
import io.dirsync.engine.session.FolderSession;
import io.dirsync.engine.session.Head;
import io.dirsync.engine.session.Requests;
import io.dirsync.engine.session.Supplier;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.FolderStore.Durability;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.fs.Volume;
import io.dirsync.model.ContentHash;
import io.dirsync.model.Dot;
import io.dirsync.model.Event;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.protocol.Connection;
import io.dirsync.protocol.Message;
import io.dirsync.watcher.Watcher;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One folder on this node: its store has one writer, the lane that everything here runs on unless
 * it says otherwise. Changes of the store that wait are committed together.
 */
final class Folder implements Closeable, ScanSink, Planner.Host, FolderSession.Host {
  private static final Logger LOG = LoggerFactory.getLogger(Folder.class);

  /** Changes in one commit. */
  private static final int CHANGES_MAX = 256;

  /** How long commits may go on before they are made durable and acted on. */
  private static final Duration SYNC_LATEST = Duration.ofMillis(10);

  private static final int DIRTY_PAGE = 1000;
  private static final Duration GAPS_AGAIN = Duration.ofSeconds(60);
  private static final Duration SYNC_AGAIN = Duration.ofSeconds(30);
  private static final Duration TRASH_AGAIN = Duration.ofHours(1);
  private static final int PROBLEMS_SHOWN_MAX = 20;

  /**
   * Log entries that every peer has applied and that are kept all the same, so that dropping them
   * is rarely done.
   */
  private static final long LOG_SPARE = 1000;

  private final FolderSettings settings;
  private final Volume volume;
  private final FolderStore store;
  private final Watcher watcher;
  private final Environment environment;
  private final IgnoreRules rules;
  private final RecentContents recent;
  private final Lane lane;
  private final Lane scanLane;
  private final Scanner scanner;
  private final Planner planner;
  private final RootGuard guard;
  private final LastRun lastRun;
  private final Runnable haltListener;
  private final boolean trial;

  private final ConcurrentLinkedQueue<Planner.Change> changes = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean pumping = new AtomicBoolean();

  /** Paths that no job touches any more, and whose new record may not be committed yet. */
  private final Set<RelativePath> landing = ConcurrentHashMap.newKeySet();

  private final List<Runnable> afterCommit = new ArrayList<>();
  private final List<FolderSession> sessions = new CopyOnWriteArrayList<>();
  private final Map<RelativePath, List<ScanSink.Verdict>> parked = new HashMap<>();
  private final Map<RelativePath, String> unreadable = new ConcurrentHashMap<>();
  private final Map<String, ReplicaId> peerReplicas = new ConcurrentHashMap<>();
  private final List<Runnable> ackListeners = new CopyOnWriteArrayList<>();

  private volatile Head head;
  private volatile ReplicaId replica;
  private volatile boolean ready;
  private volatile @Nullable String halted;
  private volatile boolean closed;
  private volatile long lastChangeMillis;

  Folder(
      FolderSettings settings,
      String node,
      Volume volume,
      FolderStore store,
      Watcher watcher,
      Environment environment,
      boolean trial,
      Runnable haltListener)
      throws IOException {
    this.settings = settings;
    this.volume = volume;
    this.store = store;
    this.watcher = watcher;
    this.environment = environment;
    this.haltListener = haltListener;
    this.rules = IgnoreRules.of(settings.ignore());
    this.recent = new RecentContents(8L << 20);
    this.guard = new RootGuard(volume, store, environment.random());
    this.lastRun = new LastRun(store);
    this.trial = trial;
    guard.check();
    if (!trial) {
      Layout.create(volume);
    }
    this.replica = guard.identify(node, !trial);
    this.head = currentHead();
    this.lane = environment.lane("folder-" + settings.name());
    this.scanLane = environment.lane("scan-" + settings.name());
    boolean owners = settings.owners();
    this.scanner = new Scanner(volume, store, rules, owners, environment, scanLane, this);
    this.planner = new Planner(volume, store, environment, lane, recent, owners, this);
  }

  /** Recovers, watches, and begins the first scan. */
  void start() throws IOException {
    if (trial) {
      planner.freeze();
    } else {
      recover();
    }
    watcher.start(this::unwatched, scanner::hint);
    lane.execute(
        () -> {
          resumeDirty();
          planner.run();
        });
    var unused =
        scanner
            .walk(RelativePath.ROOT)
            .thenRun(
                () ->
                    lane.execute(
                        () -> {
                          ready = true;
                          sessions.forEach(FolderSession::startReading);
                          changed();
                        }));
    lane.after(settings.rescan(), this::rescanAll);
    lane.after(GAPS_AGAIN, this::rescanGaps);
    lane.after(Duration.ofMinutes(1), this::expireTrash);
    lane.after(SYNC_AGAIN, this::syncVolume);
  }

  private void recover() throws IOException {
    LastRun.End end = lastRun.end(environment.boot());
    if (end != LastRun.End.CLOSED) {
      new Leftovers(volume, store).clear(environment.clock().instant());
    }
    if (end == LastRun.End.POWER_CUT) {
      new Doubts(volume, store).settle(lastRun.synced());
    }
    lastRun.begin(environment.boot());
  }

  private boolean unwatched(byte[] directory) {
    RelativePath path = RelativePath.of(directory);
    if (Layout.isPrivate(path)) {
      return !path.equals(Layout.PRIVATE) && !path.equals(Layout.COOKIES);
    }
    return rules.ignores(path, true);
  }

  private void resumeDirty() {
    RelativePath after = null;
    List<RelativePath> page;
    do {
      page = store.dirty(after, DIRTY_PAGE);
      planner.resume(page);
      after = page.isEmpty() ? null : page.getLast();
    } while (page.size() == DIRTY_PAGE);
  }

  // -- timers
  // ----------------------------------------------------------------------------------------

  private void rescanAll() {
    if (closed) {
      return;
    }
    var unused = scan();
    lane.after(settings.rescan(), this::rescanAll);
  }

  private void rescanGaps() {
    if (closed) {
      return;
    }
    if (!watcher.gaps().isEmpty()) {
      watcher.retryGaps();
      for (Watcher.Gap gap : watcher.gaps()) {
        rescan(RelativePath.of(gap.path()));
      }
    }
    lane.after(GAPS_AGAIN, this::rescanGaps);
  }

  /** Bounds what is in doubt after a power cut. */
  private void syncVolume() {
    if (closed || trial) {
      return;
    }
    long end = head.end();
    if (end > lastRun.synced()) {
      environment.workers().execute(() -> syncVolume(end));
    }
    lane.after(SYNC_AGAIN, this::syncVolume);
  }

  private void syncVolume(long end) {
    try {
      volume.sync();
      write(transaction -> LastRun.setSynced(transaction, end));
    } catch (IOException e) {
      LOG.warn("folder {}: it could not be synced: {}", settings.name(), e.toString());
    }
  }

  private void expireTrash() {
    if (closed || trial) {
      return;
    }
    environment
        .workers()
        .execute(
            () -> {
              try {
                long removed = planner.expireTrash(settings.trashKeep());
                if (removed > 0) {
                  LOG.info(
                      "folder {}: removed {} files from the trash, kept for {}",
                      settings.name(),
                      removed,
                      settings.trashKeep());
                }
              } catch (IOException e) {
                LOG.warn(
                    "folder {}: the trash could not be cleared: {}", settings.name(), e.toString());
              }
            });
    lane.after(TRASH_AGAIN, this::expireTrash);
  }

  // -- the writer
  // --------------------------------------------------------------------------------------

  @Override
  public void write(Planner.Change change) {
    changes.add(change);
    if (pumping.compareAndSet(false, true)) {
      lane.execute(this::pump);
    }
  }

  /** Commits all that waits, now. */
  private void drain() {
    while (!changes.isEmpty() && halted == null && !closed) {
      pump();
    }
  }

  private void pump() {
    pumping.set(false);
    if (changes.isEmpty() || halted != null || closed) {
      return;
    }
    afterCommit.clear();
    long began = environment.nowNanos();
    try {
      boolean more;
      do {
        // Under load many commits share one sync; what follows from any of them waits for it.
        more = commitSome() && environment.nowNanos() - began < SYNC_LATEST.toNanos();
      } while (more);
      store.sync();
    } catch (IOException | UncheckedIOException e) {
      halt("its database cannot be written: " + e.getMessage());
      return;
    }
    committed();
    if (!changes.isEmpty() && pumping.compareAndSet(false, true)) {
      lane.execute(this::pump);
    }
  }

  /** Commits what waits, up to a bound; whether more waits. */
  private boolean commitSome() throws IOException {
    try (Transaction transaction = store.begin()) {
      Planner.Change change;
      int count = 0;
      while (count++ < CHANGES_MAX && (change = changes.poll()) != null) {
        change.on(transaction);
      }
      transaction.commit(Durability.PROCESS);
    }
    return !changes.isEmpty();
  }

  private void committed() {
    Head before = head;
    head = currentHead();
    List<Runnable> effects = List.copyOf(afterCommit);
    afterCommit.clear();
    effects.forEach(Runnable::run);
    if (head.end() != before.end()) {
      lastChangeMillis = environment.clock().millis();
      sessions.forEach(FolderSession::wake);
    }
    planner.run();
    settled();
  }

  private Head currentHead() {
    return new Head(
        replica, store.floor(), store.end(), new Message.Known(store.vector(), store.beyond()));
  }

  private void halt(String reason) {
    if (halted == null) {
      halted = reason;
      LOG.error("folder {} is halted: {}", settings.name(), reason);
      sessions.forEach(FolderSession::close);
      haltListener.run();
    }
  }

  // -- what the disk shows
  // -------------------------------------------------------------------------------

  @Override
  public void observed(Observation observation, Verdict verdict) {
    Observation seen = observation;
    if (observation instanceof Observation.Present present
        && present.bytes() != null
        && present.content() instanceof io.dirsync.model.Content.File file) {
      recent.put(file.hash(), present.bytes());
      // What waits to be recorded must not hold contents: there may be many.
      seen = present.withoutBytes();
    }
    Observation waiting = seen;
    write(transaction -> record(transaction, waiting, verdict));
  }

  private void record(Transaction transaction, Observation observation, Verdict verdict) {
    RelativePath busy = busy(observation);
    if (busy != null) {
      parked.computeIfAbsent(busy, _ -> new ArrayList<>()).add(verdict);
      return;
    }
    Recorder recorder = new Recorder(transaction, replica, environment.nowNanos());
    boolean done = recorder.record(observation);
    if (recorder.recorded()) {
      LOG.debug("{} recorded {}", replica, observation);
    }
    long ticket = planner.newTicket();
    for (RelativePath path : recorder.touched()) {
      planner.evaluate(transaction, path, ticket);
    }
    afterCommit.add(() -> verdict.taken(done));
  }

  /**
   * A path of the observation that a job is about to change: what was seen may be our own doing.
   */
  private @Nullable RelativePath busy(Observation observation) {
    return switch (observation) {
      case Observation.MovedTree tree -> {
        RelativePath found = null;
        for (Observation.Moved moved : tree.moves()) {
          found = found == null ? busy(moved) : found;
        }
        yield found;
      }
      case Observation.Moved moved when planner.inFlight(moved.source().path()) ->
          moved.source().path();
      default -> planner.inFlight(observation.path()) ? observation.path() : null;
    };
  }

  @Override
  public boolean isChanging(RelativePath path) {
    return planner.inFlight(path) || landing.contains(path);
  }

  @Override
  public List<RelativePath> changingIn(RelativePath directory) {
    List<RelativePath> found = new ArrayList<>();
    for (Set<RelativePath> paths : List.of(planner.inFlight(), landing)) {
      for (RelativePath path : paths) {
        if (path.parent().orElse(RelativePath.ROOT).equals(directory)) {
          found.add(path);
        }
      }
    }
    return found;
  }

  @Override
  public void afterChange(RelativePath path, Verdict verdict) {
    write(
        _ -> {
          if (planner.inFlight(path)) {
            parked.computeIfAbsent(path, _ -> new ArrayList<>()).add(verdict);
          } else {
            afterCommit.add(() -> verdict.taken(false));
          }
        });
  }

  @Override
  public void landed(RelativePath path) {
    landing.add(path);
    lane.execute(() -> landing.remove(path));
    List<Verdict> verdicts = parked.remove(path);
    if (verdicts != null) {
      // After the commit that this may be part of: then the record tells what we did ourselves.
      lane.execute(() -> verdicts.forEach(verdict -> verdict.taken(false)));
    }
  }

  @Override
  public void unreadable(RelativePath path, String reason) {
    if (unreadable.size() < 1000 && !reason.equals(unreadable.put(path, reason))) {
      LOG.warn(
          "folder {}: cannot read {}: {}; what is known of it stays",
          settings.name(),
          path,
          reason);
    }
  }

  @Override
  public void readable(RelativePath path) {
    if (!unreadable.isEmpty()) {
      unreadable.remove(path);
    }
  }

  @Override
  public void rootGone() {
    lane.execute(() -> halt("its root " + settings.root() + " was removed, moved or unmounted"));
  }

  @Override
  public void recheck(RelativePath path) {
    scanner.recheck(path);
  }

  @Override
  public void rescan(RelativePath directory) {
    var unused = scanner.walk(directory);
  }

  @Override
  public void lost(RelativePath path, ContentHash hash, int attempts) {
    if (attempts < sessions.size() || !everyPeerIsHere()) {
      return;
    }
    LOG.warn(
        "folder {}: {} as it was written here is on no node any more: what is on this disk takes its place",
        settings.name(),
        path);
    write(
        transaction -> {
          Set<RelativePath> touched = new HashSet<>();
          takeOwn(
              transaction, LostContents.giveUp(transaction, path, hash, replica.node()), touched);
          evaluateAll(transaction, touched);
          afterCommit.add(() -> scanner.recheck(path));
        });
  }

  private boolean everyPeerIsHere() {
    return settings.peers().stream()
        .allMatch(
            peer ->
                sessions.stream()
                    .anyMatch(
                        session ->
                            session.peer().equals(peer)
                                && session.replica() != null
                                && session.refusal() == null
                                && session.caughtUp()));
  }

  @Override
  public void broken(String reason) {
    halt(reason);
  }

  // -- sessions
  // ------------------------------------------------------------------------------------------

  /** A peer that shares the folder has connected; safe for any thread. */
  FolderSession connect(String peer, Connection connection, Requests requests) {
    FolderSession session =
        new FolderSession(
            peer,
            settings.name(),
            connection,
            requests,
            store,
            volume,
            new SmallFiles(volume, store, recent),
            environment.workers(),
            this);
    lane.execute(
        () -> {
          sessions.add(session);
          session.introduce();
          planner.peersChanged();
        });
    return session;
  }

  void disconnect(FolderSession session) {
    lane.execute(
        () -> {
          session.close();
          sessions.remove(session);
          planner.peersChanged();
        });
  }

  /** A message from a peer; safe for any thread. */
  void deliver(FolderSession session, Message.OfFolder message) {
    if (message instanceof Message.Fetch) {
      session.on(message);
    } else {
      lane.execute(
          () -> {
            if (halted == null) {
              session.on(message);
            }
          });
    }
  }

  @Override
  public Head head() {
    return head;
  }

  @Override
  public boolean ready() {
    return ready;
  }

  @Override
  public boolean empty() {
    return store.totals().files() == 0;
  }

  @Override
  public long cursor(ReplicaId of) {
    return store.cursor(of);
  }

  @Override
  public int dirty() {
    return planner.pending();
  }

  @Override
  public void setBack() {
    ReplicaId old = replica;
    write(
        transaction -> {
          replica = guard.newIncarnation(transaction, old);
          LOG.warn(
              "folder {}: a peer knows writes of {} that this node does not: its database was set back. It goes on as {}",
              settings.name(),
              old,
              replica);
        });
    drain();
  }

  @Override
  public void take(FolderSession session, Message.LogBatch batch) {
    for (Message.Inline inline : batch.inline()) {
      if (io.dirsync.engine.scan.ContentHasher.hash(inline.content()).equals(inline.hash())) {
        recent.put(inline.hash(), inline.content());
      }
    }
    ReplicaId from = session.replica();
    if (from == null) {
      return;
    }
    write(
        transaction -> {
          Set<RelativePath> touched = new HashSet<>();
          for (Message.LogEntry entry : batch.entries()) {
            takeIn(transaction, entry.event(), from, touched);
          }
          collectOrphans(transaction, touched);
          if (batch.through() > transaction.cursor(from)) {
            transaction.setCursor(from, batch.through());
          }
          if (batch.known() != null) {
            Merge.join(transaction, batch.known().vector(), batch.known().beyond());
          }
          long ticket = evaluateAll(transaction, touched);
          afterCommit.add(() -> session.took(batch, ticket));
        });
  }

  private void takeIn(
      Transaction transaction, Event event, ReplicaId from, Set<RelativePath> touched) {
    Taken taken = Merge.take(transaction, event, false);
    touched.addAll(taken.touched());
    if (!taken.news().isEmpty()) {
      append(transaction, taken.news(), from);
    }
  }

  private void collectOrphans(Transaction transaction, Set<RelativePath> touched) {
    takeOwn(transaction, Merge.orphans(transaction, touched), touched);
  }

  private void takeOwn(Transaction transaction, Event event, Set<RelativePath> touched) {
    if (!event.isEmpty()) {
      Taken taken = Merge.take(transaction, event, true);
      touched.addAll(taken.touched());
      append(transaction, taken.news(), null);
    }
  }

  private void append(Transaction transaction, Event news, @Nullable ReplicaId from) {
    for (Event part : LogParts.of(news)) {
      transaction.append(part, from, environment.clock().millis());
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
  public void take(FolderSession session, Message.StateBatch batch) {
    ReplicaId from = session.replica();
    if (from == null) {
      return;
    }
    // The comparison reads the committed live set: what waits is committed first.
    drain();
    write(
        transaction -> {
          List<LiveEntry> mine = new ArrayList<>();
          Dot last =
              batch.last() || batch.entries().isEmpty() ? null : batch.entries().getLast().dot();
          store.readLive(
              batch.after(),
              entry -> {
                if (last != null && entry.dot().compareTo(last) > 0) {
                  return false;
                }
                mine.add(entry);
                return true;
              });
          Event event =
              Merge.comparison(
                  transaction,
                  batch.entries(),
                  mine,
                  dot ->
                      batch.known().vector().covers(dot) || batch.known().beyond().contains(dot));
          Set<RelativePath> touched = new HashSet<>();
          takeIn(transaction, event, from, touched);
          collectOrphans(transaction, touched);
          if (batch.last()) {
            var before = transaction.vector();
            Merge.join(transaction, batch.known().vector(), batch.known().beyond());
            transaction.setCursor(from, batch.sequence());
            if (!before.equals(transaction.vector())) {
              // What was learnt here of removals stands in no log entry: who reads this log must
              // compare too.
              transaction.append(
                  new Event(List.of(), Set.of(), Set.of()), null, environment.clock().millis());
              transaction.truncateLog(transaction.end());
            }
          }
          long ticket = evaluateAll(transaction, touched);
          afterCommit.add(() -> session.took(batch, ticket));
        });
    drain();
  }

  @Override
  public void acknowledged(FolderSession session, long sequence) {
    ReplicaId of = session.replica();
    write(
        transaction -> {
          if (sequence > store.acknowledged(session.peer())) {
            transaction.setAcknowledged(session.peer(), Math.min(sequence, transaction.end()));
          }
          truncate(transaction);
          if (of != null) {
            peerReplicas.put(session.peer(), of);
          }
          afterCommit.add(() -> ackListeners.forEach(Runnable::run));
        });
  }

  /** Drops log entries that every peer has applied. */
  private void truncate(Transaction transaction) {
    long applied = Long.MAX_VALUE;
    for (String peer : settings.peers()) {
      applied = Math.min(applied, store.acknowledged(peer));
    }
    if (applied != Long.MAX_VALUE && applied - store.floor() > 2 * LOG_SPARE) {
      transaction.truncateLog(applied - LOG_SPARE);
    }
  }

  @Override
  public Optional<Supplier> supplier(int attempt) {
    List<FolderSession> able = new ArrayList<>();
    for (FolderSession session : sessions) {
      if (session.replica() != null && session.refusal() == null) {
        able.add(session);
      }
    }
    return able.isEmpty()
        ? Optional.empty()
        : Optional.of(able.get(attempt % able.size()).supplier());
  }

  @Override
  public void settled() {
    long oldest = planner.oldestTicket();
    for (FolderSession session : sessions) {
      session.settle(oldest);
    }
  }

  @Override
  public void changed() {
    ackListeners.forEach(Runnable::run);
  }

  // -- what operators ask
  // --------------------------------------------------------------------------------

  FolderSettings settings() {
    return settings;
  }

  FolderStore store() {
    return store;
  }

  List<FolderSession> sessions() {
    return sessions;
  }

  Optional<String> halted() {
    return Optional.ofNullable(halted);
  }

  int pending() {
    return planner.pending();
  }

  /** Whether this node has taken in all that another knows and did not get from here. */
  boolean hasTakenIn(Folder other) {
    Behind.Counter counter = new Behind.Counter(replica, Long.MAX_VALUE);
    other.store.readLog(store.cursor(other.replica), counter);
    return counter.result().files() == 0;
  }

  /** What would be done, a line a path; for a trial. */
  List<String> planned() {
    List<String> lines = new ArrayList<>();
    RelativePath after = null;
    List<RelativePath> page;
    do {
      page = store.dirty(after, DIRTY_PAGE);
      for (RelativePath path : page) {
        lines.add(planner.describe(path));
      }
      after = page.isEmpty() ? null : page.getLast();
    } while (page.size() == DIRTY_PAGE);
    return lines;
  }

  /** What was published here since the start. */
  PairSync.Done done() {
    return planner.done();
  }

  /** Whether everything was looked at, and what is not yet as it should be cannot be helped now. */
  boolean stuckOrIdle() {
    return ready && !scanner.walking() && planner.stuck();
  }

  CompletableFuture<Scanner.WalkResult> scan() {
    try {
      guard.check();
    } catch (IOException e) {
      lane.execute(() -> halt(String.valueOf(e.getMessage())));
      return CompletableFuture.failedFuture(e);
    }
    return scanner.walk(RelativePath.ROOT);
  }

  /** Completes with the log's end once everything written before the call is in the log. */
  CompletableFuture<Long> recorded() {
    RelativePath cookie = Layout.COOKIES.child(Long.toHexString(environment.random().nextLong()));
    List<CompletableFuture<?>> before = new ArrayList<>();
    boolean blind = watcher.gaps().stream().anyMatch(gap -> gap.path().length == 0);
    if (watcher.isImmediate() && !blind) {
      before.add(scanner.cookie(cookie));
      try (var file = volume.stage(Layout.COOKIES.bytes())) {
        file.link(cookie.bytes());
        volume.unlink(cookie.bytes());
      } catch (IOException e) {
        return CompletableFuture.failedFuture(e);
      }
    } else {
      before.add(scanner.walk(RelativePath.ROOT));
    }
    for (Watcher.Gap gap : watcher.gaps()) {
      before.add(scanner.walk(RelativePath.of(gap.path())));
    }
    return CompletableFuture.allOf(before.toArray(CompletableFuture[]::new))
        .thenCompose(_ -> scanner.fence())
        .thenApply(_ -> store.end());
  }

  /** Runs the listener whenever a peer has acknowledged something, or sessions have changed. */
  Closeable onProgress(Runnable listener) {
    ackListeners.add(listener);
    return () -> ackListeners.remove(listener);
  }

  /** What a peer has not durably applied of this log up to a sequence number. */
  Behind behind(String peer, long through) {
    long acknowledged = store.acknowledged(peer);
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

  List<PathRecord> conflicts() {
    List<PathRecord> found = new ArrayList<>();
    if (store.totals().conflicts() > 0) {
      store.below(
          RelativePath.ROOT,
          record -> {
            if (!record.copies().isEmpty()) {
              found.add(record);
            }
            return true;
          });
    }
    return found;
  }

  /** The folder's state, but for its peers. */
  NodeStatus.FolderStatus status(List<NodeStatus.PeerStatus> peers) {
    FolderStore.Totals totals = store.totals();
    List<String> problems = problems();
    return new NodeStatus.FolderStatus(
        settings.name(),
        settings.root().toString(),
        state(peers),
        halted != null
            ? halted
            : planner.diskFull().orElse(problems.isEmpty() ? null : problems.getFirst()),
        problems,
        totals.files(),
        totals.bytes(),
        totals.conflicts(),
        scanner.skipped(),
        lastChangeMillis,
        peers);
  }

  private State state(List<NodeStatus.PeerStatus> peers) {
    if (halted != null) {
      return State.HALTED;
    }
    if (!ready || scanner.walking()) {
      return State.SCANNING;
    }
    if (planner.fetching() > 0
        || sessions.stream()
            .anyMatch(s -> s.replica() != null && s.refusal() == null && !s.caughtUp())) {
      return State.RECEIVING;
    }
    if (planner.pending() > 0) {
      return State.PUBLISHING;
    }
    if (peers.stream().anyMatch(peer -> peer.connected() && peer.behindFiles() > 0)) {
      return State.SENDING;
    }
    return State.IN_SYNC;
  }

  private List<String> problems() {
    List<String> sentences = new ArrayList<>();
    planner.diskFull().ifPresent(reason -> sentences.add("nothing can be written: " + reason));
    planner
        .problems()
        .forEach((path, reason) -> add(sentences, "cannot write " + path + ": " + reason));
    unreadable.forEach((path, reason) -> add(sentences, "cannot read " + path + ": " + reason));
    for (Watcher.Gap gap : watcher.gaps()) {
      add(
          sentences,
          "not watched, rescanned every "
              + GAPS_AGAIN.toSeconds()
              + " s: "
              + RelativePath.of(gap.path())
              + ": "
              + gap.reason());
    }
    return sentences;
  }

  private static void add(List<String> sentences, String sentence) {
    if (sentences.size() < PROBLEMS_SHOWN_MAX) {
      sentences.add(sentence);
    }
  }

  @Override
  public void close() throws IOException {
    closed = true;
    sessions.forEach(FolderSession::close);
    watcher.close();
    scanLane.close();
    lane.close();
    if (!trial && halted == null && planner.pending() == 0 && changes.isEmpty()) {
      volume.sync();
      lastRun.close();
    }
    store.close();
    volume.close();
  }
}
