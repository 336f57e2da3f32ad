package io.dirsync.engine;

import io.dirsync.conflict.Rendering;
import io.dirsync.engine.apply.Planner;
import io.dirsync.engine.recovery.LastRun;
import io.dirsync.engine.recovery.StrayCopies;
import io.dirsync.engine.scan.IgnoreRules;
import io.dirsync.engine.scan.Scanner;
import io.dirsync.engine.session.FolderSession;
import io.dirsync.engine.session.LogCredit;
import io.dirsync.engine.session.Requests;
import io.dirsync.engine.session.Supplier;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.fs.Volume;
import io.dirsync.model.ContentHash;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.protocol.Connection;
import io.dirsync.protocol.Message;
import io.dirsync.watcher.Watcher;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One folder on this node: puts its parts together and keeps them going. What changes the store
 * goes through the {@link FolderWriter}; what the disk shows comes in by {@link LocalWrites}, what
 * peers send by {@link Exchange}, and the {@link Planner} brings the disk to what both make.
 */
final class Folder implements Closeable, Planner.Host, FolderWriter.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(Folder.class);

  static final Duration GAPS_AGAIN = Duration.ofSeconds(60);
  private static final Duration SYNC_AGAIN = Duration.ofSeconds(30);
  private static final Duration TRASH_AGAIN = Duration.ofHours(1);

  private final FolderSettings settings;
  private final Volume volume;
  private final FolderStore store;
  private final Watcher watcher;
  private final Environment environment;
  private final Signatures signatures;
  private final IgnoreRules rules;
  private final RecentContents recent;
  private final Lane lane;
  private final Lane scanLane;
  private final Scanner scanner;
  private final Cookies cookies;
  private final Planner planner;
  private final RootGuard guard;
  private final LastRun lastRun;
  private final VolumeSync volumeSync;
  private final StrayCopies strayCopies;
  private final FolderWriter writer;
  private final LocalWrites local;
  private final HeldDeletions held;
  private final Exchange exchange;
  private final FolderReport report;
  private final FolderConflicts conflicts;
  private final ConflictResolver resolver;
  private final PolicySettler settler;
  private final @Nullable Drift drift;
  private final Runnable haltListener;
  private final boolean trial;

  /** Files that go to the trash because the root was taken for an older copy at this start. */
  private final long displaced;

  private volatile @Nullable String halted;
  private volatile boolean closed;

  /** Fails when the folder runs no more. */
  private final CompletableFuture<Object> runs = new CompletableFuture<>();

  private volatile long lastChangeMillis;

  Folder(
      FolderSettings settings,
      String node,
      Volume volume,
      FolderStore store,
      Watcher watcher,
      Environment environment,
      Signatures signatures,
      boolean trial,
      Optional<Resume> resume,
      Runnable haltListener)
      throws IOException {
    this.settings = settings;
    this.volume = volume;
    this.store = store;
    this.watcher = watcher;
    this.environment = environment;
    this.signatures = signatures;
    this.haltListener = haltListener;
    this.rules = IgnoreRules.of(settings.ignore());
    this.recent = new RecentContents(signatures.bounds().recentBytes());
    this.guard =
        new RootGuard(settings.name(), volume, store, environment.random(), environment.clock());
    this.lastRun = new LastRun(store);
    this.volumeSync = new VolumeSync(settings.name(), volume, guard, lastRun);
    this.strayCopies = new StrayCopies(volume, store);
    this.trial = trial;
    FolderStart start =
        new FolderStart(settings, volume, store, rules, guard, lastRun, environment);
    ReplicaId replica = trial ? start.tryOut(node) : start.begin(node, resume, volumeSync);
    this.displaced = start.displaced();
    this.lane = new GuardedLane(environment.lane("folder-" + settings.name()), this::failed);
    this.scanLane = environment.lane("scan-" + settings.name());
    Owners owners = new Owners(settings, volume, store);
    if (!trial) {
      owners.begin();
    }
    this.writer = new FolderWriter(store, lane, environment, replica, lastRun.epochs(), this);
    DeleteBrake peersBrake = brake(DeleteBrake.Side.PEERS);
    this.planner =
        new Planner(
            volume,
            store,
            environment,
            lane,
            recent,
            signatures,
            owners.carried(),
            peersBrake,
            this);
    Optional<Drift> drifting =
        settings.mode() == FolderMode.RECEIVE_ONLY
            ? Optional.of(new Drift(volume))
            : Optional.empty();
    this.drift = drifting.orElse(null);
    LocalDeletions deletions = new LocalDeletions(brake(DeleteBrake.Side.HERE), this::recheck);
    this.local =
        new LocalWrites(
            settings.name(),
            writer,
            planner,
            lane,
            environment,
            recent,
            drifting,
            deletions,
            this::recheck,
            this::rootGone);
    this.scanner =
        new Scanner(
            volume, store, rules, owners.carried(), signatures, environment, scanLane, local);
    this.cookies = new Cookies(settings.name(), volume, watcher, scanner, environment.random());
    this.held =
        new HeldDeletions(
            settings.name(),
            volume,
            writer,
            planner,
            scanner,
            deletions,
            peersBrake,
            lane,
            environment);
    this.exchange =
        new Exchange(settings, store, writer, planner, guard, recent, environment, this::twin);
    this.settler =
        new PolicySettler(settings, volume, store, writer, planner, rules, environment, recent);
    this.conflicts = new FolderConflicts(settings, volume, store, settler::left);
    this.report =
        new FolderReport(
            settings,
            volume,
            store,
            planner,
            scanner,
            watcher,
            local,
            exchange,
            conflicts,
            settler,
            drifting,
            deletions,
            peersBrake,
            owners);
    this.resolver =
        new ConflictResolver(
            settings, volume, store, writer, planner, rules, environment, conflicts);
  }

  private DeleteBrake brake(DeleteBrake.Side side) {
    return new DeleteBrake(
        settings.name(), side, settings.maxDelete(), store, environment, writer::write);
  }

  /** Watches, and begins the first scan. */
  void start() throws IOException {
    if (trial) {
      planner.freeze();
    } else {
      settler.start();
    }
    planner.leaveOut(rules::ignores, rules.dependOnPlace());
    boolean keepsOut = settings.mode() == FolderMode.SEND_ONLY;
    if (keepsOut) {
      planner.keepOut();
    }
    watcher.start(this::unwatched, scanner::hint);
    lane.execute(
        () -> {
          if (!keepsOut) {
            store.eachDirty(planner::resume);
          }
          planner.run();
        });
    if (!trial) {
      ChangedSettings.apply(settings, rules, store, writer, planner);
    }
    var unused = held.walkAll().thenRun(() -> lane.execute(exchange::begin));
    lane.after(settings.rescan(), this::rescanAll);
    lane.after(GAPS_AGAIN, this::rescanGaps);
    lane.after(Duration.ofMinutes(1), this::expireTrash);
    lane.after(SYNC_AGAIN, this::syncVolume);
  }

  private boolean unwatched(byte[] directory) {
    RelativePath path;
    try {
      path = RelativePath.of(directory);
    } catch (IllegalArgumentException tooLongOrDeep) {
      // Nothing in it can be synchronised; walks say so.
      return true;
    }
    if (Layout.isPrivate(path)) {
      return !path.equals(Layout.PRIVATE) && !path.equals(Layout.COOKIES);
    }
    return rules.ignores(path, true);
  }

  // -- timers

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
    local.unreadable().keySet().forEach(scanner::retry);
    lane.after(GAPS_AGAIN, this::rescanGaps);
  }

  private void syncVolume() {
    if (closed || trial) {
      return;
    }
    exchange.shortenLog();
    held.lookForReturned();
    volumeSync.run(writer, environment);
    lane.after(SYNC_AGAIN, this::syncVolume);
  }

  private void expireTrash() {
    if (closed || trial) {
      return;
    }
    environment
        .workers()
        .execute(
            () -> {
              settler.again();
              try {
                resolver.expire();
                int strays = strayCopies.clear(environment.clock().instant());
                if (strays > 0) {
                  LOG.info(
                      "folder {}: {} that nothing speaks of went to the trash",
                      settings.name(),
                      Counted.of(strays, "conflict copy", "conflict copies"));
                }
                long removed = planner.expireTrash(settings.trashKeep());
                if (removed > 0) {
                  LOG.info(
                      "folder {}: removed {} from the trash, kept for {}",
                      settings.name(),
                      Counted.of(removed, "file", "files"),
                      Spans.words(settings.trashKeep()));
                }
              } catch (IOException e) {
                LOG.warn(
                    "folder {}: the trash could not be cleared: {}", settings.name(), e.toString());
              }
            });
    lane.after(TRASH_AGAIN, this::expireTrash);
  }

  // -- what follows from a commit, and what ends it all

  @Override
  public void committed(boolean logged) {
    if (logged) {
      lastChangeMillis = environment.clock().millis();
      exchange.wake();
    }
    planner.run();
  }

  @Override
  public void durable() {
    settled();
  }

  @Override
  public void broken(String reason) {
    halt(reason);
  }

  private void rootGone() {
    lane.execute(
        () ->
            halt(
                "its root "
                    + settings.root()
                    + " was removed, moved or unmounted; nothing is deleted elsewhere, and it goes on when the root is back"));
  }

  private void twin(String where) {
    writer.write(
        transaction -> {
          Twin.note(transaction, where);
          writer.afterCommit(() -> halt(Twin.reason(settings.name(), where)));
        });
  }

  /** Something that was under way is lost: what is durable is taken up again from the start. */
  private void failed(RuntimeException e) {
    halt(
        e instanceof UncheckedIOException unchecked
            ? String.valueOf(unchecked.getMessage())
            : "a defect of dirsync: " + e);
  }

  private void halt(String reason) {
    if (halted == null) {
      halted = reason;
      writer.stop();
      LOG.error("folder {} is halted: {}", settings.name(), reason);
      exchange.close();
      runs.completeExceptionally(
          new IllegalStateException("folder " + settings.name() + " was halted: " + reason));
      haltListener.run();
    }
  }

  @Override
  public void close() throws IOException {
    closed = true;
    runs.completeExceptionally(
        new IllegalStateException("folder " + settings.name() + " was stopped"));
    boolean done = !trial && halted == null && planner.pending() == 0 && writer.isIdle();
    writer.stop();
    exchange.close();
    watcher.close();
    scanLane.close();
    lane.close();
    planner.close();
    try {
      if (!trial && halted == null) {
        // What has come while this was closed may have been published, and not recorded.
        endRun(done && planner.pending() == 0);
      }
    } finally {
      try {
        store.close();
      } finally {
        volume.close();
      }
    }
  }

  private void endRun(boolean done) throws IOException {
    volumeSync.last(writer);
    if (done) {
      lastRun.close(writer.head().end());
    }
  }

  // -- what the planner asks

  @Override
  public void write(Planner.Change change) {
    writer.write(change);
  }

  @Override
  public Optional<Supplier> supplier(int attempt) {
    return exchange.supplier(attempt);
  }

  @Override
  public void landed(RelativePath path) {
    local.landed(path);
  }

  @Override
  public void satisfied(Transaction transaction, RelativePath path, Rendering rendering) {
    if (drift != null) {
      drift.clear(path);
    }
    settler.satisfied(transaction, path, rendering);
  }

  @Override
  public boolean isGone(RelativePath path) {
    return held.isMadeHere(path);
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
  public void diskFull(String reason) {
    LOG.warn("folder {}: {}: what does not fit waits, and is tried again", settings.name(), reason);
  }

  @Override
  public void lost(RelativePath path, ContentHash hash, int attempts) {
    if (exchange.hasAskedAll(attempts)) {
      exchange.giveUp(path, hash, () -> scanner.recheck(path));
    }
  }

  @Override
  public void settled() {
    exchange.settle();
    resolver.settle();
  }

  // -- sessions

  /** A peer that shares the folder has connected; safe for any thread. */
  FolderSession connect(String peer, Connection connection, LogCredit credit, Requests requests) {
    FolderSession session =
        new FolderSession(
            peer,
            settings.name(),
            connection,
            credit,
            requests,
            store,
            volume,
            signatures,
            new SmallFiles(volume, store, recent),
            environment.workers(),
            lane,
            exchange);
    lane.execute(() -> exchange.join(session));
    return session;
  }

  void disconnect(FolderSession session) {
    lane.execute(() -> exchange.leave(session));
  }

  /** A message from a peer; safe for any thread. */
  void deliver(FolderSession session, Message.OfFolder message) {
    if (message instanceof Message.Fetch || message instanceof Message.FetchDelta) {
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

  // -- what operators ask

  FolderSettings settings() {
    return settings;
  }

  Optional<String> halted() {
    return Optional.ofNullable(halted);
  }

  int pending() {
    return planner.pending();
  }

  /** Whether this node has taken in all that another knows and did not get from here. */
  boolean hasTakenIn(Folder other) {
    long read = store.cursor(other.writer.replica()).sequence();
    return !Behind.isAnything(other.store, read, Long.MAX_VALUE, writer.replica());
  }

  /** What would be done, a line a path, or for what moves; for a trial. */
  List<String> planned() {
    return report.planned();
  }

  /** What was published here since the start. */
  PairSync.Done done() {
    return planner.done();
  }

  /** Whether everything was looked at, and what is not yet as it should be cannot be helped now. */
  boolean stuckOrIdle() {
    return exchange.ready() && !scanner.walking() && planner.stuck();
  }

  /** The same answer, or that the folder does not run any more: what it was to do is left then. */
  @SuppressWarnings("unchecked")
  <T> CompletableFuture<T> whileItRuns(CompletableFuture<T> answer) {
    return CompletableFuture.anyOf(answer, runs).thenApply(it -> (T) it);
  }

  CompletableFuture<Scanner.WalkResult> scan() {
    try {
      guard.check();
    } catch (IOException e) {
      lane.execute(() -> halt(String.valueOf(e.getMessage())));
      return CompletableFuture.failedFuture(e);
    }
    return held.walkAll();
  }

  private Drift requireDrift() {
    if (drift == null) {
      throw new IllegalStateException(
          "folder "
              + settings.name()
              + " is "
              + settings.mode().words()
              + " here: only what a node receives and does not send can drift");
    }
    return drift;
  }

  /** What differs from what was received. */
  List<NodeControl.Drifted> drifted() {
    return requireDrift().list();
  }

  /** Puts back what differs from what was received; completes when all was looked at. */
  CompletableFuture<Long> revert() {
    Drift drifting = requireDrift();
    if (!drifting.begin()) {
      throw new IllegalStateException("folder " + settings.name() + " is being put back already");
    }
    return scan()
        .thenCompose(_ -> scanner.fence())
        .handle(
            (_, failure) -> {
              long count = drifting.end();
              if (failure != null) {
                throw new java.util.concurrent.CompletionException(failure);
              }
              return count;
            });
  }

  /** Completes with the log's end once everything written before the call is in the log. */
  CompletableFuture<Long> recorded() {
    return cookies.allSeen().thenApply(_ -> store.end());
  }

  /** Runs the listener whenever a peer has acknowledged something, or sessions have changed. */
  Closeable onProgress(Runnable listener) {
    return exchange.onProgress(listener);
  }

  /** What a peer has not durably applied of this log, as it is now. */
  Behind behind(String peer) {
    return exchange.behind(peer);
  }

  /** Whether a peer has durably applied this log up to a sequence number. */
  boolean isWith(String peer, long through) {
    return exchange.hasAll(peer, through);
  }

  /** Why a connected peer does not share the folder; null if it does, or is not connected. */
  @Nullable String refusal(String peer) {
    return exchange.refusal(peer);
  }

  HeldDeletions held() {
    return held;
  }

  FolderConflicts conflicts() {
    return conflicts;
  }

  NodeControl.Resumed resumed() {
    return new NodeControl.Resumed(
        displaced,
        settings.root().resolve(Layout.TRASH.toString()),
        Spans.words(settings.trashKeep()));
  }

  PathHistory history() {
    return new PathHistory(settings, volume, store, planner, settler::left);
  }

  ConflictResolver resolver() {
    return resolver;
  }

  /** The beginning of a file in the tree or the conflict area, at most so many bytes of it. */
  byte[] read(RelativePath file, int bytesMax) throws IOException {
    try (Volume.ReadableFile open = volume.open(file.bytes())) {
      byte[] bytes = new byte[(int) Math.min(bytesMax, open.status().sizeBytes())];
      int length = 0;
      int count;
      while (length < bytes.length
          && (count = open.read(length, bytes, length, bytes.length - length)) > 0) {
        length += count;
      }
      return Arrays.copyOf(bytes, length);
    }
  }

  /** The folder's state, but for its peers. */
  NodeStatus.FolderStatus status(List<NodeStatus.PeerStatus> peers) {
    return report.status(halted(), lastChangeMillis, peers, environment.clock().millis());
  }
}
