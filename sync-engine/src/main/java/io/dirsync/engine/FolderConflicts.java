package io.dirsync.engine;

import io.dirsync.conflict.LiveView;
import io.dirsync.conflict.MergePolicy;
import io.dirsync.engine.NodeControl.Conflict;
import io.dirsync.engine.NodeControl.Copy;
import io.dirsync.engine.NodeControl.Settled;
import io.dirsync.engine.scan.ContentHasher;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.FolderStore.Totals;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.engine.store.Resolved;
import io.dirsync.fs.FileStatus;
import io.dirsync.fs.Volume;
import io.dirsync.model.Dot;
import io.dirsync.model.EscapedBytes;
import io.dirsync.model.RelativePath;
import io.dirsync.model.Shown;
import io.dirsync.model.Version;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The conflicts of one folder. */
final class FolderConflicts {
  private static final Pattern ID = Pattern.compile("[0-9a-f]{8}");
  private static final int SLOT_DIGITS = 3;

  /** How long before its end a copy is told of. */
  private static final Duration SOON = Duration.ofDays(3);

  private final FolderSettings settings;
  private final Volume volume;
  private final FolderStore store;
  private volatile long expiringSoon;
  private volatile @Nullable Kept kept;

  private final Function<RelativePath, Optional<String>> left;

  /**
   * @param left why a policy has left the copies of a path; empty if none has
   */
  FolderConflicts(
      FolderSettings settings,
      Volume volume,
      FolderStore store,
      Function<RelativePath, Optional<String>> left) {
    this.left = left;
    this.settings = settings;
    this.volume = volume;
    this.store = store;
  }

  /**
   * Every path with conflict copies, in order, and its copies by their dots: on every node the
   * same. Safe for any thread.
   */
  List<Conflict> list() {
    List<Conflict> found = new ArrayList<>();
    store.withCopies(
        record -> {
          if (!unresolved(record, store.live()).isEmpty()) {
            found.add(conflict(record));
          }
        });
    return found;
  }

  /** How many {@link #list} has. Safe for any thread. */
  long count() {
    if (settings.mode() != FolderMode.SEND_ONLY) {
      return store.totals().conflicts();
    }
    LiveView live = store.live();
    return kept().stream().filter(path -> !unresolved(store.record(path), live).isEmpty()).count();
  }

  /**
   * The paths with copies on a node that only sends. It makes none, so that these stay until one is
   * less: all records are read then, and not whenever somebody asks how many are to be decided.
   */
  private List<RelativePath> kept() {
    Totals now = store.totals();
    Kept known = kept;
    if (known == null || known.copies != now.copies() || known.conflicts != now.conflicts()) {
      List<RelativePath> paths = new ArrayList<>();
      store.withCopies(record -> paths.add(record.path()));
      known = new Kept(now.copies(), now.conflicts(), List.copyOf(paths));
      kept = known;
    }
    return known.paths;
  }

  private record Kept(long copies, long conflicts, List<RelativePath> paths) {}

  /**
   * The copies of a path that are still to be decided about, by their dots. A node that only sends
   * keeps the files of those that went.
   */
  List<PathRecord.Copy> unresolved(PathRecord record, LiveView live) {
    return record.copies().stream()
        .filter(copy -> settings.mode() != FolderMode.SEND_ONLY || live.get(copy.dot()).isPresent())
        .sorted(Comparator.comparing(PathRecord.Copy::dot))
        .toList();
  }

  private Conflict conflict(PathRecord record) {
    List<Copy> copies = new ArrayList<>();
    for (PathRecord.Copy copy : unresolved(record, store.live())) {
      copies.add(
          new Copy(
              List.of(copy.dot().replica().node()),
              copy.stamp(),
              copy.content(),
              copy.file(),
              isKept(record) ? 0 : keptUntilMillis(copy)));
    }
    return new Conflict(
        id(record.path()),
        settings.name(),
        settings.root(),
        record.path(),
        shown(record),
        copies,
        settings.conflicts().of(record.path()).toString(),
        left.apply(record.path()).orElse(null));
  }

  /** Whether the copies of a path stay until a person decides. */
  private boolean isKept(PathRecord record) {
    return settings.conflicts().of(record.path()) instanceof MergePolicy.Manual;
  }

  /**
   * When a copy's time is over: counted from when it came to lie here, for it may have been written
   * long before that. Zero if that cannot be told: a node that only receives keeps it until another
   * one ends the conflict, and one that only sends puts and removes nothing here.
   */
  private long keptUntilMillis(PathRecord.Copy copy) {
    return settings.mode() == FolderMode.TWO_WAY ? overMillis(copy) : 0;
  }

  private long overMillis(PathRecord.Copy copy) {
    try {
      Optional<FileStatus> status = volume.stat(copy.file().bytes());
      return status
          .map(found -> found.ctimeNanos() / 1_000_000 + settings.conflictKeep().toMillis())
          .orElse(0L);
    } catch (IOException e) {
      return 0;
    }
  }

  /**
   * Looks for copies whose time is over.
   *
   * @return them by the path of their conflict
   */
  Map<RelativePath, List<PathRecord.Copy>> expired(long nowMillis) {
    Map<RelativePath, List<PathRecord.Copy>> over = new LinkedHashMap<>();
    AtomicLong soon = new AtomicLong();
    if (store.totals().conflicts() > 0) {
      store.below(
          RelativePath.ROOT,
          record -> {
            for (PathRecord.Copy copy :
                isKept(record) ? List.<PathRecord.Copy>of() : record.copies()) {
              long until = overMillis(copy);
              if (until > 0 && until <= nowMillis) {
                over.computeIfAbsent(record.path(), _ -> new ArrayList<>()).add(copy);
              } else if (until > 0 && until <= nowMillis + SOON.toMillis()) {
                soon.incrementAndGet();
              }
            }
            return true;
          });
    }
    expiringSoon = soon.get();
    return over;
  }

  /** A sentence, if copies are about to go to the trash. */
  Optional<String> warning() {
    long count = Math.min(expiringSoon, store.totals().copies());
    return count == 0 || settings.mode() != FolderMode.TWO_WAY
        ? Optional.empty()
        : Optional.of(
            Counted.of(count, "conflict copy goes", "conflict copies go")
                + " to the trash within "
                + SOON.toDays()
                + " days unless resolved: dirsync conflicts");
  }

  private @Nullable Copy shown(PathRecord record) {
    Shown shown = record.shown();
    if (shown == null) {
      return null;
    }
    LiveView live = store.live();
    TreeSet<String> nodes = new TreeSet<>();
    long newest = 0;
    for (Dot dot : shown.dots()) {
      // A move that hides under an edit which followed it did not write what is shown.
      if (live.get(dot).orElse(null) instanceof Version version
          && version.content().equals(shown.content())) {
        nodes.add(dot.replica().node());
        newest = Math.max(newest, version.stamp());
      }
    }
    return new Copy(List.copyOf(nodes), newest, shown.content(), record.path(), 0);
  }

  /** A short name for a path's conflict that is the same on every node. */
  String id(RelativePath path) {
    String text = settings.name() + "\0" + EscapedBytes.escape(path.bytes());
    return ContentHasher.hash(text.getBytes(StandardCharsets.UTF_8)).toString().substring(0, 8);
  }

  Settled refused(RelativePath path, String reason) {
    return new Settled(id(path), settings.name(), path, List.of(), 0, reason, false);
  }

  /** The paths with these ids among those whose resolutions are remembered here. */
  List<RelativePath> resolvedHere(Set<String> ids) {
    Set<RelativePath> paths = new TreeSet<>();
    for (String id : ids) {
      if (ID.matcher(id).matches()) {
        for (Resolved each : slot(store.meta(slotName(id)))) {
          if (id(each.path()).equals(id)) {
            paths.add(each.path());
          }
        }
      }
    }
    return List.copyOf(paths);
  }

  /**
   * What is remembered of a path's resolutions, and those of paths that share its slot, with what
   * the transaction has noted: it may end the conflicts of several such paths.
   */
  List<Resolved> resolved(Transaction transaction, RelativePath path) {
    return slot(transaction.meta(slotName(id(path))));
  }

  private static List<Resolved> slot(Optional<byte[]> value) {
    return value.map(Resolved::decode).orElse(List.of());
  }

  void remember(Transaction transaction, RelativePath path, List<Resolved> all) {
    transaction.setMeta(slotName(id(path)), Resolved.encode(all));
  }

  /** Few enough names to be bounded, and enough that one slot holds few resolutions. */
  private static String slotName(String id) {
    return "resolved-" + id.substring(0, SLOT_DIGITS);
  }
}
