package io.dirsync.engine.apply;

import io.dirsync.conflict.Renderer;
import io.dirsync.conflict.Rendering;
import io.dirsync.engine.Environment;
import io.dirsync.engine.Lane;
import io.dirsync.engine.Layout;
import io.dirsync.engine.PairSync;
import io.dirsync.engine.RecentContents;
import io.dirsync.engine.session.Supplier;
import io.dirsync.engine.store.Fingerprint;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.fs.DiskFullException;
import io.dirsync.fs.Volume;
import io.dirsync.fs.Volume.StagedFile;
import io.dirsync.model.ConflictCopy;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.Dot;
import io.dirsync.model.RelativePath;
import io.dirsync.model.Shown;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Brings the disk to what the state renders to: decides for each dirty path where its content comes
 * from, has it staged, published and made durable, and hands the new records to the writer. Runs on
 * the writer's lane; staging and publishing run on workers. A path has one job at a time.
 */
public final class Planner {
  /**
   * Paths in one publishing round, so that a round's syncs are shared and its open files bounded.
   */
  private static final int ROUND_MAX = 512;

  /** Jobs being staged or waiting to be published. */
  private static final int JOBS_MAX = 1024;

  /** Files of a round that are made durable one by one; more share one sync of the volume. */
  private static final int SINGLE_SYNCS_MAX = 4;

  private static final int TRANSFERS_MAX = 128;
  private static final int BIG_TRANSFERS_MAX = 3;
  private static final long BIG_BYTES = 4L << 20;
  private static final int LOCATIONS_MAX = 4;
  private static final Duration RETRY_MIN = Duration.ofMillis(50);
  private static final Duration RETRY_MAX = Duration.ofSeconds(30);
  private static final Duration DISK_FULL_AGAIN = Duration.ofSeconds(5);
  private static final int PROBLEMS_MAX = 1000;

  /** A content that was asked for in vain this often, in about a minute, may be nowhere. */
  private static final int LOST_ATTEMPTS = 12;

  /** What the planner needs of its folder. */
  public interface Host {
    /** Runs a change of the store on the writer's lane. */
    void write(Change change);

    /** A peer that may have a content, another one for each attempt; empty if none is connected. */
    Optional<Supplier> supplier(int attempt);

    /** No job touches the path any more. */
    void landed(RelativePath path);

    /** Looks at a path again: someone wrote there. */
    void recheck(RelativePath path);

    /** Everything below a directory wants a look. */
    void rescan(RelativePath directory);

    /** Tickets have been settled or taken; the oldest that is not is {@link #oldestTicket}. */
    void settled();

    /**
     * Nobody who was asked has a content.
     *
     * @param attempts how often one of the connected peers was asked, each in its turn
     */
    void lost(RelativePath path, ContentHash hash, int attempts);

    /** The disk below cannot be trusted any more: the folder halts. */
    void broken(String reason);
  }

  /** A change of the store. */
  public interface Change {
    void on(Transaction transaction) throws IOException;
  }

  private enum Phase {
    READY,
    FETCHING,
    STAGING,
    ROUND,
    WAITING
  }

  private static final class Work {
    final RelativePath path;
    final long ticket;
    Phase phase = Phase.READY;
    int attempts;
    int fetchAttempts;
    final Map<ContentHash, StagedFile> fetched = new HashMap<>();
    final Set<ContentHash> fetching = new HashSet<>();

    Work(RelativePath path, long ticket) {
      this.path = path;
      this.ticket = ticket;
    }
  }

  private final Volume volume;
  private final FolderStore store;
  private final Environment environment;
  private final Lane lane;
  private final RecentContents recent;
  private final Host host;
  private final Stager stager;
  private final Publisher publisher;
  private final Trash trash;

  private final Map<RelativePath, Work> works = new LinkedHashMap<>();
  private final LinkedHashSet<RelativePath> ready = new LinkedHashSet<>();
  private final TreeMap<Long, Integer> tickets = new TreeMap<>();
  private final Map<ContentHash, Transfer> transfers = new HashMap<>();
  private final Map<ContentHash, List<Work>> awaiting = new HashMap<>();
  private final LinkedHashMap<ContentHash, Wanted> queue = new LinkedHashMap<>();

  private final NewNames newNames = new NewNames();

  /** Works that wait for another path, by that path. */
  private final Map<RelativePath, List<RelativePath>> waiters = new HashMap<>();

  /**
   * Paths that a job is about to change on disk: what is seen there meanwhile is not a local write.
   */
  private final Set<RelativePath> inFlight = ConcurrentHashMap.newKeySet();

  private List<Job> staged = new ArrayList<>();
  private List<Done> undurable = new ArrayList<>();
  private boolean roundRunning;
  private int jobs;
  private int bigTransfers;
  private long nextTicket = 1;
  private boolean frozen;
  private volatile @Nullable String diskFull;
  private final Map<RelativePath, String> problems = new ConcurrentHashMap<>();
  private final LongAdder written = new LongAdder();
  private final LongAdder removed = new LongAdder();
  private final LongAdder bytes = new LongAdder();
  private volatile int fetchingCount;
  private volatile int pendingCount;

  private record Wanted(ContentHash hash, long size, RelativePath path) {}

  private record Done(Job job, Outcome.Published outcome) {}

  public Planner(
      Volume volume,
      FolderStore store,
      Environment environment,
      Lane lane,
      RecentContents recent,
      boolean owners,
      Host host) {
    this.volume = volume;
    this.store = store;
    this.environment = environment;
    this.lane = lane;
    this.recent = recent;
    this.host = host;
    this.stager = new Stager(volume, owners);
    this.trash = new Trash(volume);
    this.publisher =
        new Publisher(
            volume,
            owners,
            environment.clock(),
            trash,
            Long.toHexString(environment.random().nextLong() & 0xffff_ffffL) + "-");
  }

  // -- what the status says
  // --------------------------------------------------------------------------

  /** What is to be done at a dirty path, for people. */
  public String describe(RelativePath path) {
    Shown wanted = Renderer.at(store.live(), path).shown();
    return switch (action(store.record(path), wanted)) {
      case KEEP -> "conflict copies of " + path;
      case ATTRIBUTES -> "attributes of " + path;
      case REMOVE -> "remove " + path;
      case DIRECTORY -> "directory " + path;
      case SYMLINK -> "link " + path;
      case FILE -> "write " + path;
    };
  }

  /** What was published since the start. */
  public PairSync.Done done() {
    return new PairSync.Done(written.sum(), removed.sum(), bytes.sum());
  }

  /**
   * Whether every path that is not as it should be has a problem that keeps it from that; true if
   * there is none.
   */
  public boolean stuck() {
    return frozen || pendingCount <= problems.size();
  }

  /** Paths that are not yet as they should be. */
  public int pending() {
    return pendingCount;
  }

  public int fetching() {
    return fetchingCount;
  }

  /** Why paths do not go on, at most a thousand of them. */
  public Map<RelativePath, String> problems() {
    return problems;
  }

  /** Present while nothing can be written because the disk is full. */
  public Optional<String> diskFull() {
    return Optional.ofNullable(diskFull);
  }

  /** Whether a job is about to change the path. Safe for any thread. */
  public boolean inFlight(RelativePath path) {
    return inFlight.contains(path);
  }

  /** All of them, as they are now. */
  public Set<RelativePath> inFlight() {
    return Collections.unmodifiableSet(inFlight);
  }

  // -- tickets
  // ---------------------------------------------------------------------------------------

  /**
   * A new ticket, later than all before it: what becomes dirty under it is settled when the ticket
   * is.
   */
  public long newTicket() {
    return nextTicket++;
  }

  /**
   * The oldest ticket under which something is still dirty; {@link Long#MAX_VALUE} if nothing is.
   */
  public long oldestTicket() {
    return tickets.isEmpty() ? Long.MAX_VALUE : tickets.firstKey();
  }

  // -- what is dirty
  // -----------------------------------------------------------------------------------

  /** Leaves the disk alone from now on: only counts what would be done. */
  public void freeze() {
    frozen = true;
  }

  /**
   * Looks whether a path shows what it should; if not, marks it dirty and does the work once the
   * transaction is committed and {@link #run} is called.
   */
  public void evaluate(Transaction transaction, RelativePath path, long ticket) {
    Rendering rendering = Renderer.at(transaction, path);
    PathRecord record = transaction.record(path);
    Work work = works.get(path);
    if (work != null && work.phase != Phase.READY && work.phase != Phase.WAITING) {
      return;
    }
    if (satisfied(rendering, record)) {
      Shown shown = rendering.shown();
      if (shown != null && !shown.equals(record.shown())) {
        Fingerprint fingerprint = shown.content().isDirectory() ? null : record.fingerprint();
        transaction.put(new PathRecord(path, shown, fingerprint, record.copies()));
      }
      if (work != null) {
        transaction.clearDirty(path);
        drop(work);
      }
      return;
    }
    if (work == null) {
      transaction.markDirty(path);
      work = new Work(path, ticket);
      works.put(path, work);
      tickets.merge(ticket, 1, Integer::sum);
    }
    newNames.want(path, newContent(rendering, record));
    work.phase = Phase.READY;
    ready.add(path);
    count();
  }

  /**
   * The content that a path which shows nothing now is to show. An empty one is made, not moved.
   */
  private static @Nullable ContentHash newContent(Rendering rendering, PathRecord record) {
    Shown wanted = rendering.shown();
    return record.shown() == null
            && wanted != null
            && wanted.content() instanceof Content.File file
            && file.size() > 0
        ? file.hash()
        : null;
  }

  /** Takes up what was dirty when the store was last closed. */
  public void resume(List<RelativePath> paths) {
    long ticket = newTicket();
    for (RelativePath path : paths) {
      if (!works.containsKey(path)) {
        works.put(path, new Work(path, ticket));
        tickets.merge(ticket, 1, Integer::sum);
        ready.add(path);
      }
    }
    count();
  }

  /** Whether the disk needs nothing done; dots may differ still. */
  private static boolean satisfied(Rendering rendering, PathRecord record) {
    Shown wanted = rendering.shown();
    Shown shown = record.shown();
    if (!sameCopies(rendering.copies(), record.copies())) {
      return false;
    }
    if (wanted == null) {
      return shown == null || record.isLeftover();
    }
    return shown != null
        && wanted.content().equals(shown.content())
        && wanted.attributes().equals(shown.attributes());
  }

  private static boolean sameCopies(List<ConflictCopy> wanted, List<PathRecord.Copy> kept) {
    if (wanted.size() != kept.size()) {
      return false;
    }
    Set<Dot> dots = new HashSet<>();
    for (PathRecord.Copy copy : kept) {
      dots.add(copy.dot());
    }
    for (ConflictCopy copy : wanted) {
      if (!dots.contains(copy.dot())) {
        return false;
      }
    }
    return true;
  }

  private void drop(Work work) {
    works.remove(work.path);
    ready.remove(work.path);
    problems.remove(work.path);
    work.fetched.values().forEach(Planner::discard);
    work.fetched.clear();
    forget(work);
    newNames.want(work.path, null);
    tickets.computeIfPresent(work.ticket, (_, count) -> count == 1 ? null : count - 1);
    count();
    wake(work.path);
    host.settled();
  }

  private static void discard(StagedFile file) {
    try {
      file.close();
    } catch (IOException e) {
      // It has no name and is freed.
    }
  }

  private void count() {
    pendingCount = works.size();
    fetchingCount = transfers.size() + queue.size();
  }

  // -- planning
  // ----------------------------------------------------------------------------------------

  /** Starts what can be started. Called after each commit. */
  public void run() {
    if (frozen) {
      return;
    }
    List<RelativePath> batch = new ArrayList<>();
    Iterator<RelativePath> next = ready.iterator();
    while (next.hasNext() && jobs + batch.size() < JOBS_MAX) {
      batch.add(next.next());
      next.remove();
    }
    List<Work> settledAlready = new ArrayList<>();
    batch.sort(Comparator.naturalOrder());
    List<Job> toStage = new ArrayList<>();
    for (RelativePath path : batch) {
      Work work = works.get(path);
      if (work != null && work.phase == Phase.READY) {
        plan(work, settledAlready, toStage);
      }
    }
    stage(toStage);
    if (!settledAlready.isEmpty()) {
      host.write(
          transaction -> {
            for (Work work : settledAlready) {
              if (works.get(work.path) == work) {
                evaluate(transaction, work.path, work.ticket);
              }
            }
          });
    }
    startTransfers();
    startRound();
    count();
  }

  private void plan(Work work, List<Work> settledAlready, List<Job> toStage) {
    Rendering rendering = Renderer.at(store.live(), work.path);
    PathRecord record = store.record(work.path);
    if (satisfied(rendering, record)) {
      settledAlready.add(work);
      return;
    }
    if (inFlight.contains(work.path)) {
      // As the source of another path's move: its turn comes when that is done.
      waitFor(work, work.path);
      return;
    }
    Shown wanted = rendering.shown();
    if (blockedByOthers(work, record, wanted)
        || (wanted == null && mayMoveAway(work, record, settledAlready, toStage))) {
      return;
    }
    Sources sources = sources(work, record, rendering);
    if (sources.landing() != null) {
      waitFor(work, sources.landing());
      return;
    }
    if (!sources.complete()) {
      work.phase = Phase.FETCHING;
      return;
    }
    Job job = sources.job(record, rendering);
    work.fetched.values().forEach(Planner::discard);
    work.fetched.clear();
    work.phase = Phase.STAGING;
    inFlight.add(work.path);
    if (job.source instanceof Job.Source.Move(PathRecord from)) {
      inFlight.add(from.path());
    }
    jobs++;
    toStage.add(job);
  }

  /** Whether something else has to happen on disk first; the work then waits for it. */
  private boolean blockedByOthers(Work work, PathRecord record, @Nullable Shown wanted) {
    RelativePath parent = work.path.parent().orElseThrow();
    if (wanted != null
        && !parent.isRoot()
        && !inFlight.contains(parent)
        && works.containsKey(parent)) {
      Shown above = store.record(parent).shown();
      if (above == null || !above.content().isDirectory()) {
        waitFor(work, parent);
        return true;
      }
    }
    boolean removesDirectory =
        record.shown() != null
            && record.shown().content().isDirectory()
            && (wanted == null || !wanted.content().isDirectory());
    if (removesDirectory) {
      for (RelativePath path : inFlight) {
        // What is on its way into the directory would keep it from being removed, for good.
        if (path.isBelow(work.path) && store.record(path).shown() == null) {
          waitFor(work, path);
          return true;
        }
      }
      List<RelativePath> children = new ArrayList<>();
      store.children(
          work.path,
          child -> {
            if (children.isEmpty()
                && child.shown() != null
                && works.containsKey(child.path())
                && !inFlight.contains(child.path())) {
              children.add(child.path());
            }
          });
      if (!children.isEmpty()) {
        waitFor(work, children.getFirst());
        return true;
      }
    }
    return false;
  }

  /**
   * Whether a new name takes a file that is to be removed, or may yet take it: the removal then
   * waits, so that a move is a rename and neither a copy nor a transfer.
   */
  private boolean mayMoveAway(
      Work work, PathRecord record, List<Work> settledAlready, List<Job> toStage) {
    if (record.shown() == null || !(record.shown().content() instanceof Content.File file)) {
      return false;
    }
    for (RelativePath path : newNames.of(file.hash(), LOCATIONS_MAX)) {
      Work name = works.get(path);
      // A name above this one needs this one gone first.
      if (name == null || work.path.isBelow(path)) {
        continue;
      }
      if (name.phase == Phase.READY) {
        plan(name, settledAlready, toStage);
      }
      if (inFlight.contains(work.path)) {
        waitFor(work, work.path);
        return true;
      }
      if (name.phase == Phase.WAITING && name.attempts == 0 && name.fetchAttempts == 0) {
        waitFor(work, name.path);
        return true;
      }
    }
    return false;
  }

  private void waitFor(Work work, RelativePath other) {
    work.phase = Phase.WAITING;
    waiters.computeIfAbsent(other, _ -> new ArrayList<>()).add(work.path);
  }

  private void wake(RelativePath done) {
    List<RelativePath> paths = waiters.remove(done);
    if (paths != null) {
      for (RelativePath path : paths) {
        Work work = works.get(path);
        if (work != null && work.phase == Phase.WAITING) {
          work.phase = Phase.READY;
          ready.add(path);
        }
      }
    }
  }

  private static Job.Action action(PathRecord record, @Nullable Shown wanted) {
    Shown shown = record.shown();
    if (wanted == null) {
      return shown == null || record.isLeftover() ? Job.Action.KEEP : Job.Action.REMOVE;
    }
    boolean sameContent = shown != null && shown.content().equals(wanted.content());
    if (shown != null && sameContent && shown.attributes().equals(wanted.attributes())) {
      return Job.Action.KEEP;
    }
    return switch (wanted.content()) {
      case Content.Directory _ -> Job.Action.DIRECTORY;
      case Content.Symlink _ -> sameContent ? Job.Action.ATTRIBUTES : Job.Action.SYMLINK;
      case Content.File _ -> sameContent ? Job.Action.ATTRIBUTES : Job.Action.FILE;
    };
  }

  // -- where contents come from
  // ------------------------------------------------------------------------

  /**
   * The sources of a job's contents, as far as they are at hand.
   *
   * @param landing a path whose job has to end first: the content is there, but on its way to
   *     another place of this disk
   */
  private record Sources(
      Job.Action action,
      Job.@Nullable Source main,
      List<ConflictCopy> copies,
      Map<Dot, Job.Source> ofCopies,
      @Nullable RelativePath landing,
      boolean complete) {
    Job job(PathRecord record, Rendering rendering) {
      return new Job(record, rendering, action, main, copies, ofCopies);
    }
  }

  private Sources sources(Work work, PathRecord record, Rendering rendering) {
    Shown wanted = rendering.shown();
    Job.Action action = action(record, wanted);
    Set<Dot> kept = new HashSet<>();
    record.copies().forEach(copy -> kept.add(copy.dot()));
    List<ConflictCopy> missing = new ArrayList<>();
    for (ConflictCopy copy : rendering.copies()) {
      if (!kept.contains(copy.dot())) {
        missing.add(copy);
      }
    }
    // A content that several of these need comes for one of them; the others copy it from there, in
    // a job that follows.
    Set<ContentHash> used = new HashSet<>();
    boolean complete = true;
    RelativePath landing = null;
    Job.Source main = null;
    if (action == Job.Action.FILE
        && wanted != null
        && wanted.content() instanceof Content.File file) {
      used.add(file.hash());
      boolean mayMove = record.shown() == null && missing.isEmpty();
      main = source(work, file, mayMove).orElse(null);
      if (main == null) {
        complete = false;
        landing = landing(file.hash());
        if (landing == null) {
          want(work, file, work.path);
        }
      }
    }
    List<ConflictCopy> copies = new ArrayList<>();
    Map<Dot, Job.Source> ofCopies = new HashMap<>();
    for (ConflictCopy copy : missing) {
      if (copy.content() instanceof Content.File file) {
        if (!used.add(file.hash())) {
          continue;
        }
        Optional<Job.Source> source = source(work, file, false);
        if (source.isEmpty()) {
          complete = false;
          want(work, file, copy.path());
          continue;
        }
        ofCopies.put(copy.dot(), source.get());
      }
      copies.add(copy);
    }
    // What has come is kept even if the rest cannot be had now: a peer may wait for it, and have
    // the rest.
    boolean mainThere = action != Job.Action.FILE || main != null;
    boolean progress = action != Job.Action.KEEP || !copies.isEmpty();
    if (work.fetchAttempts > 0 && mainThere && progress) {
      complete = true;
    }
    if (!complete) {
      keepFetched(work, main);
      ofCopies.values().forEach(source -> keepFetched(work, source));
    }
    return new Sources(action, main, copies, ofCopies, landing, complete);
  }

  private static void keepFetched(Work work, Job.@Nullable Source source) {
    if (source instanceof Job.Source.Fetched(ContentHash hash, StagedFile file)) {
      work.fetched.put(hash, file);
    }
  }

  /** A path of this folder that shows the content, while a job is about to change the path. */
  private @Nullable RelativePath landing(ContentHash hash) {
    for (RelativePath place : store.locations(hash, LOCATIONS_MAX)) {
      if (inFlight.contains(place)) {
        return place;
      }
    }
    return null;
  }

  /**
   * Where a content can be had without asking a peer: cheapest first, which is a file that loses
   * its name, then one that keeps it, then the trash.
   */
  private Optional<Job.Source> source(Work work, Content.File content, boolean mayMove) {
    StagedFile fetched = work.fetched.remove(content.hash());
    if (fetched != null) {
      return Optional.of(new Job.Source.Fetched(content.hash(), fetched));
    }
    if (content.size() == 0) {
      return Optional.of(new Job.Source.Bytes(new byte[0]));
    }
    Optional<byte[]> bytes = recent.get(content.hash());
    if (bytes.isPresent() && bytes.get().length == content.size()) {
      return Optional.of(new Job.Source.Bytes(bytes.get()));
    }
    Job.Source copy = null;
    Job.Source fromTrash = null;
    for (RelativePath place : store.locations(content.hash(), LOCATIONS_MAX)) {
      if (inFlight.contains(place)) {
        continue;
      }
      if (Layout.isPrivate(place)) {
        fromTrash = new Job.Source.Copy(place, PathRecord.empty(place));
        continue;
      }
      PathRecord record = store.record(place);
      Shown shown = record.shown();
      Fingerprint fingerprint = record.fingerprint();
      if (shown == null
          || fingerprint == null
          || fingerprint.racy()
          || !shown.content().equals(content)) {
        continue;
      }
      if (mayMove
          && works.containsKey(place)
          && !place.equals(work.path)
          && Renderer.at(store.live(), place).shown() == null) {
        return Optional.of(new Job.Source.Move(record));
      }
      copy = new Job.Source.Copy(place, record);
    }
    return Optional.ofNullable(copy != null ? copy : fromTrash);
  }

  // -- contents that peers have
  // ------------------------------------------------------------------------

  private void want(Work work, Content.File content, RelativePath path) {
    if (work.fetching.add(content.hash())) {
      awaiting.computeIfAbsent(content.hash(), _ -> new ArrayList<>()).add(work);
    }
    if (!transfers.containsKey(content.hash())) {
      queue.putIfAbsent(content.hash(), new Wanted(content.hash(), content.size(), path));
    }
  }

  /** Contents that only this work waited for are not wanted any more. */
  private void forget(Work work) {
    for (ContentHash hash : work.fetching) {
      List<Work> others = awaiting.get(hash);
      if (others != null) {
        others.remove(work);
        if (others.isEmpty()) {
          awaiting.remove(hash);
          queue.remove(hash);
          Transfer transfer = transfers.get(hash);
          if (transfer != null) {
            transfer.cancel();
          }
        }
      }
    }
    work.fetching.clear();
  }

  private void startTransfers() {
    Iterator<Wanted> next = queue.values().iterator();
    while (next.hasNext() && transfers.size() < TRANSFERS_MAX) {
      Wanted wanted = next.next();
      boolean big = wanted.size() >= BIG_BYTES;
      if (big && bigTransfers >= BIG_TRANSFERS_MAX) {
        continue;
      }
      int attempt = 0;
      for (Work work : awaiting.getOrDefault(wanted.hash(), List.of())) {
        attempt = Math.max(attempt, work.fetchAttempts);
      }
      Optional<Supplier> supplier = host.supplier(attempt);
      if (supplier.isEmpty()) {
        return;
      }
      next.remove();
      bigTransfers += big ? 1 : 0;
      Transfer transfer =
          new Transfer(
              volume,
              supplier.get(),
              wanted.hash(),
              wanted.size(),
              wanted.path(),
              environment.workers(),
              listener(wanted, big));
      transfers.put(wanted.hash(), transfer);
      transfer.start();
    }
  }

  private Transfer.Listener listener(Wanted wanted, boolean big) {
    return new Transfer.Listener() {
      @Override
      public void fetched(StagedFile file) {
        lane.execute(
            () -> {
              ended();
              deliver(wanted.hash(), file);
              run();
            });
      }

      @Override
      public void failed(String reason, @Nullable IOException disk) {
        lane.execute(
            () -> {
              ended();
              undelivered(wanted.hash(), reason, disk);
              run();
            });
      }

      private void ended() {
        transfers.remove(wanted.hash());
        bigTransfers -= big ? 1 : 0;
      }
    };
  }

  private void deliver(ContentHash hash, StagedFile file) {
    List<Work> works = awaiting.remove(hash);
    if (works == null || works.isEmpty()) {
      discard(file);
      return;
    }
    Work first = works.getFirst();
    first.fetched.put(hash, file);
    for (Work work : works) {
      work.fetching.remove(hash);
      if (work != first) {
        waitFor(work, first.path);
      }
    }
    if (first.fetching.isEmpty() && first.phase == Phase.FETCHING) {
      first.phase = Phase.READY;
      ready.add(first.path);
    }
  }

  private void undelivered(ContentHash hash, String reason, @Nullable IOException disk) {
    List<Work> waiting = awaiting.remove(hash);
    if (waiting == null) {
      return;
    }
    if (disk instanceof DiskFullException) {
      diskFull = "the disk is full";
    }
    for (Work work : waiting) {
      work.fetching.remove(hash);
      if (work.phase == Phase.FETCHING) {
        // Once a round, however many contents it lacked: the next peer is asked in the next round.
        work.fetchAttempts++;
        if (work.fetchAttempts >= 3 || disk != null) {
          problem(work, "its content cannot be had: " + reason);
        }
        if (work.fetchAttempts >= LOST_ATTEMPTS && disk == null) {
          host.lost(work.path, hash, work.fetchAttempts);
        }
        retry(work, disk instanceof DiskFullException ? DISK_FULL_AGAIN : backoff(work));
      }
    }
  }

  /** A peer has come or gone: what waits for contents is tried anew. */
  public void peersChanged() {
    for (Work work : works.values()) {
      if (work.phase == Phase.WAITING && work.fetchAttempts > 0) {
        work.fetchAttempts = 0;
        work.phase = Phase.READY;
        ready.add(work.path);
      }
    }
    run();
  }

  // -- staging
  // -----------------------------------------------------------------------------------------

  private static final int STAGING_GROUP = 32;

  private record Failure(Job job, IOException cause) {}

  private void stage(List<Job> toStage) {
    for (int from = 0; from < toStage.size(); from += STAGING_GROUP) {
      List<Job> group = toStage.subList(from, Math.min(toStage.size(), from + STAGING_GROUP));
      environment.workers().execute(() -> stageGroup(group));
    }
  }

  private void stageGroup(List<Job> group) {
    List<Job> done = new ArrayList<>();
    List<Failure> failures = new ArrayList<>();
    for (Job job : group) {
      try {
        stager.stage(job);
        done.add(job);
      } catch (IOException e) {
        job.discard();
        failures.add(new Failure(job, e));
      } catch (UncheckedIOException e) {
        job.discard();
        failures.add(new Failure(job, new IOException(e)));
      }
    }
    lane.execute(
        () -> {
          staged.addAll(done);
          done.forEach(job -> phase(job, Phase.ROUND));
          failures.forEach(this::stagingFailed);
          run();
        });
  }

  private void phase(Job job, Phase phase) {
    Work work = works.get(job.path);
    if (work != null) {
      work.phase = phase;
    }
  }

  private void stagingFailed(Failure failure) {
    Job job = failure.job();
    if (failure.cause() instanceof Stager.SourceChangedException) {
      forgetStaleSources(job);
      land(job, new Outcome.Later("the file to copy from has changed", RETRY_MIN));
    } else if (failure.cause() instanceof DiskFullException) {
      land(job, new Outcome.Failed("the disk is full", true));
    } else {
      land(job, new Outcome.Failed(String.valueOf(failure.cause().getMessage()), false));
    }
  }

  private void forgetStaleSources(Job job) {
    List<Job.Source.Copy> copies = new ArrayList<>();
    if (job.source instanceof Job.Source.Copy copy) {
      copies.add(copy);
    }
    for (Job.Source source : job.copySources.values()) {
      if (source instanceof Job.Source.Copy copy) {
        copies.add(copy);
      }
    }
    for (Job.Source.Copy copy : copies) {
      if (!Layout.isPrivate(copy.from())) {
        host.recheck(copy.from());
        continue;
      }
      host.write(
          transaction -> {
            if (job.desired.shown() != null
                && job.desired.shown().content() instanceof Content.File file) {
              transaction.removeLocation(file.hash(), copy.from());
            }
            for (ConflictCopy wanted : job.newCopies) {
              if (wanted.content() instanceof Content.File file) {
                transaction.removeLocation(file.hash(), copy.from());
              }
            }
          });
    }
  }

  // -- publishing rounds
  // -------------------------------------------------------------------------------

  private record Result(Job job, Outcome outcome) {}

  private void startRound() {
    if (roundRunning || (staged.isEmpty() && undurable.isEmpty())) {
      return;
    }
    roundRunning = true;
    List<Job> round;
    if (staged.size() <= ROUND_MAX) {
      round = staged;
      staged = new ArrayList<>();
    } else {
      round = new ArrayList<>(staged.subList(0, ROUND_MAX));
      staged = new ArrayList<>(staged.subList(ROUND_MAX, staged.size()));
    }
    List<Done> published = undurable;
    undurable = new ArrayList<>();
    environment.workers().execute(() -> round(round, published));
  }

  /**
   * One sync makes durable what this round is about to name and what the round before has named.
   */
  private void round(List<Job> round, List<Done> published) {
    try {
      // Before the names: after a power cut a name without its bytes would read as someone's edit.
      sync(round, published);
    } catch (IOException e) {
      lane.execute(() -> syncFailed(round, published, e));
      return;
    }
    List<Result> results = new ArrayList<>();
    for (Job job : inOrder(round)) {
      results.add(new Result(job, publisher.publish(job)));
    }
    lane.execute(() -> roundEnded(results, published));
  }

  private void sync(List<Job> round, List<Done> published) throws IOException {
    List<StagedFile> files = new ArrayList<>();
    for (Job job : round) {
      if (job.staged != null) {
        files.add(job.staged);
      }
      files.addAll(job.stagedCopies.values());
    }
    if (published.isEmpty() && files.size() <= SINGLE_SYNCS_MAX) {
      for (StagedFile file : files) {
        file.sync();
      }
    } else {
      volume.sync();
    }
  }

  /** Directories first, from the top; then moves; then removals, from the leaves; then the rest. */
  private static List<Job> inOrder(List<Job> round) {
    List<Job> ordered = new ArrayList<>(round);
    ordered.sort(
        Comparator.<Job>comparingInt(Planner::turn)
            .thenComparing(
                (a, b) ->
                    turn(a) == REMOVALS ? b.path.compareTo(a.path) : a.path.compareTo(b.path)));
    return ordered;
  }

  private static final int REMOVALS = 2;

  private static int turn(Job job) {
    if (job.action == Job.Action.DIRECTORY
        && (job.basis.shown() == null || job.basis.shown().content().isDirectory())) {
      return 0;
    }
    if (job.source instanceof Job.Source.Move) {
      return 1;
    }
    return job.action == Job.Action.REMOVE ? REMOVALS : REMOVALS + 1;
  }

  private void syncFailed(List<Job> round, List<Done> published, IOException cause) {
    roundRunning = false;
    for (Job job : round) {
      job.discard();
      land(job, new Outcome.Failed("it could not be made durable: " + cause.getMessage(), false));
    }
    if (!published.isEmpty()) {
      host.broken("published files could not be made durable: " + cause.getMessage());
    }
  }

  private void roundEnded(List<Result> results, List<Done> published) {
    roundRunning = false;
    if (!published.isEmpty()) {
      host.write(transaction -> settle(transaction, published));
    }
    for (Result result : results) {
      if (result.outcome() instanceof Outcome.Published leftover
          && leftover.record().isLeftover()
          && worksBelow(result.job().path)) {
        land(result.job(), new Outcome.Later("what is in it goes first", RETRY_MIN));
      } else if (result.outcome() instanceof Outcome.Published outcome) {
        undurable.add(new Done(result.job(), outcome));
      } else {
        land(result.job(), result.outcome());
      }
    }
    run();
  }

  /** What kept a directory without a version on this disk may have been the file that went now. */
  private void tryLeftoverAbove(Transaction transaction, RelativePath gone) {
    RelativePath directory = gone.parent().orElse(RelativePath.ROOT);
    if (directory.isRoot()) {
      return;
    }
    PathRecord record = transaction.record(directory);
    if (record.isLeftover()) {
      transaction.put(new PathRecord(directory, record.shown(), null, record.copies()));
      evaluate(transaction, directory, newTicket());
    }
  }

  private boolean worksBelow(RelativePath directory) {
    return works.keySet().stream().anyMatch(path -> path.isBelow(directory));
  }

  /** What was published is durable now: it becomes what is shown. */
  private void settle(Transaction transaction, List<Done> published) {
    for (Done done : published) {
      Outcome.Published outcome = done.outcome();
      transaction.put(outcome.record());
      if (outcome.source() != null) {
        transaction.put(outcome.source());
      }
      for (Outcome.Trashed trashed : outcome.trashed()) {
        transaction.addLocation(trashed.hash(), trashed.path());
      }
      release(done.job());
      (done.job().action == Job.Action.REMOVE ? removed : written).increment();
      bytes.add(done.job().bytes());
      if (outcome.record().isLeftover()) {
        host.rescan(done.job().path);
      }
    }
    for (Done done : published) {
      Work work = works.get(done.job().path);
      if (work != null) {
        work.phase = Phase.READY;
        work.attempts = 0;
        problems.remove(work.path);
        evaluate(transaction, work.path, work.ticket);
      }
      if (done.outcome().source() != null) {
        evaluate(transaction, done.outcome().source().path(), newTicket());
        tryLeftoverAbove(transaction, done.outcome().source().path());
      }
      if (done.outcome().record().shown() == null) {
        tryLeftoverAbove(transaction, done.job().path);
      }
      if (done.job().bytes() > 0) {
        diskFull = null;
      }
      wake(done.job().path);
    }
  }

  /** The job no longer touches the disk. */
  private void release(Job job) {
    jobs--;
    host.landed(job.path);
    inFlight.remove(job.path);
    if (job.source instanceof Job.Source.Move(PathRecord from)) {
      host.landed(from.path());
      inFlight.remove(from.path());
      wake(from.path());
    }
  }

  /** A job that came to nothing. */
  private void land(Job job, Outcome outcome) {
    release(job);
    wake(job.path);
    Work work = works.get(job.path);
    if (work == null) {
      return;
    }
    switch (outcome) {
      case Outcome.LocalWrite(RelativePath path) -> {
        host.recheck(path);
        retry(work, backoff(work));
      }
      case Outcome.Later(String reason, Duration delay) -> {
        if (++work.attempts > 10) {
          problem(work, reason);
        }
        retry(work, delay);
      }
      case Outcome.Failed(String reason, boolean full) -> {
        if (full) {
          diskFull = reason;
        }
        problem(work, reason);
        retry(work, full ? DISK_FULL_AGAIN : backoff(work));
      }
      case Outcome.Published _ -> throw new IllegalStateException("published jobs are settled");
    }
  }

  private void problem(Work work, String reason) {
    if (problems.size() < PROBLEMS_MAX) {
      problems.put(work.path, reason);
    }
  }

  private static Duration backoff(Work work) {
    int exponent = Math.min(10, Math.max(work.attempts++, work.fetchAttempts));
    Duration delay = RETRY_MIN.multipliedBy(1L << exponent);
    return delay.compareTo(RETRY_MAX) > 0 ? RETRY_MAX : delay;
  }

  private void retry(Work work, Duration delay) {
    work.phase = Phase.WAITING;
    lane.after(
        delay,
        () -> {
          if (works.get(work.path) == work && work.phase == Phase.WAITING) {
            work.phase = Phase.READY;
            ready.add(work.path);
            run();
          }
        });
  }

  /** Removes what has been in the trash for longer than the keep time; returns how many files. */
  public long expireTrash(Duration keep) throws IOException {
    return trash.expire(environment.clock().instant(), keep);
  }
}
