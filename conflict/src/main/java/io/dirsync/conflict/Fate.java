package io.dirsync.conflict;

import io.dirsync.model.RelativePath;
import io.dirsync.model.Version;

/**
 * What came of a version, and by which of the rules that SEMANTICS.md numbers.
 *
 * @param at the path that it stands at, or lost
 */
public record Fate(Version version, Reason reason, RelativePath at) {
  /** Why it is where it is. */
  public enum Reason {
    /** It is what the path shows, or its content is. */
    SHOWN(2),
    /** The same, and it was written to a path from which what it edited was moved here. */
    SHOWN_WHERE_MOVED(4),
    /** A newer write of another content has the name: a conflict copy. */
    OLDER(2),
    /** A directory has the name: a conflict copy. */
    UNDER_A_DIRECTORY(2),
    /** It was a conflict copy when someone wrote the path, or removed it, and stays one. */
    WRITTEN_OVER(6),
    /** It stands elsewhere: what it edited was moved. */
    FOLLOWED_A_MOVE(4),
    /** It was moved here, and an edit of what was moved has taken its place. */
    EDITED_SINCE(4);

    private final int rule;

    Reason(int rule) {
      this.rule = rule;
    }

    public int rule() {
      return rule;
    }
  }
}
