package io.dirsync.engine;

import io.dirsync.conflict.Renderer;
import io.dirsync.conflict.Resolution;
import io.dirsync.conflict.Resolution.RefusedException;
import io.dirsync.conflict.Undo;
import io.dirsync.engine.NodeControl.Keep;
import io.dirsync.engine.NodeControl.Settled;
import io.dirsync.engine.apply.Planner;
import io.dirsync.engine.apply.Trash;
import io.dirsync.engine.scan.ContentHasher;
import io.dirsync.engine.scan.IgnoreRules;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.engine.store.Resolved;
import io.dirsync.fs.Volume;
import io.dirsync.model.Attributes;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.Dot;
import io.dirsync.model.Ending;
import io.dirsync.model.Event;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.RelativePath;
import io.dirsync.model.Shown;
import io.dirsync.model.Version;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the conflicts of one folder as its operator says, and takes that back. A choice is made
 * against what this node shows, as if a user had written it.
 */
final class ConflictResolver {
  private static final Logger LOG = LoggerFactory.getLogger(ConflictResolver.class);

  /** Conflicts that are resolved in one change of the store. */
  private static final int GROUP = 64;

  private static final int BUFFER_BYTES = 128 << 10;
  private static final int LOCATIONS_MAX = 4;

  private final FolderSettings settings;
  private final Volume volume;
  private final FolderStore store;
  private final FolderWriter writer;
  private final Planner planner;
  private final IgnoreRules rules;
  private final Environment environment;
  private final FolderConflicts conflicts;

  /** What the disk does not show yet. On the lane. */
  private final List<Unshown> unshown = new ArrayList<>();

  private record Unshown(List<RelativePath> paths, Runnable shown) {}

  ConflictResolver(
      FolderSettings settings,
      Volume volume,
      FolderStore store,
      FolderWriter writer,
      Planner planner,
      IgnoreRules rules,
      Environment environment,
      FolderConflicts conflicts) {
    this.settings = settings;
    this.volume = volume;
    this.store = store;
    this.writer = writer;
    this.planner = planner;
    this.rules = rules;
    this.environment = environment;
    this.conflicts = conflicts;
  }

  // -- resolve

  /** Refuses everything where this node may make no change; empty if it may. */
  private Optional<List<Settled>> onlyReceiving(List<RelativePath> paths) {
    if (settings.mode() != FolderMode.RECEIVE_ONLY) {
      return Optional.empty();
    }
    return Optional.of(
        paths.stream()
            .map(
                path ->
                    conflicts.refused(
                        path,
                        "this node only receives the folder '"
                            + settings.name()
                            + "': end the conflict on a node that sends"))
            .toList());
  }

  /** Says what a choice would come to. Safe for any thread. */
  List<Settled> plan(List<RelativePath> paths, Keep keep) throws IOException {
    Optional<List<Settled>> refused = onlyReceiving(paths);
    if (refused.isPresent()) {
      return refused.get();
    }
    Optional<Resolution.Keep.Given> given = Optional.empty();
    if (keep instanceof Keep.Given(NodeControl.Upload upload)) {
      ContentHasher hasher = new ContentHasher();
      read(upload, hasher::update);
      given = Optional.of(given(hasher.length(), hasher.finish(), paths));
    }
    List<Settled> all = new ArrayList<>();
    for (RelativePath path : paths) {
      PathRecord record = store.record(path);
      try {
        Resolution found =
            Resolution.of(
                store.live(),
                record.copyDots(),
                at -> Optional.ofNullable(store.record(at).shown()),
                choice(keep, given, new HashSet<>()));
        checkIgnored(found);
        all.add(settled(path, found, conflicts.unresolved(record, store.live()).size()));
      } catch (RefusedException e) {
        all.add(conflicts.refused(path, String.valueOf(e.getMessage())));
      }
    }
    return all;
  }

  /** Resolves; completes when the disk shows it. Safe for any thread. */
  CompletableFuture<List<Settled>> resolve(List<RelativePath> paths, Keep keep) {
    Optional<List<Settled>> refused = onlyReceiving(paths);
    if (refused.isPresent()) {
      return CompletableFuture.completedFuture(refused.get());
    }
    Optional<Resolution.Keep.Given> given = Optional.empty();
    if (keep instanceof Keep.Given(NodeControl.Upload upload)) {
      try {
        given = Optional.of(store(upload, paths));
      } catch (IOException e) {
        return CompletableFuture.failedFuture(e);
      }
    }
    Optional<Resolution.Keep.Given> content = given;
    return inGroups(
        paths, (transaction, path, touched) -> resolve(transaction, path, keep, content, touched));
  }

  private Settled resolve(
      Transaction transaction,
      RelativePath path,
      Keep keep,
      Optional<Resolution.Keep.Given> given,
      Set<RelativePath> touched) {
    PathRecord record = transaction.record(path);
    Resolution found;
    try {
      found =
          Resolution.of(
              transaction,
              record.copyDots(),
              at -> Optional.ofNullable(transaction.record(at).shown()),
              choice(keep, given, new HashSet<>()));
      checkIgnored(found);
    } catch (RefusedException e) {
      return conflicts.refused(path, String.valueOf(e.getMessage()));
    }
    Event event =
        found
            .event(transaction, () -> writer.nextDot(transaction), environment.nowNanos())
            .by(ending(Ending.By.PERSON, words(keep)));
    int copies = conflicts.unresolved(record, transaction).size();
    remember(transaction, record, record.copyDots(), event);
    touched.addAll(writer.take(transaction, event));
    LOG.info(
        "folder {}: the conflict of {} was resolved here, with --keep {}; it had {}",
        settings.name(),
        path,
        words(keep),
        Counted.of(copies, "copy", "copies"));
    return settled(path, found, copies);
  }

  private Ending ending(Ending.By by, String rule) {
    return new Ending(by, writer.replica().node(), rule, "");
  }

  /** As a person writes it on the command line. */
  private static String words(Keep keep) {
    return switch (keep) {
      case Keep.Newest _ -> "newest";
      case Keep.Both _ -> "both";
      case Keep.OfNode(String node) -> node;
      case Keep.Given _ -> "FILE";
    };
  }

  private Resolution.Keep choice(
      Keep keep, Optional<Resolution.Keep.Given> given, Set<RelativePath> named) {
    return switch (keep) {
      case Keep.Newest _ -> new Resolution.Keep.Shown();
      case Keep.OfNode(String node) -> new Resolution.Keep.Of(node);
      case Keep.Given _ -> given.orElseThrow();
      case Keep.Both _ ->
          new Resolution.Keep.Both(
              copy -> {
                RelativePath name = CopyName.of(copy, each -> named.contains(each) || taken(each));
                named.add(name);
                return name;
              });
    };
  }

  private boolean taken(RelativePath path) {
    try {
      return store.record(path).shown() != null
          || !store.live().at(path).isEmpty()
          || volume.stat(path.bytes()).isPresent();
    } catch (IOException e) {
      // Its directory is gone, and nothing is in it.
      return false;
    }
  }

  private void checkIgnored(Resolution found) throws RefusedException {
    for (Resolution.Write write : found.writes()) {
      if (rules.ignores(write.path(), false)) {
        throw new RefusedException(write.path() + " would be ignored here by a pattern");
      }
    }
  }

  // -- a content that the operator gives

  private interface Sink {
    void take(byte[] bytes, int offset, int count) throws IOException;
  }

  private static void read(NodeControl.Upload upload, Sink sink) throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    int count;
    while ((count = upload.read(buffer)) >= 0) {
      sink.take(buffer, 0, count);
    }
  }

  /** The bytes lie in the trash before they have a name in the tree: so they outlive a crash. */
  private Resolution.Keep.Given store(NodeControl.Upload upload, List<RelativePath> paths)
      throws IOException {
    try (Volume.StagedFile file = volume.stage(Layout.STAGING.bytes())) {
      ContentHasher hasher = new ContentHasher();
      read(
          upload,
          (bytes, offset, count) -> {
            file.write(hasher.length(), bytes, offset, count);
            hasher.update(bytes, offset, count);
          });
      file.truncate(hasher.length());
      long size = hasher.length();
      ContentHash hash = hasher.finish();
      RelativePath kept =
          new Trash(volume).add(file, paths.getFirst(), environment.clock().instant());
      writer.write(transaction -> transaction.addLocation(hash, kept));
      return given(size, hash, paths);
    }
  }

  /** With the mode of what it replaces. */
  private Resolution.Keep.Given given(long size, ContentHash hash, List<RelativePath> paths) {
    PathRecord record = store.record(paths.getFirst());
    Attributes like =
        record.shown() != null && !record.shown().content().isDirectory()
            ? record.shown().attributes()
            : record.copies().stream()
                .max(Comparator.comparingLong(PathRecord.Copy::stamp))
                .map(PathRecord.Copy::attributes)
                .orElse(new Attributes(0644, 0));
    return new Resolution.Keep.Given(
        new Content.File(hash, size),
        new Attributes(like.mode(), environment.nowNanos(), like.owner(), like.group()));
  }

  // -- undo

  /** Takes the last resolution of each path back; completes when the disk shows it. */
  CompletableFuture<List<Settled>> undo(List<RelativePath> paths) {
    Optional<List<Settled>> refused = onlyReceiving(paths);
    return refused.isPresent()
        ? CompletableFuture.completedFuture(refused.get())
        : inGroups(paths, this::undo);
  }

  private Settled undo(Transaction transaction, RelativePath path, Set<RelativePath> touched) {
    List<Resolved> all = new ArrayList<>(conflicts.resolved(transaction, path));
    Optional<Resolved> last =
        all.stream()
            .filter(each -> each.path().equals(path))
            .max(Comparator.comparingLong(Resolved::timeMillis));
    if (last.isEmpty()) {
      return conflicts.refused(path, "it was not resolved here, or that was undone");
    }
    Undo undo = last.get().undo();
    Optional<Content> gone = missing(transaction, undo);
    if (gone.isPresent()) {
      return conflicts.refused(path, "a content of it is no longer in the trash of this node");
    }
    Event event =
        undo.event(
                transaction,
                at -> standing(transaction, at),
                () -> writer.nextDot(transaction),
                environment.nowNanos())
            .by(ending(Ending.By.UNDO, ""));
    all.remove(last.get());
    conflicts.remember(transaction, path, all);
    touched.addAll(writer.take(transaction, event));
    LOG.info("folder {}: the resolution of {} was undone here", settings.name(), path);
    return new Settled(
        conflicts.id(path),
        settings.name(),
        path,
        undo.writes().stream().map(Undo.Written::path).toList(),
        undo.copies().size(),
        null,
        settings.mode() == FolderMode.SEND_ONLY);
  }

  /** What the resolution left at a path: where nothing is put on this node, on its peers. */
  private Optional<Shown> standing(Transaction transaction, RelativePath path) {
    return Optional.ofNullable(
        settings.mode() == FolderMode.SEND_ONLY
            ? Renderer.at(transaction, path).shown()
            : transaction.record(path).shown());
  }

  /** A content that is to come back and is nowhere on this node. */
  private Optional<Content> missing(Transaction transaction, Undo undo) {
    List<Version> wanted = new ArrayList<>(undo.copies());
    undo.writes().forEach(write -> write.before().ifPresent(wanted::add));
    for (Version version : wanted) {
      if (version.content() instanceof Content.File file
          && file.size() > 0
          && transaction.locations(file.hash(), LOCATIONS_MAX).stream().noneMatch(this::exists)) {
        return Optional.of(file);
      }
    }
    return Optional.empty();
  }

  private boolean exists(RelativePath path) {
    try {
      return volume.stat(path.bytes()).isPresent();
    } catch (IOException e) {
      return false;
    }
  }

  /** Notes what the event does away with, before it is taken in. */
  private void remember(Transaction transaction, PathRecord record, Set<Dot> dropped, Event event) {
    List<Version> copies = new ArrayList<>();
    for (PathRecord.Copy copy : record.copies()) {
      if (dropped.contains(copy.dot())
          && transaction.get(copy.dot()).orElse(null) instanceof Version version) {
        copies.add(version);
      }
    }
    List<Undo.Written> writes = new ArrayList<>();
    for (LiveEntry entry : event.added()) {
      writes.add(new Undo.Written(entry.dot(), entry.path(), before(transaction, entry.path())));
    }
    long now = environment.clock().millis();
    List<Resolved> all = new ArrayList<>(conflicts.resolved(transaction, record.path()));
    all.add(new Resolved(record.path(), now, new Undo(copies, writes)));
    all.removeIf(each -> each.timeMillis() < now - settings.trashKeep().toMillis());
    conflicts.remember(transaction, record.path(), all);
  }

  /** What stands at a path, in the words of the newest version that it stands for. */
  private static Optional<Version> before(Transaction transaction, RelativePath path) {
    Shown shown = transaction.record(path).shown();
    if (shown == null || shown.content().isDirectory()) {
      return Optional.empty();
    }
    Optional<Version> newest = Optional.empty();
    for (Dot dot : shown.dots()) {
      if (transaction.get(dot).orElse(null) instanceof Version version
          && version.content().equals(shown.content())
          && (newest.isEmpty() || Version.ORDER.compare(version, newest.get()) > 0)) {
        newest = Optional.of(version);
      }
    }
    return newest.map(
        version ->
            new Version(
                version.dot(),
                path,
                version.content(),
                shown.attributes(),
                version.stamp(),
                List.of(),
                null,
                false));
  }

  // -- copies that nobody has resolved

  /** Drops the copies whose time is over, on every node. On a worker: it looks at each. */
  void expire() {
    if (settings.mode() == FolderMode.RECEIVE_ONLY) {
      // Those who send do it.
      return;
    }
    conflicts
        .expired(environment.clock().millis())
        .forEach(
            (path, copies) ->
                writer.write(
                    transaction -> {
                      Set<RelativePath> touched = new HashSet<>();
                      expire(transaction, path, copies, touched);
                      long ticket = planner.newTicket();
                      touched.forEach(each -> planner.evaluate(transaction, each, ticket));
                    }));
  }

  private void expire(
      Transaction transaction,
      RelativePath path,
      List<PathRecord.Copy> copies,
      Set<RelativePath> touched) {
    Set<Dot> over = new HashSet<>();
    copies.forEach(copy -> over.add(copy.dot()));
    PathRecord record = transaction.record(path);
    over.retainAll(record.copyDots());
    // A node that only sends keeps the files of those that went.
    over.removeIf(dot -> transaction.get(dot).isEmpty());
    if (over.isEmpty()) {
      return;
    }
    Event event;
    try {
      Resolution found =
          Resolution.of(
              transaction,
              over,
              at -> Optional.ofNullable(transaction.record(at).shown()),
              new Resolution.Keep.Shown());
      event =
          found
              .event(transaction, () -> writer.nextDot(transaction), environment.nowNanos())
              .by(ending(Ending.By.TIME, Spans.words(settings.conflictKeep())));
    } catch (RefusedException e) {
      throw new IllegalStateException("what is shown can always be kept", e);
    }
    remember(transaction, record, over, event);
    touched.addAll(writer.take(transaction, event));
    for (PathRecord.Copy copy : record.copies()) {
      if (over.contains(copy.dot())) {
        LOG.info(
            "folder {}: the conflict copy of {} by {} {}: nobody resolved it for {}",
            settings.name(),
            path,
            copy.dot().replica().node(),
            settings.mode() == FolderMode.SEND_ONLY
                ? "goes to the trash on the peers, and stays here, where nothing is put or removed"
                : "goes to the trash",
            Spans.words(settings.conflictKeep()));
      }
    }
  }

  // -- changes of the store

  private interface Act {
    Settled on(Transaction transaction, RelativePath path, Set<RelativePath> touched);
  }

  private CompletableFuture<List<Settled>> inGroups(List<RelativePath> paths, Act act) {
    List<CompletableFuture<List<Settled>>> groups = new ArrayList<>();
    for (int from = 0; from < paths.size(); from += GROUP) {
      List<RelativePath> group = paths.subList(from, Math.min(paths.size(), from + GROUP));
      CompletableFuture<List<Settled>> done = new CompletableFuture<>();
      groups.add(done);
      writer.write(transaction -> act(transaction, group, act, done));
    }
    return CompletableFuture.allOf(groups.toArray(CompletableFuture[]::new))
        .thenApply(_ -> groups.stream().flatMap(group -> group.join().stream()).toList());
  }

  private void act(
      Transaction transaction,
      List<RelativePath> paths,
      Act act,
      CompletableFuture<List<Settled>> done) {
    Set<RelativePath> touched = new HashSet<>();
    List<Settled> outcomes = new ArrayList<>();
    for (RelativePath path : paths) {
      outcomes.add(act.on(transaction, path, touched));
    }
    long ticket = planner.newTicket();
    for (RelativePath path : touched) {
      planner.evaluate(transaction, path, ticket);
    }
    writer.afterCommit(
        () -> unshown.add(new Unshown(List.copyOf(touched), () -> done.complete(outcomes))));
  }

  /** Something was published: tells those who wait for it. On the lane. */
  void settle() {
    unshown.removeIf(
        each -> {
          boolean shown = each.paths().stream().noneMatch(planner::isDirty);
          if (shown) {
            each.shown().run();
          }
          return shown;
        });
  }

  private Settled settled(RelativePath path, Resolution found, int copies) {
    return new Settled(
        conflicts.id(path),
        settings.name(),
        path,
        found.writes().stream().map(Resolution.Write::path).toList(),
        copies,
        null,
        settings.mode() == FolderMode.SEND_ONLY);
  }
}
