package io.dirsync.engine.recovery;

import io.dirsync.engine.Layout;
import io.dirsync.engine.apply.Trash;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.fs.FileStatus;
import io.dirsync.fs.Volume;
import io.dirsync.model.RelativePath;
import java.io.IOException;
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
  private final Volume volume;
  private final FolderStore store;

  /** Found the last time: what is new may be about to be recorded. */
  private Map<RelativePath, FileStatus> before = Map.of();

  public StrayCopies(Volume volume, FolderStore store) {
    this.volume = volume;
    this.store = store;
  }

  /**
   * Looks at the whole area; of what is found, those files go that were found the last time, too.
   * To be called from time to time, by one thread at once.
   *
   * @return how many files went
   */
  public int clear(Instant now) throws IOException {
    Map<RelativePath, FileStatus> found = new LinkedHashMap<>();
    find(Layout.CONFLICTS, found);
    if (!found.isEmpty()) {
      found.keySet().removeAll(recorded());
    }
    int gone = 0;
    Trash trash = new Trash(volume);
    for (var each : found.entrySet()) {
      RelativePath path = each.getKey();
      if (each.getValue().equals(before.get(path))) {
        trash.keep(path, path.moved(Layout.PRIVATE, RelativePath.ROOT), now);
        gone++;
      }
    }
    before = found;
    return gone;
  }

  private void find(RelativePath directory, Map<RelativePath, FileStatus> found)
      throws IOException {
    Map<RelativePath, FileStatus> entries = new LinkedHashMap<>();
    volume.list(
        directory.bytes(),
        entry ->
            directory
                .childIfPossible(entry.name())
                .ifPresent(path -> entries.put(path, entry.status())));
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
    store.withCopies(record -> record.copies().forEach(copy -> recorded.add(copy.file())));
    return recorded;
  }
}
