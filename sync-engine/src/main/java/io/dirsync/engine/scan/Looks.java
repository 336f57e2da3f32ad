package io.dirsync.engine.scan;

import io.dirsync.engine.Environment;
import io.dirsync.engine.Lane;
import io.dirsync.engine.scan.Observer.Patience;
import io.dirsync.engine.scan.ScanSink.Answer;
import io.dirsync.model.RelativePath;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which paths want to be looked at, and when each is: by one thread at a time, again if a hint has
 * come meanwhile, and later if somebody is writing there. On the scanner's lane.
 */
final class Looks {
  /** How long a file that is not closed must rest before it is read. */
  private static final Duration SETTLE = Duration.ofMillis(200);

  /** How long a file that never rests is waited for. */
  private static final Duration SETTLE_MAX = Duration.ofSeconds(5);

  /** Looks under way beyond which walks wait, so that a big change takes bounded memory. */
  private static final int LOOKS_MAX = 1024;

  /** Who looks, and what waits for looks. */
  interface Host {
    /** Has a worker look; {@link #judged}, {@link #unsettled} or {@link #ended} follows. */
    void look(Task task, Patience patience);

    /** Nothing more is to be done at the path, so far as the walk knows that found it. */
    void looked(Walk walk);

    /** Who waits for tasks up to this one need not wait for it any more. */
    void passed(Task task);

    /** There may be room for more. */
    void startMore();
  }

  private final Environment environment;
  private final Lane lane;
  private final Host host;

  private final Map<RelativePath, Task> tasks = new HashMap<>();
  private final ArrayDeque<Task> queued = new ArrayDeque<>();
  private final Set<Task> looking = new LinkedHashSet<>();
  private long sequence;

  Looks(Environment environment, Lane lane, Host host) {
    this.environment = environment;
    this.lane = lane;
    this.host = host;
  }

  /** Greater than all before it: of a task or a walk. */
  long nextNumber() {
    return ++sequence;
  }

  long lastNumber() {
    return sequence;
  }

  /** The number of the oldest task that is waited for. */
  long oldest() {
    long oldest = Long.MAX_VALUE;
    for (Task task : tasks.values()) {
      // A file that is still being written is not finished; nobody waits for it.
      oldest = task.due > 0 ? oldest : Math.min(oldest, task.number);
    }
    return oldest;
  }

  boolean hasRoom() {
    return looking.size() + queued.size() < LOOKS_MAX;
  }

  /** Whether a path is looked at already, or is to be. */
  boolean isWanted(RelativePath path) {
    return tasks.containsKey(path);
  }

  @Nullable Task at(RelativePath path) {
    return tasks.get(path);
  }

  void want(RelativePath path, Patience patience) {
    if (path.isRoot()) {
      return;
    }
    want(path, patience, Optional.empty());
  }

  void want(RelativePath path, Patience patience, Optional<Walk> walk) {
    Task task = tasks.get(path);
    if (task == null) {
      task = new Task(path, nextNumber(), walk, patience);
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
  void wantAfter(RelativePath path, @Nullable Task first) {
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

  /** A task that somebody else begins to look at now. */
  Task begin(RelativePath path) {
    Task task = new Task(path, nextNumber(), Optional.empty(), Patience.READ);
    task.looking = true;
    tasks.put(path, task);
    looking.add(task);
    return task;
  }

  /** Reads what was left to rest: who asks cannot know what a writer still intends. */
  void readAllNow() {
    for (Task task : List.copyOf(tasks.values())) {
      if (task.due > 0) {
        task.due = 0;
        task.patience = Patience.READ;
        enqueue(task);
      }
    }
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
    start();
  }

  void start() {
    while (looking.size() < LOOKS_MAX && !queued.isEmpty()) {
      Task task = queued.poll();
      if (task.looking || tasks.get(task.path) != task) {
        continue;
      }
      task.looking = true;
      task.again = false;
      looking.add(task);
      host.look(task, task.patience);
    }
    host.startMore();
  }

  /**
   * A directory is not where it was, or is walked because something was missed: what is being
   * looked at below it may have been seen before that, and is not recorded yet, so that nothing
   * tells that it is gone.
   */
  void lookAgainBelow(RelativePath directory) {
    for (Task task : looking) {
      if (task.path.isBelow(directory)) {
        task.again = true;
      }
    }
  }

  // -- what came of a look
  // ---------------------------------------------------------------------------------

  void judged(Task task, Answer answer) {
    if (answer == Answer.CHANGED) {
      task.walk.ifPresent(walk -> walk.changed++);
    }
    ended(task, answer == Answer.AGAIN);
  }

  void ended(Task task, boolean again) {
    looking.remove(task);
    task.looking = false;
    if (again || task.again) {
      task.again = false;
      task.since = 0;
      enqueue(task);
    } else {
      finish(task);
    }
    start();
  }

  private void finish(Task task) {
    tasks.remove(task.path, task);
    task.walk.ifPresent(host::looked);
    releaseFollowers(task);
    host.passed(task);
  }

  /** The file is being written: wait for the hint that it was closed, or until it has rested. */
  void unsettled(Task task) {
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
      host.passed(task);
    }
    start();
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
}
