package io.dirsync.engine;

import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.FolderStore.Durability;
import io.dirsync.engine.store.FolderStore.Transaction;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;

/**
 * Remembers that a root was taken for an older copy: what was written in it before that, while the
 * folder was halted, went to the trash, and its operator is told for a day.
 */
final class StaleNote {
  private static final String META = "stale-note";
  private static final Duration TOLD = Duration.ofDays(1);
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'", Locale.ROOT).withZone(ZoneOffset.UTC);

  private StaleNote() {}

  /**
   * @param files that go to the trash
   * @param nowMillis milliseconds since 1970
   */
  static void write(FolderStore store, long files, long nowMillis) throws IOException {
    try (Transaction transaction = store.begin()) {
      transaction.setMeta(META, (files + " " + nowMillis).getBytes(StandardCharsets.US_ASCII));
      transaction.commit(Durability.DISK);
    }
  }

  /** What went where and how to have it again, without a full stop; empty after a day. */
  static Optional<String> sentence(FolderSettings settings, FolderStore store, long nowMillis) {
    return store
        .meta(META)
        .map(value -> new String(value, StandardCharsets.US_ASCII).split(" ", 2))
        .filter(parts -> !parts[0].equals("0"))
        .filter(parts -> nowMillis - Long.parseLong(parts[1]) < TOLD.toMillis())
        .map(parts -> sentence(settings, Long.parseLong(parts[0]), Long.parseLong(parts[1])));
  }

  private static String sentence(FolderSettings settings, long files, long atMillis) {
    boolean one = files == 1;
    return String.format(
        Locale.ROOT,
        "its root was taken for an older copy at %s: %,d %s in it %s not what this node knew,"
            + " and %s to %s, where %s for %s. What was written while the folder was halted"
            + " is there too: to have a file again, copy it from there to its place",
        TIME.format(Instant.ofEpochMilli(atMillis)),
        files,
        one ? "file" : "files",
        one ? "was" : "were",
        one ? "goes" : "go",
        Layout.TRASH,
        one ? "it stays" : "they stay",
        Spans.words(settings.trashKeep()));
  }
}
