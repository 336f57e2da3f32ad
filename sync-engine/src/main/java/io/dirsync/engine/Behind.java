package io.dirsync.engine;

import io.dirsync.engine.store.FolderStore;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Version;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a peer has not applied yet.
 *
 * @param files changes
 * @param bytes of the contents that they brought
 * @param sinceMillis when the oldest was made, milliseconds since 1970; zero if there is none
 */
record Behind(long files, long bytes, long sinceMillis) {
  static final Behind NOTHING = new Behind(0, 0, 0);

  /** Counts log entries, but for those that the peer has brought itself. */
  static final class Counter implements Predicate<FolderStore.LogRecord> {
    private final @Nullable ReplicaId peer;
    private final long through;
    private long files;
    private long bytes;
    private long since;

    Counter(@Nullable ReplicaId peer, long through) {
      this.peer = peer;
      this.through = through;
    }

    @Override
    public boolean test(FolderStore.LogRecord record) {
      if (record.sequence() > through) {
        return false;
      }
      if (record.source() == null || !record.source().equals(peer)) {
        files++;
        since = since == 0 ? record.timeMillis() : since;
        for (LiveEntry entry : record.event().added()) {
          bytes += entry instanceof Version version ? version.content().sizeBytes() : 0;
        }
      }
      return true;
    }

    Behind result() {
      return new Behind(files, bytes, since);
    }
  }
}
