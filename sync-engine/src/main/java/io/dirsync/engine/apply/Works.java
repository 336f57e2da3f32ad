package io.dirsync.engine.apply;

import io.dirsync.engine.Lane;
import io.dirsync.model.RelativePath;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The paths that do not show what they should: which of them can be planned now, which wait for
 * what, and why. On the writer's lane, but for what the status asks.
 */
final class Works {
  private static final int PROBLEMS_MAX = 1000;

  private final Lane lane;
  private final Runnable run;
  private final Map<RelativePath, Work> works = new LinkedHashMap<>();
  private final LinkedHashSet<RelativePath> ready = new LinkedHashSet<>();
  private final TreeMap<Long, Integer> tickets = new TreeMap<>();

  /** Works that wait for another path, by that path. */
  private final Map<RelativePath, List<RelativePath>> waiters = new HashMap<>();

  private final Map<RelativePath, String> problems = new ConcurrentHashMap<>();

  /** All that have one; {@link #problems} lists some. */
  private final AtomicInteger failing = new AtomicInteger();

  private volatile int count;

  /**
   * @param run run when a wait has ended
   */
  Works(Lane lane, Runnable run) {
    this.lane = lane;
    this.run = run;
  }

  // -- all of them

  /** Safe for any thread. */
  int count() {
    return count;
  }

  @Nullable Work at(RelativePath path) {
    return works.get(path);
  }

  boolean isDirty(RelativePath path) {
    return works.containsKey(path);
  }

  boolean isDirtyBelow(RelativePath directory) {
    return works.keySet().stream().anyMatch(path -> path.isBelow(directory));
  }

  Collection<Work> all() {
    return Collections.unmodifiableCollection(works.values());
  }

  Work add(RelativePath path, long ticket) {
    Work work = new Work(path, ticket);
    works.put(path, work);
    tickets.merge(ticket, 1, Integer::sum);
    count = works.size();
    return work;
  }

  /** The path shows what it should. */
  void drop(Work work) {
    works.remove(work.path);
    ready.remove(work.path);
    noProblem(work);
    tickets.computeIfPresent(work.ticket, (_, left) -> left == 1 ? null : left - 1);
    count = works.size();
  }

  /** The oldest ticket of one of them; {@link Long#MAX_VALUE} if there is none. */
  long oldestTicket() {
    return tickets.isEmpty() ? Long.MAX_VALUE : tickets.firstKey();
  }

  // -- which can be planned

  void ready(Work work) {
    work.phase = Work.Phase.READY;
    ready.add(work.path);
  }

  boolean anyReady() {
    return !ready.isEmpty();
  }

  /** The first that can be planned, at most so many; they are to be planned now. */
  List<RelativePath> takeReady(int most) {
    List<RelativePath> taken = new ArrayList<>();
    Iterator<RelativePath> next = ready.iterator();
    while (next.hasNext() && taken.size() < most) {
      taken.add(next.next());
      next.remove();
    }
    return taken;
  }

  /** It waits until something has come of another path. */
  void waitFor(Work work, RelativePath other) {
    work.phase = Work.Phase.WAITING;
    waiters.computeIfAbsent(other, _ -> new ArrayList<>()).add(work.path);
  }

  /** Something has come of a path. */
  void wake(RelativePath done) {
    List<RelativePath> paths = waiters.remove(done);
    if (paths != null) {
      for (RelativePath path : paths) {
        Work work = works.get(path);
        if (work != null && work.phase == Work.Phase.WAITING) {
          ready(work);
        }
      }
    }
  }

  /** It is planned again after a while. */
  void retry(Work work, Duration delay) {
    work.phase = Work.Phase.WAITING;
    lane.after(
        delay,
        () -> {
          if (works.get(work.path) == work && work.phase == Work.Phase.WAITING) {
            ready(work);
            run.run();
          }
        });
  }

  // -- which cannot go on

  /** It cannot go on, so far as is known. */
  void problem(Work work, String reason) {
    if (problems.size() < PROBLEMS_MAX) {
      problems.put(work.path, reason);
    }
    if (!work.failing) {
      work.failing = true;
      failing.incrementAndGet();
    }
  }

  void noProblem(Work work) {
    problems.remove(work.path);
    if (work.failing) {
      work.failing = false;
      failing.decrementAndGet();
    }
  }

  /** How many cannot. Safe for any thread. */
  int failing() {
    return failing.get();
  }

  /** Why, of at most a thousand of them. Safe for any thread. */
  Map<RelativePath, String> problems() {
    return problems;
  }
}
