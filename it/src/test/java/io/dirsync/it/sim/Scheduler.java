package io.dirsync.it.sim;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/**
 * Runs every task of every node, one at a time: of the queues that hold something, a seeded random
 * one gives its first task. Time goes on a little with each task, and to the next timer when
 * nothing is left to run.
 */
final class Scheduler {
  private static final long START_NANOS = 1_700_000_000_000_000_000L;

  /** Most tasks take a moment; some take long enough for others to see the difference. */
  private static final long SHORT_NANOS = 20_000;

  private static final long LONG_NANOS = 15_000_000;

  private final SplittableRandom random;
  private final Trace trace;
  private final List<Queue> filled = new ArrayList<>();
  private final PriorityQueue<Timer> timers = new PriorityQueue<>();
  private long now = START_NANOS;
  private long sequence;

  Scheduler(long seed, Trace trace) {
    this.random = new SplittableRandom(seed);
    this.trace = trace;
  }

  /** Tasks in order, until it is closed. */
  final class Queue {
    private final String name;
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private boolean closed;

    Queue(String name) {
      this.name = name;
    }

    void add(Runnable task) {
      if (closed) {
        return;
      }
      if (tasks.isEmpty()) {
        filled.add(this);
      }
      tasks.add(task);
    }

    void after(long nanos, Runnable task) {
      timers.add(new Timer(now + Math.max(0, nanos), ++sequence, this, task));
    }

    void close() {
      closed = true;
      tasks.clear();
      filled.remove(this);
    }
  }

  private record Timer(long at, long sequence, Queue queue, Runnable task)
      implements Comparable<Timer> {
    @Override
    public int compareTo(Timer other) {
      int byTime = Long.compare(at, other.at);
      return byTime != 0 ? byTime : Long.compare(sequence, other.sequence);
    }
  }

  Queue queue(String name) {
    return new Queue(name);
  }

  /** A queue for one task, so that it may run before or after any other. */
  void once(String name, Runnable task) {
    queue(name).add(task);
  }

  /** Nanoseconds since 1970. */
  long now() {
    return now;
  }

  SplittableRandom random() {
    return random;
  }

  boolean idle() {
    return filled.isEmpty();
  }

  /** Runs one task; false if there is none that could run now. */
  boolean step() {
    fireDue();
    if (filled.isEmpty()) {
      return false;
    }
    Queue queue = filled.get(random.nextInt(filled.size()));
    Runnable task = queue.tasks.poll();
    if (queue.tasks.isEmpty()) {
      filled.remove(queue);
    }
    now += random.nextInt(64) == 0 ? random.nextLong(LONG_NANOS) : random.nextLong(SHORT_NANOS);
    trace.add("run", queue.name);
    if (task != null) {
      task.run();
    }
    return true;
  }

  private void fireDue() {
    Timer next;
    while ((next = timers.peek()) != null && next.at <= now) {
      timers.poll();
      next.queue.add(next.task);
    }
  }

  /** Runs what there is to run, and what becomes due, for so long. */
  void pass(Duration time) {
    long end = now + time.toNanos();
    while (now < end && (step() || advance(end))) {
      // Goes on until the time is over.
    }
  }

  /** Lets time go on to the next timer, if there is one before the given moment. */
  boolean advance(long until) {
    Timer next = timers.peek();
    while (next != null && next.queue.closed) {
      timers.poll();
      next = timers.peek();
    }
    if (next == null || next.at > until) {
      now = Math.max(now, until);
      return false;
    }
    now = Math.max(now, next.at);
    fireDue();
    return true;
  }
}
