package io.dirsync.engine.apply;

import io.dirsync.engine.store.PathRecord;
import io.dirsync.model.ContentHash;
import io.dirsync.model.RelativePath;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What came of publishing one path. */
sealed interface Outcome {
  /** When to try again what only waits for something near. */
  Duration SOON = Duration.ofMillis(50);

  /**
   * The disk shows it.
   *
   * @param record what is recorded once that is durable
   * @param source the record of where a moved file came from; null if none moved
   * @param trashed where replaced contents lie now
   */
  record Published(PathRecord record, @Nullable PathRecord source, List<Trashed> trashed)
      implements Outcome {}

  /** A content that went to the trash. */
  record Trashed(ContentHash hash, RelativePath path) {}

  /** The disk does not show what is recorded: someone has written here, which comes first. */
  record LocalWrite(RelativePath path) implements Outcome {}

  /** Not now: something has to happen before. */
  record Later(String reason, Duration delay) implements Outcome {}

  /**
   * It cannot be done.
   *
   * @param diskFull nothing else that takes space can be done either
   */
  record Failed(String reason, boolean diskFull) implements Outcome {}
}
