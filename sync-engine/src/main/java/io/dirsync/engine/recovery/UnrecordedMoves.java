package io.dirsync.engine.recovery;

import io.dirsync.engine.store.Fingerprint;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.FolderStore.Durability;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.fs.FileStatus;
import io.dirsync.fs.Volume;
import io.dirsync.model.Content;
import io.dirsync.model.RelativePath;
import io.dirsync.model.Shown;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Finds the files to which dirsync had given another name, as a peer had told it, when it was
 * killed before it could record that. At the old name nothing stood any more: who has written there
 * since has not seen the file, and must not be taken for one who has changed it.
 */
public final class UnrecordedMoves {
  private final Volume volume;
  private final FolderStore store;

  public UnrecordedMoves(Volume volume, FolderStore store) {
    this.volume = volume;
    this.store = store;
  }

  /** Records that nothing is shown at the old names. */
  public void forget() throws IOException {
    Map<Long, PathRecord> gone = gone();
    if (gone.isEmpty()) {
      return;
    }
    List<PathRecord> moved = new ArrayList<>();
    eachDirty(
        path -> {
          Optional<FileStatus> found = volume.find(path.bytes());
          PathRecord before = found.map(status -> gone.get(status.inode())).orElse(null);
          if (before != null && !before.path().equals(path) && isOf(before, found)) {
            moved.add(before);
          }
        });
    try (Transaction transaction = store.begin()) {
      for (PathRecord before : moved) {
        transaction.put(new PathRecord(before.path(), null, null, before.copies()));
      }
      transaction.commit(Durability.PROCESS);
    }
  }

  /**
   * By inode, what is recorded of files that do not stand there, and that no version wants there.
   */
  private Map<Long, PathRecord> gone() throws IOException {
    Map<Long, PathRecord> gone = new HashMap<>();
    eachDirty(
        path -> {
          PathRecord record = store.record(path);
          Fingerprint fingerprint = record.fingerprint();
          Shown shown = record.shown();
          if (shown != null
              && shown.content() instanceof Content.File
              && fingerprint != null
              && shown.dots().stream().noneMatch(dot -> store.live().get(dot).isPresent())
              && !isOf(record, volume.find(path.bytes()))) {
            gone.put(fingerprint.inode(), record);
          }
        });
    return gone;
  }

  private static boolean isOf(PathRecord record, Optional<FileStatus> found) {
    Fingerprint fingerprint = record.fingerprint();
    return fingerprint != null && found.filter(fingerprint::sameContent).isPresent();
  }

  private void eachDirty(Looking looking) throws IOException {
    store.eachDirty(
        page -> {
          for (RelativePath path : page) {
            looking.at(path);
          }
        });
  }

  @FunctionalInterface
  private interface Looking {
    void at(RelativePath path) throws IOException;
  }
}
