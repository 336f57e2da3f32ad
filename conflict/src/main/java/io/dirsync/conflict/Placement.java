package io.dirsync.conflict;

import io.dirsync.model.Dot;
import io.dirsync.model.RelativePath;
import io.dirsync.model.Version;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where a version shows: an edit follows the move of the file that it edited. */
final class Placement {
  private Placement() {}

  /** Whether a version is one that can follow a move. */
  static boolean isEdit(Version version) {
    return version.movedFrom() == null && !version.shelved() && !version.content().isDirectory();
  }

  /**
   * The one live move that an edit follows; null if there is none, or more than one.
   *
   * <p>A move is counted once for each superseded dot that it came from, as the model does.
   */
  static @Nullable Version followed(LiveView view, Version version) {
    if (!isEdit(version) || version.supersedes().isEmpty()) {
      return null;
    }
    Version only = null;
    for (Dot dot : version.supersedes()) {
      List<Version> moves = view.movesFrom(dot);
      for (Version move : moves) {
        if (move.path().equals(version.path())) {
          continue;
        }
        if (only != null) {
          return null;
        }
        only = move;
      }
    }
    return only;
  }

  /** The path that a version, not shelved, stands at. */
  static RelativePath of(LiveView view, Version version) {
    Version move = followed(view, version);
    return move == null ? version.path() : move.path();
  }
}
