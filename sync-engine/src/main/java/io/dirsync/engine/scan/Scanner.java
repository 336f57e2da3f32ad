package io.dirsync.engine.scan;

import io.dirsync.engine.Environment;
import io.dirsync.engine.Lane;
import io.dirsync.engine.Layout;
import io.dirsync.engine.Signatures;
import io.dirsync.engine.scan.Observer.Look;
import io.dirsync.engine.scan.Observer.Patience;
import io.dirsync.engine.scan.ScanSink.Answer;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.fs.Volume;
import io.dirsync.model.RelativePath;
import io.dirsync.watcher.Hint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns hints and walks into observations. One path is looked at by one thread at a time; a hint
 * that comes while it is looked at makes it be looked at again. Everything here but the looking
 * itself runs on one lane.
 */
public final class Scanner {
  private static final Logger LOG = LoggerFactory.getLogger(Scanner.class);

  /** How long a file that is not closed must rest before it is read. */
  private static final Duration SETTLE = Duration.ofMillis(200);

  /** How long a file that never rests is waited for. */
  private static final Duration SETTLE_MAX = Duration.ofSeconds(5);

  /** How long hints are gathered while many come: what follows from them is shared then. */
  private static final Duration GATHER = Duration.ofMillis(100);

  /** Looks under way beyond which walks wait, so that a big change takes bounded memory. */
  private static final int LOOKS_MAX = 1024;

  private final Volume volume;
  private final FolderStore store;
  private final IgnoreRules rules;
  private final Environment environment;
  private final Observer observer;
  private final ScanSink sink;
  private final Lane lane;

  private final Map<RelativePath, CompletableFuture<Void>> cookies = new ConcurrentHashMap<>();
  private final Queue<Hint> hints = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean draining = new AtomicBoolean();

  /** The watcher's. */
  private final HintRate rate = new HintRate();

  /** Directories that could not be listed: a look at their name does not tell whether they can. */
  private final Set<RelativePath> unlisted = ConcurrentHashMap.newKeySet();

  // All below belongs to the lane.
  private final Map<RelativePath, Task> tasks = new HashMap<>();
  private final ArrayDeque<Walk> walks = new ArrayDeque<>();
  private final ArrayDeque<Task> queued = new ArrayDeque<>();
  private final List<Fence> fences = new ArrayList<>();
  private final Set<Task> looking = new LinkedHashSet<>();
  private long sequence;

  /** The number of the oldest task or walk that a fence waited for when last looked. */
  private long blocking = Long.MAX_VALUE;

  private volatile boolean walking;

  /** Safe for any thread. */
  private final Specials specials = new Specials();

  public Scanner(
      Volume volume,
      FolderStore store,
      IgnoreRules rules,
      boolean owners,
      Signatures signatures,
      Environment environment,
      Lane lane,
      ScanSink sink) {
    this.volume = volume;
    this.store = store;
    this.rules = rules;
    this.environment = environment;
    this.observer = new Observer(volume, store, rules, owners, signatures, environment, specials);
    this.lane = lane;
    this.sink = sink;
  }

  /** One path that wants to be looked at, or is. */
  private static final class Task {
    final RelativePath path;
    final long number;
    final Optional<Walk> walk;
    Patience patience;
    boolean looking;
    boolean again;
    long since;
    long due;

    /** It waits until another task has ended, or is wanted for a reason of its own. */
    boolean held;

    /** Those that wait for this one. */
    final List<Task> followers = new ArrayList<>();

    Task(RelativePath path, long number, Optional<Walk> walk, Patience patience) {
      this.path = path;
      this.number = number;
      this.walk = walk;
      this.patience = patience;
    }
  }

  /** A part of the tree that is compared with the records. */
  private static final class Walk {
    long number;
    final RelativePath top;
    final ArrayDeque<RelativePath> directories = new ArrayDeque<>();
    final CompletableFuture<WalkResult> done = new CompletableFuture<>();
    final Set<RelativePath> suspects = new HashSet<>();

    /** Where nothing stands any more: looked at last, so that what was moved has its new name. */
    List<RelativePath> missing = new ArrayList<>();

    boolean listing;
    int waiting;
    long entries;
    long changed;
    long skipped;

    Walk(RelativePath top, long number) {
      this.top = top;
      this.number = number;
      directories.push(top);
    }
  }

  /**
   * What a walk found.
   *
   * @param entries names compared
   * @param changed looks at them that found something else than what was recorded
   * @param skipped sockets, fifos and devices
   */
  public record WalkResult(long entries, long changed, long skipped) {}

  private record Fence(long number, CompletableFuture<Void> done) {}

  /** Whether a walk is under way. */
  public boolean walking() {
    return walking;
  }

  /** Sockets, fifos and devices that stand in the tree, as far as they have been seen. */
  public long skipped() {
    return specials.count();
  }

  /** Takes a hint; called on the watcher's thread. */
  public void hint(Hint hint) {
    boolean many = rate.isHighAt(environment.elapsedNanos());
    hints.add(hint);
    if (hint instanceof Hint.RootGone) {
      lane.execute(this::drain);
    } else if (draining.compareAndSet(false, true)) {
      if (many) {
        lane.after(GATHER, this::drain);
      } else {
        lane.execute(this::drain);
      }
    }
  }

  private void drain() {
    draining.set(false);
    Map<RelativePath, Patience> looks = new LinkedHashMap<>();
    Hint hint;
    while ((hint = hints.poll()) != null) {
      switch (hint) {
        case Hint.Touched(byte[] path) ->
            at(path).ifPresent(p -> looks.putIfAbsent(p, Patience.WAIT));
        case Hint.Closed(byte[] path) -> at(path).ifPresent(p -> looks.put(p, Patience.READ));
        case Hint.Moved moved -> {
          flushLooks(looks);
          moved(moved);
        }
        case Hint.Rescan(byte[] directory) -> {
          flushLooks(looks);
          at(directory).ifPresent(this::startWalk);
        }
        case Hint.Overflow _ -> {
          startWalk(RelativePath.ROOT);
          // Their hints may be among the lost; what was before them is found by the walk.
          cookies.keySet().forEach(this::seen);
        }
        case Hint.RootGone _ -> sink.rootGone();
      }
    }
    flushLooks(looks);
  }

  private void flushLooks(Map<RelativePath, Patience> looks) {
    looks.forEach(this::want);
    looks.clear();
  }

  /**
   * The path of a hint, if it is one that is reported; a name that cannot be carried is left to the
   * walk's report.
   */
  private Optional<RelativePath> at(byte[] bytes) {
    try {
      RelativePath path = RelativePath.of(bytes);
      if (path.isBelow(Layout.COOKIES)) {
        seen(path);
      }
      return Layout.isPrivate(path) ? Optional.empty() : Optional.of(path);
    } catch (IllegalArgumentException e) {
      LOG.warn("a path cannot be carried: {}", e.getMessage());
      return Optional.empty();
    }
  }

  private void seen(RelativePath path) {
    CompletableFuture<Void> cookie = cookies.remove(path);
    if (cookie != null) {
      cookie.complete(null);
    }
  }

  private void want(RelativePath path, Patience patience) {
    if (path.isRoot()) {
      return;
    }
    want(path, patience, Optional.empty());
  }

  private void want(RelativePath path, Patience patience, Optional<Walk> walk) {
    Task task = tasks.get(path);
    if (task == null) {
      task = new Task(path, ++sequence, walk, patience);
      tasks.put(path, task);
      enqueue(task);
    } else if (task.looking) {
      task.again = true;
      if (patience == Patience.READ) {
        task.patience = Patience.READ;
      }
    } else if (task.due > 0) {
      if (patience == Patience.READ) {
        task.due = 0;
        task.patience = Patience.READ;
        enqueue(task);
      } else {
        task.due = environment.elapsedNanos() + SETTLE.toNanos();
      }
    } else if (patience == Patience.READ) {
      task.patience = Patience.READ;
      release(task);
    }
  }

  /**
   * Looks at the place that a file has moved away from once its new place has been looked at: a
   * peer that hears of the one before the other would do away with the only content there is, if
   * this machine were lost in between.
   */
  private void wantAfter(RelativePath path, @Nullable Task first) {
    if (first == null || path.isRoot() || tasks.containsKey(path)) {
      want(path, Patience.WAIT);
      return;
    }
    // Of its number, so that who waits for the one waits for both.
    Task task = new Task(path, first.number, Optional.empty(), Patience.WAIT);
    task.held = true;
    tasks.put(path, task);
    first.followers.add(task);
  }

  private void release(Task task) {
    if (task.held) {
      task.held = false;
      enqueue(task);
    }
  }

  private void releaseFollowers(Task task) {
    List<Task> followers = List.copyOf(task.followers);
    task.followers.clear();
    followers.forEach(this::release);
  }

  private void enqueue(Task task) {
    queued.add(task);
    startLooks();
  }

  private void startLooks() {
    while (looking.size() < LOOKS_MAX && !queued.isEmpty()) {
      Task task = queued.poll();
      if (task.looking || tasks.get(task.path) != task) {
        continue;
      }
      task.looking = true;
      task.again = false;
      looking.add(task);
      Patience patience = task.patience;
      environment.workers().execute(() -> look(task, patience));
    }
    startListing();
  }

  // -- on a worker -------------------------------------------------------------------------------

  private void look(Task task, Patience patience) {
    if (sink.isChanging(task.path)) {
      // What is found may be our own doing, and a large file is not to be read for that.
      sink.afterChange(task.path, answer -> lane.execute(() -> judged(task, answer)));
      return;
    }
    try {
      switch (observer.look(task.path, patience)) {
        case Look.Same() -> {
          readable(task.path);
          lane.execute(() -> ended(task, false));
        }
        case Look.Nothing() -> {
          unlisted.remove(task.path);
          lane.execute(() -> lookAgainBelow(task.path));
          readable(task.path);
          retryBelow(task.path);
          lane.execute(() -> ended(task, false));
        }
        case Look.Different(Observation observation) -> {
          if (observation instanceof Observation.Absent) {
            unlisted.remove(task.path);
            lane.execute(() -> lookAgainBelow(task.path));
          }
          readable(task.path);
          retryBelow(task.path);
          sink.observed(observation, answer -> lane.execute(() -> judged(task, answer)));
        }
        case Look.Unsettled() -> lane.execute(() -> unsettled(task));
      }
    } catch (IOException | UncheckedIOException | IllegalArgumentException e) {
      sink.unreadable(task.path, reason(e));
      lane.execute(() -> ended(task, false));
    }
  }

  /** A path could be looked at. Of a directory that does not tell whether it can be listed. */
  private void readable(RelativePath path) {
    if (unlisted.contains(path)) {
      lane.execute(() -> startWalk(path));
    } else {
      sink.readable(path);
    }
  }

  /** A path is not what it was: what could not be read below it perhaps can be by now. */
  private void retryBelow(RelativePath path) {
    List<RelativePath> below = sink.unreadableBelow(path);
    if (!below.isEmpty()) {
      lane.execute(() -> below.forEach(this::retryNow));
    }
  }

  /** Reads again what could not be read: a file, or a directory with everything below it. */
  public void retry(RelativePath path) {
    lane.execute(() -> retryNow(path));
  }

  private void retryNow(RelativePath path) {
    if (unlisted.contains(path)) {
      startWalk(path);
    } else {
      want(path, Patience.READ);
    }
  }

  private static String reason(Exception e) {
    Throwable wrapped = e.getCause();
    Throwable cause = e instanceof UncheckedIOException && wrapped != null ? wrapped : e;
    String message =
        cause instanceof java.nio.file.FileSystemException fs ? fs.getReason() : cause.getMessage();
    if (cause instanceof java.nio.file.AccessDeniedException) {
      return "permission denied";
    }
    return message == null ? cause.getClass().getSimpleName() : message;
  }

  // -- on the lane
  // ---------------------------------------------------------------------------------

  /**
   * A directory is not where it was, or is walked because something was missed: what is being
   * looked at below it may have been seen before that, and is not recorded yet, so that nothing
   * tells that it is gone.
   */
  private void lookAgainBelow(RelativePath directory) {
    for (Task task : looking) {
      if (task.path.isBelow(directory)) {
        task.again = true;
      }
    }
  }

  private void judged(Task task, Answer answer) {
    if (answer == Answer.CHANGED) {
      task.walk.ifPresent(walk -> walk.changed++);
    }
    ended(task, answer == Answer.AGAIN);
  }

  private void ended(Task task, boolean again) {
    looking.remove(task);
    task.looking = false;
    if (again || task.again) {
      task.again = false;
      task.since = 0;
      enqueue(task);
    } else {
      finish(task);
    }
    startLooks();
  }

  private void finish(Task task) {
    tasks.remove(task.path, task);
    task.walk.ifPresent(
        walk -> {
          walk.waiting--;
          endIfDone(walk);
        });
    releaseFollowers(task);
    passFencesAt(task);
  }

  /** The file is being written: wait for the hint that it was closed, or until it has rested. */
  private void unsettled(Task task) {
    looking.remove(task);
    task.looking = false;
    long now = environment.elapsedNanos();
    if (task.since == 0) {
      task.since = now;
    }
    boolean closedMeanwhile = task.again && task.patience == Patience.READ;
    if (now - task.since > SETTLE_MAX.toNanos()) {
      task.patience = Patience.TAKE;
      enqueue(task);
    } else if (closedMeanwhile) {
      enqueue(task);
    } else {
      task.due = now + SETTLE.toNanos();
      lane.after(SETTLE, () -> settled(task));
      releaseFollowers(task);
      passFencesAt(task);
    }
    startLooks();
  }

  private void settled(Task task) {
    if (task.due == 0 || task.looking || tasks.get(task.path) != task) {
      return;
    }
    long now = environment.elapsedNanos();
    if (now < task.due && now - task.since < SETTLE_MAX.toNanos()) {
      lane.after(Duration.ofNanos(task.due - now), () -> settled(task));
      return;
    }
    task.due = 0;
    task.patience = Patience.READ;
    enqueue(task);
  }

  // -- moves
  // -----------------------------------------------------------------------------------------

  private void moved(Hint.Moved hint) {
    Optional<RelativePath> from = at(hint.from());
    Optional<RelativePath> to = at(hint.to());
    if (from.isEmpty() || to.isEmpty()) {
      from.ifPresent(path -> want(path, Patience.WAIT));
      to.ifPresent(path -> arrived(path, hint.directory()));
      return;
    }
    if (tasks.containsKey(from.get()) || tasks.containsKey(to.get())) {
      // Someone is looking there already; a plain look at both ends finds the move by its content.
      want(to.get(), Patience.READ);
      if (hint.directory()) {
        startWalk(to.get()).missing.add(from.get());
      } else {
        wantAfter(from.get(), tasks.get(to.get()));
      }
      return;
    }
    move(from.get(), to.get(), hint.directory());
  }

  private void arrived(RelativePath path, boolean directory) {
    want(path, Patience.READ);
    if (directory) {
      startWalk(path);
    }
  }

  /**
   * Reports the move of a file, or of a directory with all that was below it, then looks for the
   * rest.
   */
  private void move(RelativePath from, RelativePath to, boolean directory) {
    Task task = new Task(to, ++sequence, Optional.empty(), Patience.READ);
    task.looking = true;
    tasks.put(to, task);
    looking.add(task);
    environment
        .workers()
        .execute(
            () -> {
              try {
                Optional<? extends Observation> observation =
                    directory ? observer.movedTree(from, to) : observer.moved(from, to);
                if (observation.isPresent()) {
                  sink.observed(
                      observation.get(),
                      answer -> lane.execute(() -> moveJudged(task, from, directory, answer)));
                } else {
                  lane.execute(() -> moveJudged(task, from, directory, Answer.AGAIN));
                }
              } catch (IOException | UncheckedIOException | IllegalArgumentException e) {
                sink.unreadable(to, reason(e));
                lane.execute(() -> moveJudged(task, from, directory, Answer.AGAIN));
              }
            });
  }

  private void moveJudged(Task task, RelativePath from, boolean directory, Answer answer) {
    boolean again = answer == Answer.AGAIN;
    if (!directory) {
      wantAfter(from, task);
      ended(task, again);
      return;
    }
    ended(task, again);
    lookAgainBelow(from);
    Walk walk = startWalk(task.path);
    if (again) {
      walk.number = Math.min(walk.number, task.number);
      walk.missing.add(from);
    } else {
      wantBelow(from);
      want(from, Patience.WAIT);
    }
  }

  /**
   * What is recorded below a directory that has moved away did not move with it: of that the
   * directory's own name tells nothing once it is made anew.
   */
  private void wantBelow(RelativePath from) {
    store.below(
        from,
        record -> {
          if (record.shown() != null) {
            want(record.path(), Patience.WAIT);
          }
          return true;
        });
  }

  // -- walks
  // -----------------------------------------------------------------------------------------

  /** Looks at a path at the next opportunity, as if a hint had come. */
  public void recheck(RelativePath path) {
    lane.execute(() -> want(path, Patience.READ));
  }

  /** Compares everything below a directory with the records. */
  public CompletableFuture<WalkResult> walk(RelativePath top) {
    CompletableFuture<WalkResult> result = new CompletableFuture<>();
    lane.execute(
        () -> {
          Walk walk = new Walk(top, ++sequence);
          var unused =
              walk.done.whenComplete(
                  (found, failure) -> {
                    if (failure != null) {
                      result.completeExceptionally(failure);
                    } else {
                      result.complete(found);
                    }
                  });
          add(walk);
        });
    return result;
  }

  private Walk startWalk(RelativePath top) {
    for (Walk walk : walks) {
      // One that has not begun yet and covers it will do, but for what is being looked at now.
      if (!walk.listing
          && walk.entries == 0
          && (walk.top.equals(top) || top.isBelow(walk.top))
          && walk.directories.size() == 1
          && walk.suspects.isEmpty()
          && walk.waiting == 0) {
        lookAgainBelow(top);
        return walk;
      }
    }
    Walk walk = new Walk(top, ++sequence);
    add(walk);
    return walk;
  }

  private void add(Walk walk) {
    lookAgainBelow(walk.top);
    walks.add(walk);
    walking = true;
    startListing();
  }

  private void startListing() {
    for (Walk walk : walks) {
      if (!walk.listing
          && !walk.directories.isEmpty()
          && looking.size() + queued.size() < LOOKS_MAX) {
        walk.listing = true;
        RelativePath directory = walk.directories.pop();
        environment.workers().execute(() -> list(walk, directory));
        return;
      }
    }
  }

  private record Listing(
      List<RelativePath> directories,
      List<RelativePath> suspects,
      List<RelativePath> missing,
      long entries,
      long skipped) {}

  private void list(Walk walk, RelativePath directory) {
    List<RelativePath> directories = new ArrayList<>();
    List<RelativePath> suspects = new ArrayList<>();
    List<RelativePath> missing = new ArrayList<>();
    List<RelativePath> special = new ArrayList<>();
    long[] counts = new long[1];
    // Asked first: what lands meanwhile may not be in the records that are compared with.
    List<RelativePath> changing = sink.changingIn(directory);
    try {
      Map<RelativePath, PathRecord> records = new HashMap<>();
      store.children(
          directory,
          record -> {
            if (record.shown() != null) {
              records.put(record.path(), record);
            }
          });
      volume.list(
          directory.bytes(),
          entry -> {
            RelativePath path;
            try {
              path = directory.child(entry.name());
            } catch (IllegalArgumentException e) {
              sink.unreadable(directory, reason(e));
              return;
            }
            if (Layout.isPrivate(path)) {
              return;
            }
            var kind = entry.status().kind();
            boolean below = kind == io.dirsync.fs.FileStatus.Kind.DIRECTORY;
            PathRecord record = records.remove(path);
            if (rules.ignores(path, below)) {
              return;
            }
            counts[0]++;
            if (kind == io.dirsync.fs.FileStatus.Kind.OTHER) {
              special.add(path);
              if (record != null) {
                suspects.add(path);
              }
              return;
            }
            if (below) {
              directories.add(path);
            }
            if (record == null || observer.suspicious(record, entry.status())) {
              suspects.add(path);
            }
          });
      missing.addAll(records.keySet());
      suspects.addAll(changing);
      specials.listed(directory, special);
      unlisted.remove(directory);
      sink.readable(directory);
    } catch (java.nio.file.NoSuchFileException | java.nio.file.NotDirectoryException e) {
      unlisted.remove(directory);
      suspects.clear();
      missing.clear();
      directories.clear();
      if (!directory.isRoot()) {
        suspects.add(directory);
      }
    } catch (IOException | UncheckedIOException e) {
      // What cannot be listed is not gone.
      unlisted.add(directory);
      sink.unreadable(directory, reason(e));
      suspects.clear();
      missing.clear();
      directories.clear();
    }
    Listing listing = new Listing(directories, suspects, missing, counts[0], special.size());
    lane.execute(() -> listed(walk, listing));
  }

  private void listed(Walk walk, Listing listing) {
    walk.listing = false;
    walk.entries += listing.entries();
    walk.skipped += listing.skipped();
    listing.directories().forEach(walk.directories::push);
    walk.missing.addAll(listing.missing());
    wantAll(walk, listing.suspects());
    endIfDone(walk);
    startLooks();
  }

  private void wantAll(Walk walk, List<RelativePath> paths) {
    for (RelativePath path : paths) {
      if (tasks.containsKey(path)) {
        want(path, Patience.WAIT);
      } else {
        walk.waiting++;
        want(path, Patience.WAIT, Optional.of(walk));
      }
    }
  }

  private void endIfDone(Walk walk) {
    if (walk.listing || !walk.directories.isEmpty() || walk.waiting > 0 || !walks.contains(walk)) {
      return;
    }
    if (!walk.missing.isEmpty()) {
      List<RelativePath> missing = walk.missing;
      walk.missing = new ArrayList<>();
      sink.missing(missing);
      wantAll(walk, missing);
      if (walk.waiting > 0) {
        return;
      }
    }
    walks.remove(walk);
    walking = !walks.isEmpty();
    if (walk.top.isRoot()) {
      specials.walked(walk.skipped);
    }
    walk.done.complete(new WalkResult(walk.entries, walk.changed, walk.skipped));
    passFences();
  }

  /**
   * Completes when the watcher has told of this file below {@link Layout#COOKIES}, and so of all
   * before it.
   */
  public CompletableFuture<Void> cookie(RelativePath path) {
    return cookies.computeIfAbsent(path, _ -> new CompletableFuture<>());
  }

  // -- fences
  // ----------------------------------------------------------------------------------------

  /** Completes when everything hinted at or walked so far has been looked at and judged. */
  public CompletableFuture<Void> fence() {
    CompletableFuture<Void> done = new CompletableFuture<>();
    lane.execute(
        () -> {
          drain();
          for (Task task : List.copyOf(tasks.values())) {
            if (task.due > 0) {
              // Who asks cannot know what a writer still intends: what rests now is read now.
              task.due = 0;
              task.patience = Patience.READ;
              enqueue(task);
            }
          }
          fences.add(new Fence(sequence, done));
          passFences();
        });
    return done;
  }

  private void passFencesAt(Task task) {
    if (task.number <= blocking) {
      passFences();
    }
  }

  private void passFences() {
    if (fences.isEmpty()) {
      return;
    }
    long oldest = Long.MAX_VALUE;
    for (Task task : tasks.values()) {
      // A file that is still being written is not finished; nobody waits for it.
      oldest = task.due > 0 ? oldest : Math.min(oldest, task.number);
    }
    for (Walk walk : walks) {
      oldest = Math.min(oldest, walk.number);
    }
    long limit = oldest;
    blocking = limit;
    fences.removeIf(
        fence -> {
          boolean passed = fence.number() < limit;
          if (passed) {
            fence.done().complete(null);
          }
          return passed;
        });
  }
}
