package io.dirsync.engine.recovery;

import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.FolderStore.Durability;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.engine.store.PathRecord;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Records that say something else than they did, without anybody having written: of each path it is
 * to be seen whether it shows what it should. Many are committed some at a time.
 */
public final class CorrectedRecords {
  /** Records in one commit. */
  private static final int COMMIT_MAX = 1_000;

  private final FolderStore store;
  private final List<PathRecord> waiting = new ArrayList<>();
  private long count;

  public CorrectedRecords(FolderStore store) {
    this.store = store;
  }

  public void add(PathRecord record) throws IOException {
    count++;
    waiting.add(record);
    if (waiting.size() >= COMMIT_MAX) {
      commit();
    }
  }

  /** How many were added. */
  public long count() {
    return count;
  }

  /** Makes those durable that are not; to be called at the end. */
  public void commit() throws IOException {
    if (waiting.isEmpty()) {
      return;
    }
    try (Transaction transaction = store.begin()) {
      for (PathRecord record : waiting) {
        transaction.put(record);
        transaction.markDirty(record.path());
      }
      transaction.commit(Durability.DISK);
    }
    waiting.clear();
  }
}
