package io.dirsync.engine.session;

import io.dirsync.engine.store.FolderStore;
import io.dirsync.model.Dot;
import io.dirsync.protocol.Limits;
import io.dirsync.protocol.Message.Stretch;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Divides a node's live set into stretches with their digests, so that a comparison costs what
 * differs and not what there is. Reads the committed state; safe for any thread.
 */
final class StateDivider {
  /** Entries of a stretch that is sent rather than divided. */
  static final int SHORT = 32;

  private final FolderStore store;

  StateDivider(FolderStore store) {
    this.store = store;
  }

  /**
   * Stretches of about as many entries each, together the one from behind a dot through another.
   * One without a digest if there is too little to divide.
   *
   * @param after null for the beginning
   * @param through null for the end
   */
  List<Stretch> divide(@Nullable Dot after, @Nullable Dot through) {
    long entries = count(after, through);
    if (entries <= SHORT) {
      return List.of(new Stretch(null, null));
    }
    long each = Math.max(SHORT, (entries + Limits.STRETCHES_MAX - 1) / Limits.STRETCHES_MAX);
    List<Stretch> stretches = new ArrayList<>();
    LiveDigest digest = new LiveDigest();
    Dot[] end = new Dot[1];
    store.readLive(
        after,
        entry -> {
          if (through != null && entry.dot().compareTo(through) > 0) {
            return false;
          }
          // What was written since the count goes into the last one.
          if (digest.count() >= each && stretches.size() < Limits.STRETCHES_MAX - 1) {
            stretches.add(new Stretch(end[0], digest.take()));
          }
          digest.add(entry);
          end[0] = entry.dot();
          return true;
        });
    stretches.add(new Stretch(null, digest.take()));
    return stretches;
  }

  private long count(@Nullable Dot after, @Nullable Dot through) {
    long[] count = new long[1];
    store.readLive(
        after,
        entry -> {
          boolean within = through == null || entry.dot().compareTo(through) <= 0;
          count[0] += within ? 1 : 0;
          return within;
        });
    return count[0];
  }
}
