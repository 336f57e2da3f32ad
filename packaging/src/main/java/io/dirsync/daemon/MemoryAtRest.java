package io.dirsync.daemon;

import io.dirsync.engine.Lane;
import io.dirsync.fs.Native;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Gives memory back to the system. The heap is collected when the node has come to rest: the serial
 * collector gives back only when it collects all, which it does when there is no room left. What
 * was freed outside of the heap is given back while the node works, and once when it has come to
 * rest; the JVM's own means for that would go on for ever.
 */
final class MemoryAtRest {
  private static final Duration LOOK = Duration.ofSeconds(10);

  /** What a node that does nothing allocates between two looks is far less. */
  private static final long REST_BYTES = 1L << 20;

  /** A collection takes about as long as copying a tenth of a second's worth of small files. */
  private static final long WORTH_BYTES = 8L << 20;

  private final LongSupplier usedBytes;
  private final Runnable collector;
  private final Runnable trimmer;
  private final Lane lane;
  private long seenBytes = Long.MAX_VALUE;
  private long keptBytes;
  private boolean untrimmed;

  /**
   * @param usedBytes what is in the heap, with what nobody needs any more
   * @param collector drops what nobody needs
   * @param trimmer gives back what was freed outside of the heap
   */
  MemoryAtRest(LongSupplier usedBytes, Runnable collector, Runnable trimmer, Lane lane) {
    this.usedBytes = usedBytes;
    this.collector = collector;
    this.trimmer = trimmer;
    this.lane = lane;
  }

  static MemoryAtRest ofThisProcess(Lane lane) {
    Runtime runtime = Runtime.getRuntime();
    return new MemoryAtRest(
        () -> runtime.totalMemory() - runtime.freeMemory(), System::gc, Native::trimHeap, lane);
  }

  void start() {
    lane.after(LOOK, this::look);
  }

  private void look() {
    long used = usedBytes.getAsLong();
    boolean rests = used >= seenBytes && used - seenBytes < REST_BYTES;
    if (untrimmed) {
      trimmer.run();
    }
    untrimmed = !rests;
    if (rests && used - keptBytes >= WORTH_BYTES) {
      collector.run();
      used = usedBytes.getAsLong();
      keptBytes = used;
      // Who has waited for the collection to free something does so now.
      untrimmed = true;
    }
    seenBytes = used;
    lane.after(LOOK, this::look);
  }
}
