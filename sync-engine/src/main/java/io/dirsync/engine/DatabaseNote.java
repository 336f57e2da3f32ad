package io.dirsync.engine;

import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.FolderStore.Transaction;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;

/**
 * Remembers that a folder has gone on with a database that knew less than it should: nothing is
 * deleted for that, but what was deleted may be back, and its operator is told for a day.
 */
final class DatabaseNote {
  private static final String META = "database-note";
  private static final Duration TOLD = Duration.ofDays(1);
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'", Locale.ROOT).withZone(ZoneOffset.UTC);

  /** What was found; the names stand in databases. */
  enum Finding {
    NEW("was new", "although its root was in use"),
    OLDER("was older than its root", "(restored from a copy, or set back by a power cut)"),
    BEHIND(
        "knew less of this node than a peer does",
        "(restored from a copy, or set back by a power cut)");

    private final String what;
    private final String why;

    Finding(String what, String why) {
      this.what = what;
      this.why = why;
    }
  }

  private DatabaseNote() {}

  /**
   * @param nowMillis milliseconds since 1970
   */
  static void write(Transaction transaction, Finding finding, long nowMillis) {
    transaction.setMeta(
        META, (finding.name() + " " + nowMillis).getBytes(StandardCharsets.US_ASCII));
  }

  /** What was found and what may come of it, without a full stop; empty after a day. */
  static Optional<String> sentence(FolderStore store, long nowMillis) {
    return store
        .meta(META)
        .map(value -> new String(value, StandardCharsets.US_ASCII).split(" ", 2))
        .filter(parts -> nowMillis - Long.parseLong(parts[1]) < TOLD.toMillis())
        .map(parts -> sentence(Finding.valueOf(parts[0]), Long.parseLong(parts[1])));
  }

  private static String sentence(Finding finding, long atMillis) {
    return "its database "
        + finding.what
        + " at "
        + TIME.format(Instant.ofEpochMilli(atMillis))
        + " "
        + finding.why
        + "; it compares with its peers. What was deleted meanwhile, here or there, may be back, and what was changed may have conflict copies";
  }
}
