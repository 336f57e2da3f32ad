package io.dirsync.engine;

import io.dirsync.engine.NodeControl.Gone;
import io.dirsync.engine.NodeControl.Lost;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.FolderStore.LogRecord;
import io.dirsync.model.Content;
import io.dirsync.model.Dot;
import io.dirsync.model.Ending;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.RelativePath;
import io.dirsync.model.Version;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What stood at one path or was a conflict copy of it, and is live no more, as far as the change
 * log goes back: who wrote it, and by whom and what it went.
 */
final class LostVersions {
  /** So many are told, the last ones. */
  static final int MOST = 10;

  /** Versions of one path that are remembered while the log is read. */
  private static final int VERSIONS_MAX = 10_000;

  private final RelativePath path;
  private final LogMoves moves;
  private final Function<Content, Optional<NodeControl.Place>> whereNow;
  private final ArrayDeque<Found> found = new ArrayDeque<>();
  private final Map<Dot, Ending> endings = new HashMap<>();
  private final Map<Dot, Version> origins = new HashMap<>();
  private boolean more;

  private final Map<Dot, Version> written =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Dot, Version> eldest) {
          return size() > VERSIONS_MAX;
        }
      };

  /** What is known before it is looked for where the bytes lie. */
  private record Found(
      Version version, LogRecord in, Gone gone, @Nullable String by, @Nullable RelativePath to) {}

  /**
   * @param whereNow where a file with this content lies on this node
   */
  LostVersions(
      RelativePath path, LogMoves moves, Function<Content, Optional<NodeControl.Place>> whereNow) {
    this.path = path;
    this.moves = moves;
    this.whereNow = whereNow;
  }

  void read(FolderStore store) {
    // What was written before the log begins may have been kept since.
    for (LiveEntry entry : store.live().at(path)) {
      if (entry instanceof Version version) {
        written.put(version.dot(), version);
      }
    }
    store.readLog(
        0,
        record -> {
          read(record);
          return true;
        });
  }

  private void read(LogRecord record) {
    for (Dot dot : record.event().removed()) {
      Version version = written.remove(dot);
      if (version != null) {
        add(found(version, record));
      }
    }
    Ending ending = record.event().ending();
    for (LiveEntry entry : record.event().added()) {
      if (!(entry instanceof Version version)) {
        continue;
      }
      if (version.path().equals(path) || moves.carried(version).filter(path::equals).isPresent()) {
        written.put(version.dot(), version);
        endings.remove(version.dot());
        if (ending != null) {
          endings.put(version.dot(), ending);
        }
      } else if (moves.from(version.dot()).stream().anyMatch(move -> move.path().equals(path))) {
        origins.put(version.dot(), version);
      }
    }
    if (ending != null && ending.by() != Ending.By.TIME && endedHere(record)) {
      // What is left of the conflict was kept by it.
      written.values().stream()
          .filter(version -> !version.shelved())
          .forEach(version -> endings.put(version.dot(), ending));
    }
  }

  private boolean endedHere(LogRecord record) {
    return !found.isEmpty() && found.getLast().in().sequence() == record.sequence();
  }

  private void add(Found lost) {
    found.add(lost);
    if (found.size() > MOST) {
      found.remove();
      more = true;
    }
  }

  private Found found(Version version, LogRecord record) {
    Ending ending = record.event().ending();
    Version successor = successor(version, record.event().added());
    if (ending != null) {
      boolean together = successor != null && successor.settled() != null;
      return new Found(
          version, record, together ? Gone.PUT_TOGETHER : Gone.ENDED, ending.node(), null);
    }
    if (successor == null) {
      return new Found(version, record, Gone.REMOVED, null, null);
    }
    String by = successor.dot().replica().node();
    return successor.movedFrom() != null && !successor.path().equals(version.path())
        ? new Found(version, record, Gone.MOVED, by, successor.path())
        : new Found(version, record, Gone.WRITTEN_OVER, by, null);
  }

  private static @Nullable Version successor(Version version, List<LiveEntry> added) {
    Version any = null;
    for (LiveEntry entry : added) {
      if (entry instanceof Version next
          && (next.supersedes().contains(version.dot())
              || version.dot().equals(next.movedFrom()))) {
        if (next.path().equals(version.path())) {
          return next;
        }
        any = next;
      }
    }
    return any;
  }

  /** Who ended the conflict that this live version was kept by; null if nobody did, or since. */
  @Nullable Ending keptBy(Dot dot) {
    return endings.get(dot);
  }

  /** What was moved to the path; empty if the log does not have it. */
  Optional<Version> origin(@Nullable Dot movedFrom) {
    return Optional.ofNullable(movedFrom == null ? null : origins.get(movedFrom));
  }

  /** Whether there are more than {@link #list} has. */
  boolean more() {
    return more;
  }

  /** The last first. */
  List<Lost> list() {
    List<Lost> list = new ArrayList<>();
    for (Found each : found.reversed()) {
      list.add(
          new Lost(
              each.version(),
              each.in().timeMillis(),
              each.in().source() == null ? null : each.in().source().node(),
              each.gone(),
              each.by(),
              each.to(),
              each.in().event().ending(),
              whereNow.apply(each.version().content()).orElse(null)));
    }
    return list;
  }
}
