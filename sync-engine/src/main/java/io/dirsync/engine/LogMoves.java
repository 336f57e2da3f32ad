package io.dirsync.engine;

import io.dirsync.engine.store.FolderStore;
import io.dirsync.model.Dot;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.RelativePath;
import io.dirsync.model.Version;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The moves in a change log. An edit may stand in it before the move that it followed, so they are
 * looked for first.
 */
final class LogMoves {
  /** Beyond so many, edits are told of where they were made alone. */
  private static final int MOVES_MAX = 100_000;

  private final Map<Dot, List<Version>> byOrigin = new HashMap<>();
  private final Map<Dot, RelativePath> origins = new HashMap<>();
  private int moves;

  private LogMoves() {}

  static LogMoves of(FolderStore store) {
    LogMoves found = new LogMoves();
    store.readLog(
        0,
        record -> {
          record.event().added().forEach(found::add);
          return found.moves < MOVES_MAX;
        });
    if (found.moves > 0) {
      store.readLog(
          0,
          record -> {
            record.event().added().forEach(found::addOrigin);
            return true;
          });
    }
    return found;
  }

  private void add(LiveEntry entry) {
    if (entry instanceof Version version && version.movedFrom() != null) {
      byOrigin.computeIfAbsent(version.movedFrom(), _ -> new ArrayList<>()).add(version);
      moves++;
    }
  }

  private void addOrigin(LiveEntry entry) {
    if (entry instanceof Version version) {
      if (byOrigin.containsKey(version.dot())) {
        origins.put(version.dot(), version.path());
      }
      // What it edited stood where it was edited, also if the log begins later than that.
      carrier(version)
          .map(Version::movedFrom)
          .ifPresent(dot -> origins.putIfAbsent(dot, version.path()));
    }
  }

  /** Where what was moved had been written; empty if the log does not tell. */
  Optional<RelativePath> origin(@Nullable Dot movedFrom) {
    return Optional.ofNullable(movedFrom == null ? null : origins.get(movedFrom));
  }

  /** The moves of what one write had put. */
  List<Version> from(Dot dot) {
    return byOrigin.getOrDefault(dot, List.of());
  }

  /**
   * Where an edit was carried by the one move of what it edited that its author did not know of;
   * empty if none did that, or several.
   */
  Optional<RelativePath> carried(Version edit) {
    return carrier(edit).map(Version::path);
  }

  private Optional<Version> carrier(Version edit) {
    if (edit.movedFrom() != null || edit.content().isDirectory()) {
      return Optional.empty();
    }
    Version only = null;
    for (Dot dot : edit.supersedes()) {
      for (Version move : from(dot)) {
        boolean apart =
            !move.path().equals(edit.path())
                && !edit.supersedes().contains(move.dot())
                && !move.supersedes().contains(edit.dot());
        if (apart && only != null) {
          return Optional.empty();
        }
        only = apart ? move : only;
      }
    }
    return Optional.ofNullable(only);
  }
}
