package io.dirsync.engine.recovery;

import io.dirsync.engine.Counted;
import io.dirsync.engine.store.Fingerprint;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.fs.FileStatus;
import io.dirsync.fs.Volume;
import io.dirsync.model.Attributes;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.RelativePath;
import io.dirsync.model.Shown;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads again, after a power cut, what was recorded since the volume was last synced. A file that
 * the cut tore or set back was written by nobody: its record no longer says that it shows the
 * version that was recorded, so that it is made again, from a peer that has it, instead of taking
 * the version's place everywhere.
 *
 * <p>Only what did not change after it was recorded is judged: a later change time with another
 * modification time or size is a later write, also one that comes while the file is read, and the
 * scan takes it as one. If the clock was set back meanwhile that cannot be told: what was written
 * after the cut goes to the trash, too. A removal that the cut took back is not noticed: the file
 * is there again, as a new one.
 */
public final class Doubts {
  private static final Logger LOG = LoggerFactory.getLogger(Doubts.class);

  private final Volume volume;
  private final FolderStore store;

  public Doubts(Volume volume, FolderStore store) {
    this.volume = volume;
    this.store = store;
  }

  /**
   * Looks at everything that was recorded behind the mark.
   *
   * @param synced log entries up to here speak of files that are durable
   * @return how many paths do not show what was recorded
   */
  public long settle(long synced) throws IOException {
    Set<RelativePath> paths = recordedSince(synced);
    if (!paths.isEmpty()) {
      LOG.warn(
          "the machine went down: {} read again",
          Counted.of(
              paths.size(),
              "path that was recorded just before is",
              "paths that were recorded just before are"));
    }
    CorrectedRecords lost = new CorrectedRecords(store);
    for (RelativePath path : paths) {
      PathRecord record = store.record(path);
      if (record.shown() != null && !record.isLeftover()) {
        Optional<PathRecord> now = reread(record, record.shown());
        if (now.isPresent()) {
          LOG.warn("{} was lost or torn when the machine went down: it is made again", path);
          lost.add(now.get());
        }
      }
    }
    lost.commit();
    return lost.count();
  }

  private Set<RelativePath> recordedSince(long synced) {
    Set<RelativePath> paths = new TreeSet<>();
    if (synced < store.floor()) {
      // The log does not reach back that far.
      store.below(
          RelativePath.ROOT,
          record -> {
            paths.add(record.path());
            return true;
          });
    }
    store.readLog(
        synced,
        entry -> {
          for (LiveEntry added : entry.event().added()) {
            paths.add(added.path());
          }
          return true;
        });
    return paths;
  }

  /** What to record instead; empty if the disk does not contradict the record. */
  private Optional<PathRecord> reread(PathRecord record, Shown shown) throws IOException {
    Optional<FileStatus> found = volume.find(record.path().bytes());
    if (found.isEmpty()) {
      return Optional.of(new PathRecord(record.path(), null, null, record.copies()));
    }
    FileStatus status = found.get();
    return switch (shown.content()) {
      case Content.Directory _ when status.kind() == FileStatus.Kind.DIRECTORY ->
          withDiskAttributes(record, shown, status);
      case Content.File file
          when status.kind() == FileStatus.Kind.FILE && isNotLater(status, record) -> {
        Optional<ContentHash> hash = Leftovers.hash(volume, record.path());
        if (hash.isEmpty() || !Leftovers.isStill(volume, record.path(), status)) {
          yield Optional.empty();
        }
        yield hash.get().equals(file.hash())
            ? withDiskAttributes(record, shown, status)
            : Optional.of(
                torn(record, shown, new Content.File(hash.get(), status.sizeBytes()), status));
      }
      default -> Optional.empty();
    };
  }

  private static boolean isNotLater(FileStatus status, PathRecord record) {
    Fingerprint fingerprint = record.fingerprint();
    return fingerprint != null
        && (fingerprint.sameContent(status) || status.ctimeNanos() <= fingerprint.ctimeNanos());
  }

  /** What the path shows is no version: it was made by the power cut. */
  private static PathRecord torn(
      PathRecord record, Shown shown, Content content, FileStatus status) {
    return new PathRecord(
        record.path(),
        new Shown(content, onDisk(shown, status), Set.of(), Set.of()),
        Fingerprint.of(status, false),
        record.copies());
  }

  /** The version is there; its mode and time may have been set back. */
  private static Optional<PathRecord> withDiskAttributes(
      PathRecord record, Shown shown, FileStatus status) {
    Attributes attributes = onDisk(shown, status);
    if (attributes.equals(shown.attributes())) {
      return Optional.empty();
    }
    return Optional.of(
        new PathRecord(
            record.path(),
            new Shown(shown.content(), attributes, shown.dots(), Set.of()),
            shown.content().isDirectory() ? null : Fingerprint.of(status, false),
            record.copies()));
  }

  private static Attributes onDisk(Shown shown, FileStatus status) {
    Attributes known = shown.attributes();
    return new Attributes(
        status.mode() & Attributes.MODE_BITS,
        shown.content().isDirectory() ? 0 : status.mtimeNanos(),
        known.owner(),
        known.group());
  }
}
