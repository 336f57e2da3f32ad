package io.dirsync.engine.recovery;

import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.FolderStore.Durability;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.fs.FileStatus;
import io.dirsync.fs.Volume;
import io.dirsync.model.Content;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Finds the conflict copies that are recorded and are not in the conflict area, as after a root was
 * restored from before they were made, and has them made again.
 */
public final class MissingCopies {
  private final Volume volume;
  private final FolderStore store;

  public MissingCopies(Volume volume, FolderStore store) {
    this.volume = volume;
    this.store = store;
  }

  /**
   * Looks at all that are recorded.
   *
   * @return how many paths have a copy that is missing
   */
  public int forget() throws IOException {
    List<PathRecord> recorded = new ArrayList<>();
    store.withCopies(recorded::add);
    int found = 0;
    try (Transaction transaction = store.begin()) {
      for (PathRecord record : recorded) {
        List<PathRecord.Copy> there = new ArrayList<>();
        for (PathRecord.Copy copy : record.copies()) {
          if (isThere(copy)) {
            there.add(copy);
          }
        }
        if (there.size() < record.copies().size()) {
          transaction.put(
              new PathRecord(record.path(), record.shown(), record.fingerprint(), there));
          transaction.markDirty(record.path());
          found++;
        }
      }
      transaction.commit(Durability.DISK);
    }
    return found;
  }

  private boolean isThere(PathRecord.Copy copy) throws IOException {
    Optional<FileStatus> found = volume.find(copy.file().bytes());
    return switch (copy.content()) {
      case Content.File file ->
          found
              .filter(status -> status.kind() == FileStatus.Kind.FILE)
              .filter(status -> status.sizeBytes() == file.size())
              .isPresent();
      case Content.Symlink _ ->
          found.filter(status -> status.kind() == FileStatus.Kind.SYMLINK).isPresent();
      case Content.Directory _ -> found.isPresent();
    };
  }
}
