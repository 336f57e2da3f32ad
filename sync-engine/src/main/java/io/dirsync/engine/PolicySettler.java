package io.dirsync.engine;

import io.dirsync.conflict.MergePolicy;
import io.dirsync.conflict.Rendering;
import io.dirsync.conflict.Settlement;
import io.dirsync.conflict.Settlement.Verdict;
import io.dirsync.engine.apply.Ancestors;
import io.dirsync.engine.apply.Planner;
import io.dirsync.engine.apply.Trash;
import io.dirsync.engine.scan.ContentHasher;
import io.dirsync.engine.scan.IgnoreRules;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.fs.Volume;
import io.dirsync.model.Content;
import io.dirsync.model.Dot;
import io.dirsync.model.Ending;
import io.dirsync.model.Event;
import io.dirsync.model.RelativePath;
import io.dirsync.model.Settled;
import io.dirsync.model.Shown;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends conflicts of one folder as its policies say: once the disk shows a conflict, so that all its
 * contents are here, and against what is shown, as a person would. Contents are read and put
 * together on workers; the change is made on the folder's lane, if nothing has changed meanwhile.
 */
final class PolicySettler {
  private static final Logger LOG = LoggerFactory.getLogger(PolicySettler.class);
  private static final int LEFT_MAX = 1000;

  /** More could not be kept. */
  private static final int TEXTS_MAX = 65_536;

  private final FolderSettings settings;
  private final Volume volume;
  private final FolderStore store;
  private final FolderWriter writer;
  private final Planner planner;
  private final IgnoreRules ignored;
  private final Environment environment;
  private final RecentContents recent;
  private final Ancestors ancestors;
  private final HeldContents contents;

  /** Paths whose conflicts are about to be looked at. */
  private final Set<RelativePath> queued = ConcurrentHashMap.newKeySet();

  /** Why conflicts stay, by the path of their copies. */
  private final Map<RelativePath, String> left = new ConcurrentHashMap<>();

  /** Merged contents in the trash that the path does not show yet. */
  private final Map<RelativePath, Given> given = new ConcurrentHashMap<>();

  private volatile boolean active;

  private record Given(Content.File content, RelativePath place) {}

  PolicySettler(
      FolderSettings settings,
      Volume volume,
      FolderStore store,
      FolderWriter writer,
      Planner planner,
      IgnoreRules ignored,
      Environment environment,
      RecentContents recent) {
    this.settings = settings;
    this.volume = volume;
    this.store = store;
    this.writer = writer;
    this.planner = planner;
    this.ignored = ignored;
    this.environment = environment;
    this.recent = recent;
    this.ancestors = new Ancestors(volume, store);
    this.contents = new HeldContents(volume, store, recent, ancestors);
  }

  /**
   * Takes up what a former process has left, and what a new configuration has made a conflict's.
   */
  void start() throws IOException {
    active = settings.mode() == FolderMode.TWO_WAY && settings.conflicts().settles();
    if (active && settings.conflicts().mergesText()) {
      ancestors.open();
    }
    again();
  }

  /** Looks at everything: on a worker, soon. */
  void again() {
    if (active) {
      onWorker(this::all);
    }
  }

  private void all() {
    List<RelativePath> texts = new ArrayList<>();
    store.below(
        RelativePath.ROOT,
        record -> {
          if (!record.copies().isEmpty()) {
            consider(record.path());
          }
          if (texts.size() < TEXTS_MAX
              && merged(record.path(), record.shown())
                  .filter(file -> !ancestors.holds(file))
                  .isPresent()) {
            texts.add(record.path());
          }
          return true;
        });
    texts.forEach(this::keepAncestor);
    try {
      int over = ancestors.expire(environment.clock().instant());
      if (over > 0) {
        LOG.info("folder {}: {} former contents are kept no longer", settings.name(), over);
      }
    } catch (IOException e) {
      LOG.warn("folder {}: former contents stay: {}", settings.name(), e.toString());
    }
  }

  private void keepAncestor(RelativePath path) {
    if (ancestors.isFull() || writer.stopped()) {
      return;
    }
    merged(path, store.record(path).shown())
        .ifPresent(
            file -> {
              hold(path, file);
              writer.write(
                  transaction -> {
                    Shown shown = transaction.record(path).shown();
                    if (shown != null && shown.content().equals(file)) {
                      note(transaction, shown, file);
                    }
                  });
            });
  }

  /** The content of a path that may be somebody's common ancestor one day. */
  private Optional<Content.File> merged(RelativePath path, @Nullable Shown shown) {
    return shown != null
            && shown.content() instanceof Content.File file
            && Ancestors.fits(file)
            && settings.conflicts().of(path) instanceof MergePolicy.Text
        ? Optional.of(file)
        : Optional.empty();
  }

  private void note(Transaction transaction, Shown shown, Content.File file) {
    ancestors.note(transaction, shown.dots(), file);
    writer.afterCommit(ancestors::committed);
  }

  private void hold(RelativePath path, Content.File file) {
    Optional<byte[]> bytes = contents.of(file, Math.toIntExact(file.size()));
    if (bytes.isPresent()) {
      try {
        ancestors.hold(file, bytes.get(), environment.clock().instant());
      } catch (IOException e) {
        LOG.warn(
            "folder {}: {} as it is now is not kept for a later merge: {}",
            settings.name(),
            path,
            e.toString());
      }
    }
  }

  /** The disk shows what it should at a path. Within a change of the store. */
  void satisfied(Transaction transaction, RelativePath path, Rendering rendering) {
    if (!active) {
      return;
    }
    Shown shown = rendering.shown();
    Optional<Content.File> text = merged(path, shown);
    if (shown != null && text.isPresent()) {
      Content.File file = text.get();
      note(transaction, shown, file);
      if (!ancestors.holds(file)) {
        writer.afterCommit(() -> onWorker(() -> hold(path, file)));
      }
    }
    Given merged = given.get(path);
    if (merged != null && shown != null && shown.content().equals(merged.content())) {
      given.remove(path);
      transaction.removeLocation(merged.content().hash(), merged.place());
      writer.afterCommit(() -> onWorker(() -> unlink(merged.place())));
    }
    if (rendering.copies().isEmpty()) {
      left.remove(path);
    } else {
      writer.afterCommit(() -> consider(path));
    }
  }

  private void consider(RelativePath path) {
    if (queued.add(path)) {
      onWorker(
          () -> {
            queued.remove(path);
            settle(path);
          });
    }
  }

  /** Why a policy has left the copies of a path; empty if it has none, or has not looked yet. */
  Optional<String> left(RelativePath path) {
    return Optional.ofNullable(left.get(path));
  }

  long ancestorFiles() {
    return ancestors.files();
  }

  long ancestorBytes() {
    return ancestors.bytes();
  }

  // -- on workers

  /** What comes too late, when the folder is being closed, is left to the next process. */
  private void onWorker(Runnable task) {
    environment
        .workers()
        .execute(
            () -> {
              try {
                if (!writer.stopped()) {
                  task.run();
                }
              } catch (IllegalStateException | UncheckedIOException e) {
                if (!writer.stopped()) {
                  throw e;
                }
              }
            });
  }

  private void settle(RelativePath path) {
    if (writer.stopped()) {
      return;
    }
    Set<Dot> copies = store.record(path).copyDots();
    for (Settlement.Conflict conflict : Settlement.of(store.live(), copies)) {
      MergePolicy policy = settings.conflicts().of(conflict.path());
      if (!policy.settles() || ignored.ignores(conflict.path(), false)) {
        continue;
      }
      switch (Settlement.decide(conflict, policy, contents)) {
        case Verdict.Leave(String why) -> {
          if (left.size() < LEFT_MAX) {
            left.put(path, why);
          }
        }
        case Verdict.Keep(Settlement.Side side) -> {
          writer.write(
              transaction -> {
                if (stands(transaction, path, conflict)) {
                  take(transaction, conflict, policy, Settlement.keep(transaction, conflict, side));
                }
              });
          return;
        }
        case Verdict.Write(byte[] bytes, Settled by) -> {
          write(path, conflict, policy, bytes, by);
          return;
        }
      }
    }
  }

  /** The bytes lie in the trash before they have a name in the tree: so they outlive a crash. */
  private void write(
      RelativePath path,
      Settlement.Conflict conflict,
      MergePolicy policy,
      byte[] bytes,
      Settled by) {
    Content.File content = new Content.File(ContentHasher.hash(bytes), bytes.length);
    RelativePath place;
    try (Volume.StagedFile file = volume.stage(Layout.STAGING.bytes())) {
      file.write(0, bytes, 0, bytes.length);
      place = new Trash(volume).add(file, conflict.path(), environment.clock().instant());
    } catch (IOException e) {
      left.put(path, "what comes of it cannot be stored: " + e.getMessage());
      LOG.warn(
          "folder {}: the conflict of {} stays: what comes of it cannot be stored: {}",
          settings.name(),
          path,
          e.toString());
      return;
    }
    recent.put(content.hash(), bytes);
    writer.write(
        transaction -> {
          if (!stands(transaction, path, conflict)) {
            onWorker(() -> unlink(place));
            return;
          }
          transaction.addLocation(content.hash(), place);
          Given before = given.put(conflict.path(), new Given(content, place));
          if (before != null) {
            transaction.removeLocation(before.content().hash(), before.place());
            onWorker(() -> unlink(before.place()));
          }
          take(
              transaction,
              conflict,
              policy,
              Settlement.write(
                  transaction, conflict, content, by, () -> writer.nextDot(transaction)));
        });
  }

  private void unlink(RelativePath place) {
    try {
      volume.unlink(place.bytes());
    } catch (NoSuchFileException e) {
      // The trash was cleared.
    } catch (IOException e) {
      LOG.warn("folder {}: {} stays: {}", settings.name(), place, e.toString());
    }
  }

  // -- on the lane

  /** Whether everything still is as it was decided upon, and on the disk. */
  private boolean stands(Transaction transaction, RelativePath path, Settlement.Conflict conflict) {
    Shown shown = transaction.record(conflict.path()).shown();
    return !planner.isDirty(path)
        && !planner.isDirty(conflict.path())
        && shown != null
        && shown.content().equals(conflict.shown().content())
        && Settlement.of(transaction, transaction.record(path).copyDots()).contains(conflict);
  }

  private void take(
      Transaction transaction, Settlement.Conflict conflict, MergePolicy policy, Event event) {
    long ticket = planner.newTicket();
    Ending ending =
        new Ending(
            Ending.By.POLICY,
            writer.replica().node(),
            policy.toString(),
            settings.conflicts().patternsOf(conflict.path()));
    for (RelativePath touched : writer.take(transaction, event.by(ending))) {
      planner.evaluate(transaction, touched, ticket);
    }
    LOG.info(
        "folder {}: the conflict of {} was settled by the policy '{}'",
        settings.name(),
        conflict.path(),
        policy);
  }
}
