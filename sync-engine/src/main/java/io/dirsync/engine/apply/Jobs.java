package io.dirsync.engine.apply;

import io.dirsync.model.RelativePath;
import java.util.Collections;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** The jobs under way, a bounded number. On the writer's lane, but for what is in flight. */
final class Jobs {
  /** Jobs being staged or waiting to be published that hold open files or contents. */
  private static final int HOLDING_MAX = 1024;

  /** The same, and those that hold nothing, such as moves and removals. */
  private static final int JOBS_MAX = 4096;

  private final Consumer<RelativePath> landed;

  /**
   * Paths that a job is about to change on disk: what is seen there meanwhile is not a local write.
   */
  private final Set<RelativePath> inFlight = ConcurrentHashMap.newKeySet();

  private int count;
  private int holding;

  /**
   * @param landed told of each path that no job touches any more
   */
  Jobs(Consumer<RelativePath> landed) {
    this.landed = landed;
  }

  /** Whether a job is about to change the path. Safe for any thread. */
  boolean inFlight(RelativePath path) {
    return inFlight.contains(path);
  }

  /** All such paths, as they are now. Safe for any thread. */
  Set<RelativePath> inFlight() {
    return Collections.unmodifiableSet(inFlight);
  }

  boolean isNone() {
    return count == 0;
  }

  /** How many more jobs there may be, whatever they will be. */
  int room() {
    return Math.min(HOLDING_MAX - holding, JOBS_MAX - count);
  }

  void begin(Job job) {
    inFlight.addAll(job.paths());
    count++;
    holding += job.holdsFiles() ? 1 : 0;
  }

  /** The job no longer touches the disk. */
  void end(Job job) {
    count--;
    holding -= job.holdsFiles() ? 1 : 0;
    for (RelativePath path : job.paths()) {
      landed.accept(path);
      inFlight.remove(path);
    }
  }
}
