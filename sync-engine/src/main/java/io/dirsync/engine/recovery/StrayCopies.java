package io.dirsync.engine.recovery;

import io.dirsync.engine.Layout;
import io.dirsync.engine.apply.Trash;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.fs.FileStatus;
import io.dirsync.fs.Volume;
import io.dirsync.model.RelativePath;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Puts files of the conflict area into the trash that no record speaks of: copies that were made
 * for a path just before somebody wrote there, so that the rest of the work was not done.
 */
public final class StrayCopies {
  /** What is younger may be about to be recorded. */
  private static final Duration AGE_MIN = Duration.ofHours(1);

  private final Volume volume;
  private final FolderStore store;

  public StrayCopies(Volume volume, FolderStore store) {
    this.volume = volume;
    this.store = store;
  }

  /**
   * Looks at the whole area.
   *
   * @return how many files went
   */
  public int clear(Instant now) throws IOException {
    Map<RelativePath, FileStatus> found = new LinkedHashMap<>();
    find(Layout.CONFLICTS, found);
    long newest = now.minus(AGE_MIN).getEpochSecond() * 1_000_000_000L;
    found.values().removeIf(status -> status.ctimeNanos() > newest);
    if (found.isEmpty()) {
      return 0;
    }
    found.keySet().removeAll(recorded());
    Trash trash = new Trash(volume);
    for (RelativePath path : found.keySet()) {
      trash.keep(path, path.moved(Layout.PRIVATE, RelativePath.ROOT), now);
    }
    return found.size();
  }

  private void find(RelativePath directory, Map<RelativePath, FileStatus> found)
      throws IOException {
    Map<RelativePath, FileStatus> entries = new LinkedHashMap<>();
    volume.list(
        directory.bytes(), entry -> entries.put(directory.child(entry.name()), entry.status()));
    for (var entry : entries.entrySet()) {
      if (entry.getValue().kind() == FileStatus.Kind.DIRECTORY) {
        find(entry.getKey(), found);
      } else {
        found.put(entry.getKey(), entry.getValue());
      }
    }
  }

  private Set<RelativePath> recorded() {
    Set<RelativePath> recorded = new HashSet<>();
    if (store.totals().conflicts() > 0) {
      store.below(
          RelativePath.ROOT,
          record -> {
            for (PathRecord.Copy copy : record.copies()) {
              recorded.add(copy.file());
            }
            return true;
          });
    }
    return recorded;
  }
}
