package io.dirsync.daemon;

import io.dirsync.engine.Lane;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Has the heap collected when the node has come to rest: the serial collector gives memory back to
 * the system only when it collects all, which it does when there is no room left.
 */
final class HeapAtRest {
  private static final Duration LOOK = Duration.ofSeconds(10);

  /** What a node that does nothing allocates between two looks is far less. */
  private static final long REST_BYTES = 1L << 20;

  /** A collection takes about as long as copying a tenth of a second's worth of small files. */
  private static final long WORTH_BYTES = 8L << 20;

  private final LongSupplier usedBytes;
  private final Runnable collector;
  private final Lane lane;
  private long seenBytes = Long.MAX_VALUE;
  private long keptBytes;

  /**
   * @param usedBytes what is in the heap, with what nobody needs any more
   * @param collector drops what nobody needs
   */
  HeapAtRest(LongSupplier usedBytes, Runnable collector, Lane lane) {
    this.usedBytes = usedBytes;
    this.collector = collector;
    this.lane = lane;
  }

  static HeapAtRest ofThisProcess(Lane lane) {
    Runtime runtime = Runtime.getRuntime();
    return new HeapAtRest(() -> runtime.totalMemory() - runtime.freeMemory(), System::gc, lane);
  }

  void start() {
    lane.after(LOOK, this::look);
  }

  private void look() {
    long used = usedBytes.getAsLong();
    boolean rests = used >= seenBytes && used - seenBytes < REST_BYTES;
    if (rests && used - keptBytes >= WORTH_BYTES) {
      collector.run();
      used = usedBytes.getAsLong();
      keptBytes = used;
    }
    seenBytes = used;
    lane.after(LOOK, this::look);
  }
}
