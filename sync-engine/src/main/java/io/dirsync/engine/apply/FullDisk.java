package io.dirsync.engine.apply;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether the disk is full, as those who write to it find: one says so, and the next, whose file is
 * smaller, perhaps not. Told on one lane; safe to ask from any thread.
 */
final class FullDisk {
  /** How long nothing more is said of it. */
  static final Duration QUIET = Duration.ofMinutes(10);

  /** How long what has not found room waits until it is tried again. */
  static final Duration AGAIN = Duration.ofSeconds(5);

  private final LongSupplier elapsedNanos;
  private final Consumer<String> said;
  private volatile @Nullable String reason;
  private long saidAt = Long.MIN_VALUE;

  /**
   * @param elapsedNanos as of an {@link io.dirsync.engine.Environment}
   * @param said is told the reason when the disk is found full, at most every ten minutes
   */
  FullDisk(LongSupplier elapsedNanos, Consumer<String> said) {
    this.elapsedNanos = elapsedNanos;
    this.said = said;
  }

  void full(String found) {
    reason = found;
    long now = elapsedNanos.getAsLong();
    if (saidAt == Long.MIN_VALUE || now - saidAt >= QUIET.toNanos()) {
      saidAt = now;
      said.accept(found);
    }
  }

  /** Something that takes space was written. */
  void hasRoom() {
    reason = null;
  }

  /** Present while it is full. */
  Optional<String> reason() {
    return Optional.ofNullable(reason);
  }
}
