package io.dirsync.engine;

import io.dirsync.conflict.LiveView;
import io.dirsync.engine.NodeControl.Conflict;
import io.dirsync.engine.NodeControl.Copy;
import io.dirsync.engine.NodeControl.Settled;
import io.dirsync.engine.scan.ContentHasher;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.engine.store.Resolved;
import io.dirsync.model.Dot;
import io.dirsync.model.EscapedBytes;
import io.dirsync.model.RelativePath;
import io.dirsync.model.Shown;
import io.dirsync.model.Version;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The conflicts of one folder. */
final class FolderConflicts {
  private static final Pattern ID = Pattern.compile("[0-9a-f]{8}");
  private static final int SLOT_DIGITS = 3;

  private final FolderSettings settings;
  private final FolderStore store;

  FolderConflicts(FolderSettings settings, FolderStore store) {
    this.settings = settings;
    this.store = store;
  }

  /** Every path with conflict copies, in order. Safe for any thread. */
  List<Conflict> list() {
    List<Conflict> found = new ArrayList<>();
    if (store.totals().conflicts() > 0) {
      store.below(
          RelativePath.ROOT,
          record -> {
            if (!record.copies().isEmpty()) {
              found.add(conflict(record));
            }
            return true;
          });
    }
    return found;
  }

  private Conflict conflict(PathRecord record) {
    List<Copy> copies = new ArrayList<>();
    for (PathRecord.Copy copy : record.copies()) {
      copies.add(
          new Copy(
              List.of(copy.dot().replica().node()), copy.stamp(), copy.content(), copy.file()));
    }
    return new Conflict(
        id(record.path()), settings.name(), settings.root(), record.path(), shown(record), copies);
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
    return new Copy(List.copyOf(nodes), newest, shown.content(), record.path());
  }

  /** A short name for a path's conflict that is the same on every node. */
  String id(RelativePath path) {
    String text = settings.name() + "\0" + EscapedBytes.escape(path.bytes());
    return ContentHasher.hash(text.getBytes(StandardCharsets.UTF_8)).toString().substring(0, 8);
  }

  Settled refused(RelativePath path, String reason) {
    return new Settled(id(path), settings.name(), path, List.of(), 0, reason);
  }

  /** The paths with these ids among those whose resolutions are remembered here. */
  List<RelativePath> resolvedHere(Set<String> ids) {
    Set<RelativePath> paths = new TreeSet<>();
    for (String id : ids) {
      if (ID.matcher(id).matches()) {
        for (Resolved each : slot(id)) {
          if (id(each.path()).equals(id)) {
            paths.add(each.path());
          }
        }
      }
    }
    return List.copyOf(paths);
  }

  /** What is remembered of a path's resolutions, and those of paths that share its slot. */
  List<Resolved> resolved(RelativePath path) {
    return slot(id(path));
  }

  private List<Resolved> slot(String id) {
    return store.meta(slotName(id)).map(Resolved::decode).orElse(List.of());
  }

  void remember(Transaction transaction, RelativePath path, List<Resolved> all) {
    transaction.setMeta(slotName(id(path)), Resolved.encode(all));
  }

  /** Few enough names to be bounded, and enough that one slot holds few resolutions. */
  private static String slotName(String id) {
    return "resolved-" + id.substring(0, SLOT_DIGITS);
  }
}
