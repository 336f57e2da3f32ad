package io.dirsync.engine;

import io.dirsync.conflict.LiveView;
import io.dirsync.engine.NodeControl.Conflict;
import io.dirsync.engine.NodeControl.Copy;
import io.dirsync.engine.scan.ContentHasher;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.model.Dot;
import io.dirsync.model.EscapedBytes;
import io.dirsync.model.RelativePath;
import io.dirsync.model.Shown;
import io.dirsync.model.Version;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The conflicts of one folder. */
final class FolderConflicts {
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
  private String id(RelativePath path) {
    String text = settings.name() + "\0" + EscapedBytes.escape(path.bytes());
    return ContentHasher.hash(text.getBytes(StandardCharsets.UTF_8)).toString().substring(0, 8);
  }
}
