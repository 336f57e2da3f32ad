package io.dirsync.engine;

import io.dirsync.engine.recovery.Doubts;
import io.dirsync.engine.recovery.LastRun;
import io.dirsync.engine.recovery.Leftovers;
import io.dirsync.engine.recovery.MissingCopies;
import io.dirsync.engine.recovery.StaleRoot;
import io.dirsync.engine.recovery.UnrecordedMoves;
import io.dirsync.engine.scan.IgnoreRules;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.fs.Volume;
import io.dirsync.model.ReplicaId;
import java.io.IOException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a folder up again, before any part of it runs: makes sure that root and database belong
 * together, and makes up for how the last run ended. Whatever ends a start, the next one sees what
 * it saw.
 */
final class FolderStart {
  private static final Logger LOG = LoggerFactory.getLogger(FolderStart.class);

  private final FolderSettings settings;
  private final Volume volume;
  private final FolderStore store;
  private final IgnoreRules rules;
  private final RootGuard guard;
  private final LastRun lastRun;
  private final Environment environment;

  private long displaced;

  FolderStart(
      FolderSettings settings,
      Volume volume,
      FolderStore store,
      IgnoreRules rules,
      RootGuard guard,
      LastRun lastRun,
      Environment environment) {
    this.settings = settings;
    this.volume = volume;
    this.store = store;
    this.rules = rules;
    this.guard = guard;
    this.lastRun = lastRun;
    this.environment = environment;
  }

  /** Files that go to the trash because the root was taken for an older copy at this start. */
  long displaced() {
    return displaced;
  }

  /**
   * Takes the folder up; the replica that it writes as.
   *
   * @param node its name
   * @param resume what the operator says of a root that was set back
   * @param reserving run whenever the store reserves numbers from here on
   * @throws IOException if root and database do not belong together; the message says what to do
   */
  ReplicaId begin(String node, Optional<Resume> resume, FolderStore.Reserving reserving)
      throws IOException {
    Twin.check(settings.name(), store);
    check(resume);
    Layout.create(volume);
    if (resume.isEmpty() && guard.isRootBehind()) {
      // Before they are made level, so that the next start would see it, too.
      remakeCopies();
    }
    ReplicaId replica = guard.identify(node, true, this::forget);
    store.onReserving(reserving);
    recover();
    if (resume.isPresent()) {
      resume(resume.get());
    }
    return replica;
  }

  /** As {@link #begin}, and leaves the root alone. */
  ReplicaId tryOut(String node) throws IOException {
    Twin.check(settings.name(), store);
    check(Optional.empty());
    return guard.identify(node, false, this::forget);
  }

  private void check(Optional<Resume> resume) throws IOException {
    if (resume.isPresent()) {
      guard.checkIdentity();
    } else {
      guard.check();
    }
  }

  private void recover() throws IOException {
    LastRun.End end = lastRun.end(environment.boot());
    lastRun.beginEpoch(environment.random());
    if (end != LastRun.End.CLOSED) {
      new Leftovers(volume, store).clear(environment.clock().instant());
      new UnrecordedMoves(volume, store).forget();
    }
    if (end == LastRun.End.POWER_CUT) {
      new Doubts(volume, store).settle(lastRun.synced());
    }
    lastRun.begin(environment.boot());
  }

  private void resume(Resume how) throws IOException {
    if (how == Resume.AS_STALE) {
      long differences = new StaleRoot(volume, store, rules).accept();
      boolean putsHere = settings.mode() != FolderMode.SEND_ONLY;
      displaced = putsHere ? StaleRoot.displaced(store) : 0;
      StaleNote.write(store, displaced, environment.clock().millis());
      LOG.warn(
          "folder {}: its root is taken for an older copy: {} brought up to date, {} to the trash for that",
          settings.name(),
          Counted.of(differences, "path is", "paths are"),
          Counted.of(displaced, "file goes", "files go"));
      remakeCopies();
      guard.levelSetBack();
    } else {
      LOG.warn("folder {}: its root is taken for what it is to be everywhere", settings.name());
      remakeCopies();
      guard.level();
    }
  }

  /** The database is a copy from before the root was set back. */
  private void forget() throws IOException {
    long differences = new StaleRoot(volume, store, rules).forget();
    LOG.warn(
        "folder {}: its root was set back after this copy of its database was made: {} taken for written anew",
        settings.name(),
        Counted.of(differences, "path that differs is", "paths that differ are"));
    // Before the two are made level, as all of this: else a start that ends between them would be
    // the last to know.
    remakeCopies();
  }

  /** An older root lacks those that were made since. */
  private void remakeCopies() throws IOException {
    int copies = new MissingCopies(volume, store).forget();
    if (copies > 0) {
      LOG.warn(
          "folder {}: conflict copies of {} are made again",
          settings.name(),
          Counted.of(copies, "path", "paths"));
    }
  }
}
