package io.dirsync.engine.apply;

import io.dirsync.fs.Volume.StagedFile;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.RelativePath;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A path that does not show what it should, from when that is known until it does. */
final class Work {
  private static final Duration RETRY_MAX = Duration.ofSeconds(30);

  enum Phase {
    READY,
    FETCHING,
    STAGING,
    ROUND,
    WAITING,
    /** Until the operator says whether so many files may go. */
    HELD
  }

  final RelativePath path;
  final long ticket;
  Phase phase = Phase.READY;
  int attempts;
  int fetchAttempts;

  /** The last attempts to fetch in a row that came to an end by themselves, if in vain. */
  int answers;

  /** Whether what it lacks is not to be made of anything: that was tried. */
  boolean whole;

  /** A content that no path shows any more, of which the one that is fetched is made. */
  Content.@Nullable File former;

  /** How often what its content was to be made of was gone when it was opened. */
  int overtaken;

  /** The room on the disk, in bytes, that was too little for what it lacks; negative for none. */
  long tooLittleBytes = -1;

  /** Whether it cannot go on, so far as is known. */
  boolean failing;

  /** Contents that have come from peers and are not used yet. */
  final Map<ContentHash, StagedFile> fetched = new HashMap<>();

  /** Contents that are to come. */
  final Set<ContentHash> fetching = new HashSet<>();

  Work(RelativePath path, long ticket) {
    this.path = path;
    this.ticket = ticket;
  }

  /** Whether a job or a transfer of it is under way, which is not to be disturbed. */
  boolean isUnderWay() {
    return phase == Phase.FETCHING || phase == Phase.STAGING || phase == Phase.ROUND;
  }

  /** How long to wait before the next attempt, longer after each. */
  Duration backoff() {
    int exponent = Math.min(10, Math.max(attempts++, fetchAttempts));
    Duration delay = Outcome.SOON.multipliedBy(1L << exponent);
    return delay.compareTo(RETRY_MAX) > 0 ? RETRY_MAX : delay;
  }

  /** Drops what has come and was not used. */
  void discardFetched() {
    fetched.values().forEach(Work::discard);
    fetched.clear();
  }

  /** Keeps what has come and was not used, as far as it would be dear to have it come again. */
  void giveUpFetched(Instant now) {
    fetched.forEach((hash, file) -> giveUp(file, hash, now));
    fetched.clear();
  }

  static void giveUp(StagedFile file, ContentHash hash, Instant now) {
    PartialFiles.giveUp(file, hash, now);
    discard(file);
  }

  static void discard(StagedFile file) {
    try {
      file.close();
    } catch (IOException e) {
      // It has no name and is freed.
    }
  }
}
