package io.dirsync.engine.recovery;

import io.dirsync.conflict.Renderer;
import io.dirsync.engine.Layout;
import io.dirsync.engine.scan.IgnoreRules;
import io.dirsync.engine.store.Fingerprint;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.FolderStore.Durability;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.fs.FileStatus;
import io.dirsync.fs.Volume;
import io.dirsync.model.Attributes;
import io.dirsync.model.Content;
import io.dirsync.model.LinkTarget;
import io.dirsync.model.RelativePath;
import io.dirsync.model.Shown;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a root for what it is, an older copy: what it shows and what is recorded are compared, and
 * where they differ nobody has written. Such paths are recorded as showing no version, so that they
 * are made as they should be; what has to go for that goes to the trash.
 */
public final class StaleRoot {
  private static final Logger LOG = LoggerFactory.getLogger(StaleRoot.class);

  private static final String DISPLACED = "stale-displaced";

  private final Volume volume;
  private final FolderStore store;
  private final IgnoreRules rules;
  private final CorrectedRecords corrected;
  private long displaced;

  public StaleRoot(Volume volume, FolderStore store, IgnoreRules rules) {
    this.volume = volume;
    this.store = store;
    this.rules = rules;
    this.corrected = new CorrectedRecords(store);
  }

  /** What is to be recorded of a path where something else may stand than is recorded. */
  private interface Judge {
    PathRecord judge(PathRecord record, FileStatus status, Content found) throws IOException;
  }

  /**
   * Compares the whole tree: what stands there is what stood there once.
   *
   * @return how many paths differ
   */
  public long accept() throws IOException {
    compare(RelativePath.ROOT, this::asOlder);
    corrected.commit();
    try (Transaction transaction = store.begin()) {
      transaction.setMeta(DISPLACED, Long.toString(displaced).getBytes(StandardCharsets.US_ASCII));
      transaction.commit(Durability.DISK);
    }
    return corrected.count();
  }

  /**
   * Compares the whole tree, where what differs may have been written by users who never saw what
   * is recorded: of such paths nothing is known any more, and the next scan finds them as writes
   * that have seen nothing. What is missing is made again.
   *
   * @return how many paths differ
   */
  public long forget() throws IOException {
    compare(RelativePath.ROOT, (record, _, found) -> asWritten(record, found));
    corrected.commit();
    return corrected.count();
  }

  /**
   * How many files and links hold what was not known here, and go to the trash, since a root was
   * last accepted; zero if none was.
   */
  public static long displaced(FolderStore store) {
    return store
        .meta(DISPLACED)
        .map(digits -> Long.parseLong(new String(digits, StandardCharsets.US_ASCII)))
        .orElse(0L);
  }

  private void compare(RelativePath directory, Judge judge) throws IOException {
    Map<RelativePath, PathRecord> records = new HashMap<>();
    store.children(directory, record -> records.put(record.path(), record));
    Map<RelativePath, FileStatus> entries = new HashMap<>();
    try {
      volume.list(
          directory.bytes(),
          entry ->
              directory
                  .childIfPossible(entry.name())
                  .ifPresent(path -> entries.put(path, entry.status())));
    } catch (AccessDeniedException e) {
      LOG.warn("{} cannot be read: what is recorded below it stays as it is", directory);
      return;
    }
    for (var entry : entries.entrySet()) {
      RelativePath path = entry.getKey();
      FileStatus status = entry.getValue();
      boolean isDirectory = status.kind() == FileStatus.Kind.DIRECTORY;
      if (Layout.isPrivate(path) || rules.ignores(path, isDirectory)) {
        records.remove(path);
        continue;
      }
      PathRecord record = Optional.ofNullable(records.remove(path)).orElse(PathRecord.empty(path));
      PathRecord now = onDisk(record, status, judge);
      if (!now.equals(record)) {
        corrected.add(now);
        displaced += isDisplaced(now) ? 1 : 0;
      }
      if (isDirectory) {
        compare(path, judge);
      } else {
        lose(path);
      }
    }
    for (PathRecord record : records.values()) {
      if (record.shown() != null) {
        corrected.add(unknown(record));
      }
      lose(record.path());
    }
  }

  private boolean isDisplaced(PathRecord now) {
    Shown found = now.shown();
    if (found == null || found.content().isDirectory()) {
      return false;
    }
    Shown wanted = Renderer.at(store.live(), now.path()).shown();
    return wanted == null || !wanted.content().equals(found.content());
  }

  /** Nothing is on disk below this path. */
  private void lose(RelativePath path) throws IOException {
    List<PathRecord> lost = new ArrayList<>();
    store.below(
        path,
        record -> {
          if (record.shown() != null) {
            lost.add(unknown(record));
          }
          return true;
        });
    for (PathRecord record : lost) {
      corrected.add(record);
    }
  }

  private PathRecord onDisk(PathRecord record, FileStatus status, Judge judge) throws IOException {
    Shown shown = record.shown();
    Fingerprint known = record.fingerprint();
    if (shown != null && known != null && !known.racy() && known.matches(status)) {
      return record;
    }
    Optional<Content> content = content(record.path(), status);
    if (content.isEmpty()) {
      return record;
    }
    return judge.judge(record, status, content.get());
  }

  private static PathRecord asWritten(PathRecord record, Content found) {
    Shown shown = record.shown();
    return shown != null && shown.content().equals(found) ? record : unknown(record);
  }

  private PathRecord asOlder(PathRecord record, FileStatus status, Content found)
      throws IOException {
    boolean isDirectory = found.isDirectory();
    if (!isDirectory && !Leftovers.isStill(volume, record.path(), status)) {
      // Written just now: the scan finds it, as a write that has seen nothing.
      return unknown(record);
    }
    Shown shown = record.shown();
    Attributes before = shown == null ? new Attributes(0, 0) : shown.attributes();
    Attributes attributes =
        new Attributes(
            status.mode() & Attributes.MODE_BITS,
            isDirectory ? 0 : status.mtimeNanos(),
            before.owner(),
            before.group());
    Fingerprint fingerprint = isDirectory ? null : Fingerprint.of(status, false);
    if (shown != null && shown.content().equals(found)) {
      return new PathRecord(
          record.path(),
          attributes.equals(before) ? shown : new Shown(found, attributes, shown.dots(), Set.of()),
          isDirectory ? record.fingerprint() : fingerprint,
          record.copies());
    }
    return new PathRecord(
        record.path(),
        new Shown(found, attributes, Set.of(), Set.of()),
        fingerprint,
        record.copies());
  }

  /** With nothing shown, so far as is known. */
  private static PathRecord unknown(PathRecord record) {
    return new PathRecord(record.path(), null, null, record.copies());
  }

  /** Empty for what is not carried or cannot be read. */
  private Optional<Content> content(RelativePath path, FileStatus status) throws IOException {
    return switch (status.kind()) {
      case DIRECTORY -> Optional.of(Content.Directory.VALUE);
      case SYMLINK ->
          Optional.of(new Content.Symlink(LinkTarget.of(volume.readLink(path.bytes()))));
      case FILE ->
          Leftovers.hash(volume, path).map(hash -> new Content.File(hash, status.sizeBytes()));
      case OTHER -> Optional.empty();
    };
  }
}
