package io.dirsync.engine;

import io.dirsync.engine.recovery.CorrectedRecords;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.FolderStore.Durability;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.fs.FileStatus;
import io.dirsync.fs.Volume;
import io.dirsync.model.Attributes;
import io.dirsync.model.RelativePath;
import io.dirsync.model.Shown;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a folder carries owners: if it asks for them, and if this process may give files to other
 * accounts. One that may not would fail at every file of another owner, and would take the owners
 * that it could not set for changes by users, which go to every node.
 */
final class Owners {
  private static final Logger LOG = LoggerFactory.getLogger(Owners.class);

  /** Stands in the store while owners are carried. */
  private static final String META = "owners";

  private static final byte[] CARRIED = {1};
  private static final byte[] NOT_CARRIED = {0};

  private static final String REFUSED =
      "owner = true does nothing here: this account may not give files to others (CAP_CHOWN)";

  private final Volume volume;
  private final FolderStore store;
  private final boolean asked;
  private final boolean carried;
  private final CorrectedRecords corrected;

  Owners(FolderSettings settings, Volume volume, FolderStore store) {
    this.volume = volume;
    this.store = store;
    this.corrected = new CorrectedRecords(store);
    this.asked = settings.owners();
    this.carried = asked && mayGive();
    if (asked && !carried) {
      LOG.warn("folder {}: {}", settings.name(), REFUSED);
    }
  }

  boolean carried() {
    return carried;
  }

  /** What the folder asks for and does not get; a sentence without a full stop. */
  Optional<String> note() {
    return asked && !carried ? Optional.of(REFUSED) : Optional.empty();
  }

  private boolean mayGive() {
    try (Volume.StagedFile file = volume.stage(Layout.STAGING.bytes())) {
      FileStatus own = file.status();
      try {
        file.setOwner(own.uid() + 1, own.gid() + 1);
        return true;
      } catch (FileSystemException e) {
        return false;
      }
    } catch (IOException e) {
      // Nothing at all can be written now, which is told of every file.
      return true;
    }
  }

  /**
   * Of what was recorded while owners were not carried, an owner on disk that is not the recorded
   * one was never set: it is to be set, and is no change by a user. To be called before the first
   * scan.
   */
  void begin() throws IOException {
    boolean before = store.meta(META).map(value -> value[0] == CARRIED[0]).orElse(false);
    if (before == carried) {
      return;
    }
    if (carried) {
      forget(RelativePath.ROOT);
      corrected.commit();
    }
    try (Transaction transaction = store.begin()) {
      transaction.setMeta(META, carried ? CARRIED : NOT_CARRIED);
      transaction.commit(Durability.DISK);
    }
  }

  private void forget(RelativePath directory) throws IOException {
    List<PathRecord> records = new ArrayList<>();
    store.children(directory, records::add);
    for (PathRecord record : records) {
      Shown shown = record.shown();
      if (shown == null) {
        continue;
      }
      if (isOtherOnDisk(record.path(), shown.attributes())) {
        Attributes attributes = shown.attributes();
        Shown unnamed =
            new Shown(
                shown.content(),
                new Attributes(attributes.mode(), attributes.mtimeNanos()),
                shown.dots(),
                shown.attributeDots());
        corrected.add(
            new PathRecord(record.path(), unnamed, record.fingerprint(), record.copies()));
      }
      if (shown.content().isDirectory()) {
        forget(record.path());
      }
    }
  }

  private boolean isOtherOnDisk(RelativePath path, Attributes attributes) throws IOException {
    if (attributes.owner().isEmpty() && attributes.group().isEmpty()) {
      return false;
    }
    Optional<FileStatus> found = volume.stat(path.bytes());
    return found.isPresent()
        && !(volume.ownerName(found.get().uid()).equals(attributes.owner())
            && volume.groupName(found.get().gid()).equals(attributes.group()));
  }
}
