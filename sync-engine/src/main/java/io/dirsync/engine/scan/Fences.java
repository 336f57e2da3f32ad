package io.dirsync.engine.scan;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;

/**
 * Those who wait until everything up to a number has been looked at and judged. On the scanner's
 * lane.
 */
final class Fences {
  private record Fence(long number, CompletableFuture<Void> done) {}

  private final LongSupplier oldest;
  private final List<Fence> fences = new ArrayList<>();

  /** The number of the oldest task or walk that a fence waited for when last looked. */
  private long blocking = Long.MAX_VALUE;

  /**
   * @param oldest the number of the oldest task or walk that is waited for
   */
  Fences(LongSupplier oldest) {
    this.oldest = oldest;
  }

  /** Completes when all up to this number has ended. */
  void add(long number, CompletableFuture<Void> done) {
    fences.add(new Fence(number, done));
    pass();
  }

  /** A task of this number is not waited for any more. */
  void passAt(long number) {
    if (number <= blocking) {
      pass();
    }
  }

  /** Something is not waited for any more. */
  void pass() {
    if (fences.isEmpty()) {
      return;
    }
    long limit = oldest.getAsLong();
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
