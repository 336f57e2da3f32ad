package io.dirsync.engine;

import io.dirsync.engine.recovery.LastRun;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.fs.Volume;
import java.io.IOException;
import java.nio.file.FileSystemException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Syncs a folder's volume now and then, which bounds what is in doubt after a power cut, and has
 * root and database go on together with it, which tells copies of either from the present.
 */
final class VolumeSync implements FolderStore.Reserving {
  private static final Logger LOG = LoggerFactory.getLogger(VolumeSync.class);

  private final String folder;
  private final Volume volume;
  private final RootGuard guard;
  private final LastRun lastRun;

  /** Why the last one failed; empty if it did not. */
  private volatile String failure = "";

  VolumeSync(String folder, Volume volume, RootGuard guard, LastRun lastRun) {
    this.folder = folder;
    this.volume = volume;
    this.guard = guard;
    this.lastRun = lastRun;
  }

  /**
   * Syncs the volume on a worker, if anything was logged since it was last done. On the writer's
   * lane.
   */
  void run(FolderWriter writer, Environment environment) {
    long end = writer.head().end();
    if (end > lastRun.synced()) {
      writer.write(
          transaction -> {
            long generation = guard.announce(transaction);
            writer.afterCommit(
                () -> environment.workers().execute(() -> sync(writer, end, generation)));
          });
    }
  }

  private void sync(FolderWriter writer, long end, long generation) {
    try {
      guard.begin(generation);
      volume.sync();
      writer.write(
          transaction -> {
            LastRun.setSynced(transaction, end);
            RootGuard.record(transaction, generation);
          });
      failure = "";
    } catch (IOException e) {
      String reason = reason(e);
      if (!reason.equals(failure)) {
        failure = reason;
        LOG.warn("folder {}: it could not be synced, and that is tried again: {}", folder, reason);
      }
    }
  }

  /** Without the path, which is another one each time. */
  private static String reason(IOException e) {
    String reason = e instanceof FileSystemException named ? named.getReason() : e.getMessage();
    return reason == null ? e.toString() : reason;
  }

  /**
   * A copy of the database from before this moment must not be taken for the present one: it would
   * give the same dots to other writes.
   */
  @Override
  public void reserving(Transaction transaction) {
    try {
      long generation = guard.announce(transaction);
      guard.begin(generation);
      // Before the first of them is sent, as the database may be set back after a power cut, too.
      volume.sync();
      RootGuard.record(transaction, generation);
    } catch (IOException e) {
      LOG.warn(
          "folder {}: a backup of its database from before now would not be known as one: {}",
          folder,
          e.toString());
    }
  }

  /** Syncs it at the end of a run. On the writer's lane, or after it. */
  void last(FolderWriter writer) throws IOException {
    if (writer.head().end() > lastRun.synced()) {
      guard.level();
    } else {
      volume.sync();
    }
  }
}
