package io.dirsync.conflict;

import io.dirsync.model.Dot;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.RelativePath;
import io.dirsync.model.Version;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** The live set of one folder on one node, as rendering needs to ask it. */
public interface LiveView {
  Optional<LiveEntry> get(Dot dot);

  /** Every live entry written to exactly this path, shelved ones too, in no order. */
  List<LiveEntry> at(RelativePath path);

  /** The live versions, not shelved, that were moved from {@code dot}. */
  List<Version> movesFrom(Dot dot);

  /** The live versions that name {@code dot} among those they supersede. */
  List<Version> successorsOf(Dot dot);

  /**
   * Whether some live version with a path strictly below {@code directory} satisfies the condition.
   */
  boolean anyBelow(RelativePath directory, Predicate<Version> condition);
}
