package io.dirsync.engine.recovery;

import io.dirsync.engine.Counted;
import io.dirsync.engine.Layout;
import io.dirsync.engine.apply.PartialFiles;
import io.dirsync.engine.apply.Trash;
import io.dirsync.engine.scan.ContentHasher;
import io.dirsync.engine.store.Fingerprint;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.FolderStore.Durability;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.fs.FileStatus;
import io.dirsync.fs.Volume;
import io.dirsync.model.ContentHash;
import io.dirsync.model.RelativePath;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Clears what a killed process left in the private directories: staged files go; what was on its
 * way between two names goes to the trash, for it may be someone's write; and what lies in the
 * trash and among the conflict copies without the database knowing is read, so that it can be asked
 * for by its content.
 */
public final class Leftovers {
  private static final Logger LOG = LoggerFactory.getLogger(Leftovers.class);

  /** Locations in one commit. */
  private static final int COMMIT_MAX = 1_000;

  /** Paths with the content of a file in the trash that are looked at. */
  private static final int PATHS_MAX = 16;

  private final Volume volume;
  private final FolderStore store;

  private record Found(ContentHash hash, RelativePath path, FileStatus status) {}

  public Leftovers(Volume volume, FolderStore store) {
    this.volume = volume;
    this.store = store;
  }

  /** Puts the private directories in order. */
  public void clear(Instant now) throws IOException {
    for (RelativePath directory : List.of(Layout.STAGING, Layout.COOKIES)) {
      for (RelativePath path : entries(directory)) {
        try {
          if (!PartialFiles.keep(volume, path, now)) {
            volume.unlink(path.bytes());
          }
        } catch (FileSystemException e) {
          LOG.warn("{} is not dirsync's and stays: {}", path, e.toString());
        }
      }
    }
    Trash trash = new Trash(volume);
    for (RelativePath path : entries(Layout.SWAP)) {
      try {
        RelativePath kept = trash.keep(path, RelativePath.of("recovered").child(path.name()), now);
        LOG.warn("a file that was left in the middle of an exchange is kept as {}", kept);
      } catch (FileSystemException e) {
        LOG.warn(
            "a file that was left in the middle of an exchange stays at {}: {}",
            path,
            e.toString());
      }
    }
    index();
  }

  private List<RelativePath> entries(RelativePath directory) throws IOException {
    List<RelativePath> found = new ArrayList<>();
    volume.list(directory.bytes(), entry -> found.add(directory.child(entry.name())));
    return found;
  }

  private void index() throws IOException {
    Set<RelativePath> known = store.located(Layout.PRIVATE);
    List<Found> found = new ArrayList<>();
    for (RelativePath directory : List.of(Layout.TRASH, Layout.CONFLICTS)) {
      index(directory, known, found);
    }
    commit(found);
  }

  private void index(RelativePath directory, Set<RelativePath> known, List<Found> found)
      throws IOException {
    List<RelativePath> directories = new ArrayList<>();
    Map<RelativePath, FileStatus> files = new LinkedHashMap<>();
    volume.list(
        directory.bytes(),
        entry -> {
          RelativePath path = directory.childIfPossible(entry.name()).orElse(null);
          if (path == null) {
            // Nobody has recorded it.
            return;
          }
          if (entry.status().kind() == FileStatus.Kind.DIRECTORY) {
            directories.add(path);
          } else if (entry.status().kind() == FileStatus.Kind.FILE && !known.contains(path)) {
            files.put(path, entry.status());
          }
        });
    for (var file : files.entrySet()) {
      hash(volume, file.getKey())
          .ifPresent(hash -> found.add(new Found(hash, file.getKey(), file.getValue())));
      if (found.size() >= COMMIT_MAX) {
        commit(found);
      }
    }
    for (RelativePath below : directories) {
      index(below, known, found);
    }
  }

  private void commit(List<Found> found) throws IOException {
    if (found.isEmpty()) {
      return;
    }
    LOG.info(
        "{} not known yet",
        Counted.of(
            found.size(),
            "file in the trash or among the conflict copies was",
            "files in the trash and among the conflict copies were"));
    try (Transaction transaction = store.begin()) {
      for (Found each : found) {
        forgetTakenOut(transaction, each);
        transaction.addLocation(each.hash(), each.path());
      }
      transaction.commit(Durability.PROCESS);
    }
    found.clear();
  }

  /**
   * What lies in the trash stands at its path no longer, though the record says so still: dirsync
   * had taken it out. Who has written there since has not seen it.
   */
  private void forgetTakenOut(Transaction transaction, Found found) throws IOException {
    for (RelativePath path : transaction.locations(found.hash(), PATHS_MAX)) {
      PathRecord record = transaction.record(path);
      Fingerprint fingerprint = record.fingerprint();
      if (record.shown() != null
          && fingerprint != null
          && fingerprint.sameContent(found.status())
          && volume.find(path.bytes()).filter(fingerprint::sameContent).isEmpty()) {
        transaction.put(new PathRecord(path, null, null, record.copies()));
        transaction.markDirty(path);
      }
    }
  }

  /** Whether what stands at a path has not changed since it was looked at. */
  static boolean isStill(Volume volume, RelativePath path, FileStatus seen) throws IOException {
    return volume.find(path.bytes()).filter(Fingerprint.of(seen, false)::matches).isPresent();
  }

  /** The content of a regular file; empty if there is none, or it cannot be read. */
  static Optional<ContentHash> hash(Volume volume, RelativePath path) throws IOException {
    try (Volume.ReadableFile file = volume.open(path.bytes())) {
      ContentHasher hasher = new ContentHasher();
      byte[] buffer = new byte[ContentHash.LEAF_BYTES];
      int count;
      while ((count = file.read(hasher.length(), buffer, 0, buffer.length)) > 0) {
        hasher.update(buffer, 0, count);
      }
      return Optional.of(hasher.finish());
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (FileSystemException e) {
      LOG.warn("{} cannot be read: {}", path, e.toString());
      return Optional.empty();
    }
  }
}
