package io.dirsync.engine;

import io.dirsync.engine.store.FolderStore;
import io.dirsync.model.Dot;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Version;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a peer has not applied yet.
 *
 * @param files paths that have changed, each once; or changes
 * @param countsChanges whether it is changes that are counted, since there are too many paths to
 *     tell them apart
 * @param bytes of the files that stand at the paths now; or of the contents that the changes
 *     brought
 * @param sinceMillis when the oldest was made, milliseconds since 1970; zero if there is none
 */
record Behind(long files, boolean countsChanges, long bytes, long sinceMillis) {
  static final Behind NOTHING = new Behind(0, false, 0, 0);

  /** Paths that are told apart: what is kept for them while they are counted is some 2 MiB. */
  static final int PATHS_MAX = 10_000;

  /** Whether there is something that a peer did not bring itself. */
  static boolean isAnything(FolderStore store, long after, long through, @Nullable ReplicaId peer) {
    First first = new First(peer, through);
    store.readLog(after, first);
    return first.found;
  }

  private static boolean isOf(@Nullable ReplicaId peer, FolderStore.LogRecord record) {
    return record.source() != null && record.source().equals(peer);
  }

  private static final class First implements Predicate<FolderStore.LogRecord> {
    private final @Nullable ReplicaId peer;
    private final long through;
    private boolean found;

    First(@Nullable ReplicaId peer, long through) {
      this.peer = peer;
      this.through = through;
    }

    @Override
    public boolean test(FolderStore.LogRecord record) {
      if (record.sequence() > through) {
        return false;
      }
      found = !isOf(peer, record);
      return !found;
    }
  }

  /** Counts what is in log entries, but for those that the peer has brought itself. */
  static final class Counter implements Predicate<FolderStore.LogRecord> {
    private final @Nullable ReplicaId peer;
    private final long through;
    private final int pathsMax;
    private final Map<RelativePath, Path> paths = new HashMap<>();

    /** The versions that stand at the paths. */
    private final Map<Dot, Path> standing = new HashMap<>();

    /** Removals of what was written before: the log does not say where that stood. */
    private long removals;

    private boolean isTooMuch;
    private long changes;
    private long changedBytes;
    private long since;

    /** What stands at a path of what was written meanwhile. */
    private static final class Path {
      final Set<Dot> standing = new HashSet<>();
      long bytes;
    }

    Counter(@Nullable ReplicaId peer, long through) {
      this(peer, through, PATHS_MAX);
    }

    Counter(@Nullable ReplicaId peer, long through, int pathsMax) {
      this.peer = peer;
      this.through = through;
      this.pathsMax = pathsMax;
    }

    @Override
    public boolean test(FolderStore.LogRecord record) {
      if (record.sequence() > through) {
        return false;
      }
      if (!isOf(peer, record)) {
        changes++;
        since = since == 0 ? record.timeMillis() : since;
        for (LiveEntry entry : record.event().added()) {
          changedBytes += sizeOf(entry);
        }
        if (!isTooMuch) {
          tellApart(record);
        }
      }
      return true;
    }

    private void tellApart(FolderStore.LogRecord record) {
      boolean isKnown = !record.event().added().isEmpty();
      for (Dot dot : record.event().removed()) {
        Path path = standing.remove(dot);
        if (path != null) {
          isKnown = true;
          path.standing.remove(dot);
          path.bytes = path.standing.isEmpty() ? 0 : path.bytes;
        }
      }
      removals += isKnown ? 0 : 1;
      for (LiveEntry entry : record.event().added()) {
        Path path = paths.computeIfAbsent(entry.path(), _ -> new Path());
        if (entry instanceof Version version) {
          path.standing.add(version.dot());
          standing.put(version.dot(), path);
          path.bytes = sizeOf(version);
        }
      }
      // The versions too: without a bound a path might have many that did not see one another.
      if (paths.size() + removals > pathsMax || standing.size() > 2L * pathsMax) {
        isTooMuch = true;
        paths.clear();
        standing.clear();
      }
    }

    private static long sizeOf(LiveEntry entry) {
      return entry instanceof Version version ? version.content().sizeBytes() : 0;
    }

    Behind result() {
      if (isTooMuch) {
        return new Behind(changes, true, changedBytes, since);
      }
      long bytes = paths.values().stream().mapToLong(path -> path.bytes).sum();
      return new Behind(paths.size() + removals, false, bytes, since);
    }
  }
}
