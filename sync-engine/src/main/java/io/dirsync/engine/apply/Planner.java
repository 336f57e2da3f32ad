package io.dirsync.engine.apply;

import io.dirsync.conflict.Renderer;
import io.dirsync.conflict.Rendering;
import io.dirsync.engine.DeleteBrake;
import io.dirsync.engine.Environment;
import io.dirsync.engine.Lane;
import io.dirsync.engine.Layout;
import io.dirsync.engine.PairSync;
import io.dirsync.engine.RecentContents;
import io.dirsync.engine.Signatures;
import io.dirsync.engine.session.Supplier;
import io.dirsync.engine.store.Fingerprint;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.fs.DiskFullException;
import io.dirsync.fs.Volume;
import io.dirsync.model.ConflictCopy;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.Dot;
import io.dirsync.model.RelativePath;
import io.dirsync.model.Shown;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Brings the disk to what the state renders to: decides for each dirty path where its content comes
 * from, has it staged, published and made durable, and hands the new records to the writer. Runs on
 * the writer's lane; staging and publishing run on workers. A path has one job at a time.
 */
public final class Planner {
  /** Jobs being staged or waiting to be published that hold open files or contents. */
  private static final int HOLDING_MAX = 1024;

  /** The same, and those that hold nothing, such as moves and removals. */
  private static final int JOBS_MAX = 4096;

  private static final int LOCATIONS_MAX = 4;
  private static final Duration DISK_FULL_AGAIN = Duration.ofSeconds(5);
  private static final int PROBLEMS_MAX = 1000;

  /** Paths that cannot be written and that nothing else waits for: each takes memory. */
  private static final int FAILING_MAX = 100_000;

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

    /** The disk shows what it should at a path that was looked at. Within a change of the store. */
    void satisfied(Transaction transaction, RelativePath path, Rendering rendering);

    /**
     * Whether it is known that a path does not show what its record says, and that is not recorded
     * yet. On the lane.
     */
    boolean isGone(RelativePath path);

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

    /** The disk was found full; called now and then while it is. */
    void diskFull(String reason);

    /** The disk below cannot be trusted any more: the folder halts. */
    void broken(String reason);
  }

  /** A change of the store. */
  public interface Change {
    void on(Transaction transaction) throws IOException;
  }

  private final Volume volume;
  private final FolderStore store;
  private final Environment environment;
  private final Lane lane;
  private final Host host;
  private final Trash trash;
  private final Transfers transfers;
  private final FormerContents formers;
  private final Sources sources;
  private final Rounds rounds;
  private final Removals removals;

  private final Map<RelativePath, Work> works = new LinkedHashMap<>();
  private final LinkedHashSet<RelativePath> ready = new LinkedHashSet<>();
  private final TreeMap<Long, Integer> tickets = new TreeMap<>();
  private final NewNames newNames = new NewNames();

  /** Works that wait for another path, by that path. */
  private final Map<RelativePath, List<RelativePath>> waiters = new HashMap<>();

  /**
   * Paths that a job is about to change on disk: what is seen there meanwhile is not a local write.
   */
  private final Set<RelativePath> inFlight = ConcurrentHashMap.newKeySet();

  private int jobs;
  private int holding;
  private long nextTicket = 1;
  private boolean frozen;
  private boolean keepingOut;
  private final FullDisk disk;
  private final Map<RelativePath, String> problems = new ConcurrentHashMap<>();

  /** All that have one; {@link #problems} lists some. */
  private final AtomicInteger failing = new AtomicInteger();

  private final LongAdder written = new LongAdder();
  private final LongAdder removed = new LongAdder();
  private final LongAdder bytes = new LongAdder();
  private volatile int fetchingCount;
  private volatile int pendingCount;

  public Planner(
      Volume volume,
      FolderStore store,
      Environment environment,
      Lane lane,
      RecentContents recent,
      Signatures signatures,
      boolean owners,
      DeleteBrake brake,
      Host host) {
    this.volume = volume;
    this.removals = new Removals(brake);
    this.store = store;
    this.environment = environment;
    this.lane = lane;
    this.host = host;
    this.disk = new FullDisk(environment::elapsedNanos, host::diskFull);
    this.trash = new Trash(volume);
    this.transfers = new Transfers(volume, signatures, environment, lane, new Fetched());
    this.formers = new FormerContents(signatures);
    this.sources = new Sources(store, recent, transfers, formers, environment, works, inFlight);
    Publisher publisher =
        new Publisher(
            volume,
            owners,
            environment,
            trash,
            Long.toHexString(environment.random().nextLong() & 0xffff_ffffL) + "-");
    this.rounds =
        new Rounds(
            volume, environment, lane, new Stager(volume, owners), publisher, new Published());
  }

  // -- what the status says
  // --------------------------------------------------------------------------

  /** What is to be done at a dirty path, for people. */
  public String describe(RelativePath path) {
    Shown wanted = Renderer.at(store.live(), path).shown();
    return switch (Job.Action.of(store.record(path), wanted)) {
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
    return frozen || pendingCount <= failing.get() + held();
  }

  /** Files that stay until the operator says whether so many may go. Safe for any thread. */
  public int held() {
    return removals.held();
  }

  /** Whether the path is not yet as it should be. On the lane. */
  public boolean isDirty(RelativePath path) {
    return works.containsKey(path);
  }

  /** Paths that are not yet as they should be. */
  public int pending() {
    return pendingCount;
  }

  /**
   * Those of them that go on: all but what waits for the operator, or cannot be written and is not
   * so much that it has to be waited for.
   */
  public int active() {
    return pendingCount - held() - Math.min(failing.get(), FAILING_MAX);
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
    return disk.reason();
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

  /** Never puts on the disk what peers write: it is known, and that is all. */
  public void keepOut() {
    keepingOut = true;
  }

  /**
   * Looks whether a path shows what it should; if not, marks it dirty and does the work once the
   * transaction is committed and {@link #run} is called.
   */
  public void evaluate(Transaction transaction, RelativePath path, long ticket) {
    if (keepingOut) {
      return;
    }
    Rendering rendering = Renderer.at(transaction, path);
    PathRecord record = transaction.record(path);
    Work work = works.get(path);
    if (work != null && work.isUnderWay()) {
      return;
    }
    if (satisfied(rendering, record)) {
      Shown shown = rendering.shown();
      // Who has removed a file has not seen that somebody else has put the same there again.
      if (shown != null && !shown.equals(record.shown()) && !host.isGone(path)) {
        Fingerprint fingerprint = shown.content().isDirectory() ? null : record.fingerprint();
        transaction.put(new PathRecord(path, shown, fingerprint, record.copies()));
      }
      if (work != null) {
        transaction.clearDirty(path);
        drop(work);
      }
      host.satisfied(transaction, path, rendering);
      if (rendering.shown() == null && record.shown() == null) {
        tryLeftoverAbove(transaction, path);
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
    removals.note(transaction, path, rendering.shown(), record);
    noteFormer(rendering.shown(), record);
    work.phase = Work.Phase.READY;
    ready.add(path);
    count();
  }

  private void noteFormer(@Nullable Shown wanted, PathRecord record) {
    formers.changes(record.path(), record.shown(), wanted == null, environment.elapsedNanos());
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
    if (!sameCopies(rendering.copies(), record)) {
      return false;
    }
    if (wanted == null) {
      return shown == null || record.isLeftover();
    }
    return shown != null
        && wanted.content().equals(shown.content())
        && wanted.attributes().equals(shown.attributes());
  }

  private static boolean sameCopies(List<ConflictCopy> wanted, PathRecord kept) {
    if (wanted.size() != kept.copies().size()) {
      return false;
    }
    Set<Dot> dots = kept.copyDots();
    return wanted.stream().allMatch(copy -> dots.contains(copy.dot()));
  }

  private void drop(Work work) {
    works.remove(work.path);
    ready.remove(work.path);
    noProblem(work);
    work.discardFetched();
    transfers.forget(work);
    newNames.want(work.path, null);
    removals.forget(work.path);
    tickets.computeIfPresent(work.ticket, (_, count) -> count == 1 ? null : count - 1);
    count();
    wake(work.path);
    host.settled();
  }

  private void count() {
    pendingCount = works.size();
    fetchingCount = transfers.count();
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
    while (next.hasNext() && batch.size() < room()) {
      batch.add(next.next());
      next.remove();
    }
    List<Work> settledAlready = new ArrayList<>();
    batch.sort(Comparator.naturalOrder());
    List<Job> toStage = new ArrayList<>();
    for (RelativePath path : batch) {
      Work work = works.get(path);
      if (work != null && work.phase == Work.Phase.READY) {
        plan(work, settledAlready, toStage);
      }
    }
    rounds.stage(toStage);
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
    transfers.start();
    rounds.start();
    if (ready.isEmpty() && jobs == 0) {
      removals.settle();
    }
    count();
    if (!ready.isEmpty() && room() > 0) {
      // What is held or waits for others ends in no commit that would call again.
      lane.execute(this::run);
    }
  }

  /** How many more jobs there may be, whatever they will be. */
  private int room() {
    return Math.min(HOLDING_MAX - holding, JOBS_MAX - jobs);
  }

  /** The files that stay until the operator says whether so many may go. On the lane. */
  public List<RelativePath> heldPaths() {
    return removals.heldPaths();
  }

  /** The operator has said that they may go. On the lane. */
  public void release() {
    for (RelativePath path : removals.release()) {
      Work work = works.get(path);
      if (work != null && work.phase == Work.Phase.HELD) {
        work.phase = Work.Phase.READY;
        ready.add(path);
      }
    }
    run();
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
    // Again, for what was dirty before a restart.
    noteFormer(wanted, record);
    if (blockedByOthers(work, record, wanted)
        || (wanted == null && mayMoveAway(work, record, settledAlready, toStage))) {
      return;
    }
    if (wanted == null && removals.holds(store.live(), work.path, record)) {
      work.phase = Work.Phase.HELD;
      return;
    }
    Sources.Found found = sources.find(work, record, rendering);
    if (found.landing() != null) {
      waitFor(work, found.landing());
      return;
    }
    if (!found.complete()) {
      work.phase = Work.Phase.FETCHING;
      return;
    }
    Job job = found.job(record, rendering);
    work.discardFetched();
    work.phase = Work.Phase.STAGING;
    inFlight.add(work.path);
    if (job.source instanceof Job.Source.Move(PathRecord from)) {
      inFlight.add(from.path());
    }
    jobs++;
    holding += job.holdsFiles() ? 1 : 0;
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
      if (name.phase == Work.Phase.READY) {
        plan(name, settledAlready, toStage);
      }
      if (inFlight.contains(work.path)) {
        waitFor(work, work.path);
        return true;
      }
      if (name.phase == Work.Phase.WAITING && name.attempts == 0 && name.fetchAttempts == 0) {
        waitFor(work, name.path);
        return true;
      }
    }
    return false;
  }

  private void waitFor(Work work, RelativePath other) {
    work.phase = Work.Phase.WAITING;
    waiters.computeIfAbsent(other, _ -> new ArrayList<>()).add(work.path);
  }

  private void wake(RelativePath done) {
    List<RelativePath> paths = waiters.remove(done);
    if (paths != null) {
      for (RelativePath path : paths) {
        Work work = works.get(path);
        if (work != null && work.phase == Work.Phase.WAITING) {
          work.phase = Work.Phase.READY;
          ready.add(path);
        }
      }
    }
  }

  // -- contents that peers have
  // ------------------------------------------------------------------------

  private final class Fetched implements Transfers.Host {
    @Override
    public Optional<Supplier> supplier(int attempt) {
      return host.supplier(attempt);
    }

    @Override
    public void delivered(Work first, List<Work> others) {
      if (first.former != null) {
        formers.became(first.former);
        first.former = null;
      }
      others.forEach(work -> waitFor(work, first.path));
      if (first.fetching.isEmpty() && first.phase == Work.Phase.FETCHING) {
        first.phase = Work.Phase.READY;
        ready.add(first.path);
      }
    }

    @Override
    public void undelivered(
        ContentHash hash, List<Work> waiting, String reason, @Nullable IOException failure) {
      boolean full = failure instanceof DiskFullException;
      if (full) {
        disk.full("the disk is full");
      }
      for (Work work : waiting) {
        if (work.phase == Work.Phase.FETCHING) {
          // Once a round, however many contents it lacked: the next peer is asked in the next
          // round.
          work.fetchAttempts++;
          if (work.fetchAttempts >= 3 || failure != null) {
            problem(work, "its content cannot be had: " + reason);
          }
          work.answers++;
          if (work.answers >= LOST_ATTEMPTS && failure == null) {
            host.lost(work.path, hash, work.answers);
          }
          retry(work, full ? DISK_FULL_AGAIN : work.backoff());
        }
      }
    }

    @Override
    public void overtaken(List<Work> waiting) {
      for (Work work : waiting) {
        if (work.phase == Work.Phase.FETCHING) {
          work.overtaken++;
          work.phase = Work.Phase.READY;
          ready.add(work.path);
        }
      }
    }

    @Override
    public void unanswered(List<Work> waiting, String reason) {
      for (Work work : waiting) {
        if (work.phase == Work.Phase.FETCHING) {
          work.fetchAttempts++;
          // Who says nothing may have it.
          work.answers = 0;
          problem(work, "its content has not come: " + reason);
          retry(work, work.backoff());
        }
      }
    }

    @Override
    public void run() {
      Planner.this.run();
    }
  }

  /** A peer has come or gone: what waits for contents is tried anew. */
  public void peersChanged() {
    for (Work work : works.values()) {
      if (work.phase == Work.Phase.WAITING && work.fetchAttempts > 0) {
        work.fetchAttempts = 0;
        work.whole = false;
        work.answers = 0;
        work.phase = Work.Phase.READY;
        ready.add(work.path);
      }
    }
    run();
  }

  // -- what came of jobs
  // ---------------------------------------------------------------------------------

  private final class Published implements Rounds.Host {
    @Override
    public void staged(Job job) {
      Work work = works.get(job.path);
      if (work != null) {
        work.phase = Work.Phase.ROUND;
      }
    }

    @Override
    public void sourceChanged(Job job) {
      forgetStaleSources(job);
    }

    @Override
    public void land(Job job, Outcome outcome) {
      Planner.this.land(job, outcome);
    }

    @Override
    public void durable(List<Rounds.Done> published) {
      host.write(transaction -> settle(transaction, published));
    }

    @Override
    public boolean worksBelow(Job job) {
      return works.keySet().stream().anyMatch(path -> path.isBelow(job.path));
    }

    @Override
    public void broken(String reason) {
      host.broken(reason);
    }

    @Override
    public void run() {
      Planner.this.run();
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

  /** What was published is durable now: it becomes what is shown. */
  private void settle(Transaction transaction, List<Rounds.Done> published) {
    for (Rounds.Done done : published) {
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
      if (outcome.record().isLeftover() || wasMissed(done.job())) {
        host.rescan(done.job().path);
      }
    }
    for (Rounds.Done done : published) {
      Work work = works.get(done.job().path);
      if (work != null) {
        work.phase = Work.Phase.READY;
        work.attempts = 0;
        noProblem(work);
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
        disk.hasRoom();
      }
      wake(done.job().path);
    }
  }

  /**
   * Whether a directory had to be made that something is recorded in: that went with it, and as it
   * is there again no look at it tells so.
   */
  private boolean wasMissed(Job job) {
    boolean[] recorded = new boolean[1];
    if (job.action == Job.Action.DIRECTORY) {
      store.below(
          job.path,
          record -> {
            recorded[0] = record.shown() != null;
            return !recorded[0];
          });
    }
    return recorded[0];
  }

  /** The job no longer touches the disk. */
  private void release(Job job) {
    jobs--;
    holding -= job.holdsFiles() ? 1 : 0;
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
        retry(work, work.backoff());
      }
      case Outcome.Later(String reason, Duration delay) -> {
        if (++work.attempts > 10) {
          problem(work, reason);
        }
        retry(work, delay);
      }
      case Outcome.Failed(String reason, boolean full) -> {
        if (full) {
          disk.full(reason);
        }
        problem(work, reason);
        retry(work, full ? DISK_FULL_AGAIN : work.backoff());
      }
      case Outcome.Published _ -> throw new IllegalStateException("published jobs are settled");
    }
  }

  private void problem(Work work, String reason) {
    if (problems.size() < PROBLEMS_MAX) {
      problems.put(work.path, reason);
    }
    if (!work.failing) {
      work.failing = true;
      failing.incrementAndGet();
    }
  }

  private void noProblem(Work work) {
    problems.remove(work.path);
    if (work.failing) {
      work.failing = false;
      failing.decrementAndGet();
    }
  }

  private void retry(Work work, Duration delay) {
    work.phase = Work.Phase.WAITING;
    lane.after(
        delay,
        () -> {
          if (works.get(work.path) == work && work.phase == Work.Phase.WAITING) {
            work.phase = Work.Phase.READY;
            ready.add(work.path);
            run();
          }
        });
  }

  /**
   * Removes what has been in the trash for longer than the keep time, and what has come in part and
   * was not gone on with; returns how many files of the trash.
   */
  public long expireTrash(Duration keep) throws IOException {
    PartialFiles.expire(volume, environment.clock().instant());
    return trash.expire(environment.clock().instant(), keep);
  }
}
