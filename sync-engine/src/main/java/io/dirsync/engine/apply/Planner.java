package io.dirsync.engine.apply;

import io.dirsync.conflict.Renderer;
import io.dirsync.conflict.Rendering;
import io.dirsync.engine.DeleteBrake;
import io.dirsync.engine.Environment;
import io.dirsync.engine.Lane;
import io.dirsync.engine.PairSync;
import io.dirsync.engine.RecentContents;
import io.dirsync.engine.Signatures;
import io.dirsync.engine.session.Supplier;
import io.dirsync.engine.store.Fingerprint;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.engine.store.PathRecord;
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
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Brings the disk to what the state renders to: decides for each dirty path where its content comes
 * from, has it staged, published and made durable, and hands the new records to the writer. Runs on
 * the writer's lane; staging and publishing run on workers. A path has one job at a time.
 */
public final class Planner {
  private static final int LOCATIONS_MAX = 4;

  /** Paths that cannot be written and that nothing else waits for: each takes memory. */
  private static final int FAILING_MAX = 100_000;

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

  /** Which paths are none of this node's. */
  public interface Ignored {
    /**
     * @param directory whether a directory stands, or is to stand, at the path
     */
    boolean ignores(RelativePath path, boolean directory);
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

  private final Works works;
  private final Jobs jobs;
  private final Landings landings;
  private final TreeMoves trees;
  private final NewNames newNames = new NewNames();
  private long nextTicket = 1;
  private boolean frozen;
  private boolean keepingOut;
  private Ignored ignored = (_, _) -> false;
  private final FullDisk disk;
  private volatile int fetchingCount;

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
    this.works = new Works(lane, this::run);
    this.jobs = new Jobs(host::landed);
    this.landings = new Landings(this, store, works, jobs, disk, host);
    this.trees =
        new TreeMoves(store, signatures.bounds().treePathsMax(), works, jobs, lane, this::run);
    this.formers = new FormerContents(signatures);
    Deliveries deliveries = new Deliveries(works, formers, disk, host, this::run);
    this.transfers = new Transfers(volume, signatures, environment, lane, deliveries);
    this.sources = new Sources(store, recent, transfers, formers, environment, works, jobs);
    Publisher publisher =
        new Publisher(
            volume,
            owners,
            environment,
            trash,
            signatures.bounds().resumeBytesMin(),
            Long.toHexString(environment.random().nextLong() & 0xffff_ffffL) + "-");
    this.rounds =
        new Rounds(volume, environment, lane, new Stager(volume, owners), publisher, landings);
  }

  /** Lets go of all files that it holds, once the lane is closed. */
  public void close() {
    transfers.close();
    rounds.close();
    works.all().forEach(work -> work.giveUpFetched(environment.clock().instant()));
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
    return landings.done();
  }

  /**
   * Whether every path that is not as it should be has a problem that keeps it from that; true if
   * there is none.
   */
  public boolean stuck() {
    return frozen || works.count() <= works.failing() + held();
  }

  /** Files that stay until the operator says whether so many may go. Safe for any thread. */
  public int held() {
    return removals.held();
  }

  /** Whether the path is not yet as it should be. On the lane. */
  public boolean isDirty(RelativePath path) {
    return works.isDirty(path);
  }

  /** Paths that are not yet as they should be. */
  public int pending() {
    return works.count();
  }

  /**
   * Those of them that go on: all but what waits for the operator, or for the rest of a directory
   * that moves, or cannot be written and is not so much that it has to be waited for.
   */
  public int active() {
    return works.count() - held() - Math.min(works.failing(), FAILING_MAX) - trees.expected();
  }

  public int fetching() {
    return fetchingCount;
  }

  /** Why paths do not go on, at most a thousand of them. */
  public Map<RelativePath, String> problems() {
    return works.problems();
  }

  /** Present while nothing can be written because the disk is full. */
  public Optional<String> diskFull() {
    return disk.reason();
  }

  /** Whether a job is about to change the path. Safe for any thread. */
  public boolean inFlight(RelativePath path) {
    return jobs.inFlight(path);
  }

  /** All of them, as they are now. */
  public Set<RelativePath> inFlight() {
    return jobs.inFlight();
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
    return works.oldestTicket();
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
   * Leaves paths alone whatever peers write there.
   *
   * @param dependOnPlace whether a directory that moves may take along what is ignored there, and
   *     would not be where it comes to
   */
  public void leaveOut(Ignored rules, boolean dependOnPlace) {
    ignored = rules;
    if (dependOnPlace) {
      trees.expectNone();
    }
  }

  private boolean isIgnored(Rendering rendering, PathRecord record) {
    Shown wanted = rendering.shown();
    Shown shown = record.shown();
    boolean directory =
        wanted != null
            ? wanted.content().isDirectory()
            : shown != null && shown.content().isDirectory();
    return ignored.ignores(record.path(), directory);
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
    Work work = works.at(path);
    if (work != null && work.isUnderWay()) {
      return;
    }
    if (isIgnored(rendering, record)) {
      if (work != null) {
        transaction.clearDirty(path);
        drop(work);
      }
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
      work = works.add(path, ticket);
    }
    newNames.want(path, newContent(rendering, record));
    removals.note(transaction, path, rendering.shown(), record);
    noteFormer(rendering.shown(), record);
    works.ready(work);
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

  /** A peer has moved a directory; what was in it follows. Within a change of the store. */
  public void expectTree(RelativePath from, RelativePath to) {
    if (!keepingOut && !frozen) {
      trees.expect(from, to);
    }
  }

  /** Takes up what was dirty when the store was last closed. */
  public void resume(List<RelativePath> paths) {
    long ticket = newTicket();
    for (RelativePath path : paths) {
      if (!works.isDirty(path)) {
        works.ready(works.add(path, ticket));
      }
    }
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
    works.drop(work);
    work.discardFetched();
    transfers.forget(work);
    newNames.want(work.path, null);
    removals.forget(work.path);
    countFetching();
    works.wake(work.path);
    host.settled();
  }

  private void countFetching() {
    fetchingCount = transfers.count();
  }

  // -- planning
  // ----------------------------------------------------------------------------------------

  /** Starts what can be started. Called after each commit. */
  public void run() {
    if (frozen) {
      return;
    }
    List<Job> toStage = trees.takeWhole();
    toStage.forEach(this::begin);
    List<RelativePath> batch = works.takeReady(jobs.room());
    List<Work> settledAlready = new ArrayList<>();
    batch.sort(Comparator.naturalOrder());
    for (RelativePath path : batch) {
      Work work = works.at(path);
      if (work != null && work.phase == Work.Phase.READY) {
        plan(work, settledAlready, toStage);
      }
    }
    rounds.stage(toStage);
    if (!settledAlready.isEmpty()) {
      host.write(
          transaction -> {
            for (Work work : settledAlready) {
              if (works.at(work.path) == work) {
                evaluate(transaction, work.path, work.ticket);
              }
            }
          });
    }
    transfers.start();
    rounds.start();
    if (!works.anyReady() && jobs.isNone()) {
      removals.settle();
    }
    countFetching();
    if (works.anyReady() && jobs.room() > 0) {
      // What is held or waits for others ends in no commit that would call again.
      lane.execute(this::run);
    }
  }

  /** The files that stay until the operator says whether so many may go. On the lane. */
  public List<RelativePath> heldPaths() {
    return removals.heldPaths();
  }

  /** The operator has said that they may go. On the lane. */
  public void release() {
    for (RelativePath path : removals.release()) {
      Work work = works.at(path);
      if (work != null && work.phase == Work.Phase.HELD) {
        works.ready(work);
      }
    }
    run();
  }

  private void plan(Work work, List<Work> settledAlready, List<Job> toStage) {
    Rendering rendering = Renderer.at(store.live(), work.path);
    PathRecord record = store.record(work.path);
    if (isIgnored(rendering, record) || satisfied(rendering, record)) {
      settledAlready.add(work);
      return;
    }
    if (jobs.inFlight(work.path)) {
      // As the source of another path's move: its turn comes when that is done.
      works.waitFor(work, work.path);
      return;
    }
    if (trees.holds(work)) {
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
      works.waitFor(work, found.landing());
      return;
    }
    if (!found.complete()) {
      work.phase = Work.Phase.FETCHING;
      return;
    }
    Job job = found.job(record, rendering);
    begin(job);
    toStage.add(job);
  }

  private void begin(Job job) {
    jobs.begin(job);
    for (RelativePath path :
        job.source instanceof Job.Source.Tree ? job.paths() : List.of(job.path)) {
      Work work = Objects.requireNonNull(works.at(path));
      work.discardFetched();
      work.phase = Work.Phase.STAGING;
    }
  }

  /** Whether something else has to happen on disk first; the work then waits for it. */
  private boolean blockedByOthers(Work work, PathRecord record, @Nullable Shown wanted) {
    RelativePath parent = work.path.parent().orElseThrow();
    if (wanted != null && !parent.isRoot() && !jobs.inFlight(parent) && works.isDirty(parent)) {
      Shown above = store.record(parent).shown();
      if (above == null || !above.content().isDirectory()) {
        works.waitFor(work, parent);
        return true;
      }
    }
    boolean removesDirectory =
        record.shown() != null
            && record.shown().content().isDirectory()
            && (wanted == null || !wanted.content().isDirectory());
    if (removesDirectory) {
      for (RelativePath path : jobs.inFlight()) {
        // What is on its way into the directory would keep it from being removed, for good.
        if (path.isBelow(work.path) && store.record(path).shown() == null) {
          works.waitFor(work, path);
          return true;
        }
      }
      List<RelativePath> children = new ArrayList<>();
      store.children(
          work.path,
          child -> {
            if (children.isEmpty()
                && child.shown() != null
                && works.isDirty(child.path())
                && !jobs.inFlight(child.path())) {
              children.add(child.path());
            }
          });
      if (!children.isEmpty()) {
        works.waitFor(work, children.getFirst());
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
      Work name = works.at(path);
      // A name above this one needs this one gone first.
      if (name == null || work.path.isBelow(path)) {
        continue;
      }
      if (name.phase == Work.Phase.READY) {
        plan(name, settledAlready, toStage);
      }
      if (jobs.inFlight(work.path)) {
        works.waitFor(work, work.path);
        return true;
      }
      if (name.phase == Work.Phase.WAITING && name.attempts == 0 && name.fetchAttempts == 0) {
        works.waitFor(work, name.path);
        return true;
      }
    }
    return false;
  }

  /** A peer has come or gone: what waits for contents is tried anew. */
  public void peersChanged() {
    for (Work work : works.all()) {
      if (work.phase == Work.Phase.WAITING && work.fetchAttempts > 0) {
        work.fetchAttempts = 0;
        work.whole = false;
        work.answers = 0;
        works.ready(work);
      }
    }
    run();
  }

  /** What kept a directory without a version on this disk may have been the file that went now. */
  void tryLeftoverAbove(Transaction transaction, RelativePath gone) {
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

  /**
   * Removes what has been in the trash for longer than the keep time, and what has come in part and
   * was not gone on with; returns how many files of the trash.
   */
  public long expireTrash(Duration keep) throws IOException {
    PartialFiles.expire(volume, environment.clock().instant());
    return trash.expire(environment.clock().instant(), keep);
  }
}
