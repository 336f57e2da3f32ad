package io.dirsync.daemon;

import io.dirsync.conflict.Fate;
import io.dirsync.engine.NodeControl.Explained;
import io.dirsync.engine.NodeControl.Lost;
import io.dirsync.engine.NodeControl.Reasoned;
import io.dirsync.model.Content;
import io.dirsync.model.Ending;
import io.dirsync.model.Settled;
import io.dirsync.model.Version;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Why a version is where it is, or went, as people read it.
 *
 * @param rule as SEMANTICS.md numbers them
 */
record Reason(int rule, String sentence) {
  /** A write replaces what its author saw. */
  private static final int SEEN = 1;

  /** One name, one content. */
  private static final int NAME = 2;

  /** Policies end conflicts, and so does the time. */
  private static final int POLICY = 9;

  /** A person ends a conflict. */
  private static final int PERSON = 10;

  /** Of a version that is live. */
  static Reason of(Explained explained, Reasoned reasoned) {
    Fate fate = reasoned.fate();
    return switch (fate.reason()) {
      case SHOWN -> shown(explained, reasoned);
      case SHOWN_WHERE_MOVED ->
          by(fate, "an edit of " + fate.version().path() + " follows the move of that here");
      case OLDER -> by(fate, "a newer write has the name: this is a conflict copy");
      case UNDER_A_DIRECTORY -> by(fate, "a directory has the name: this is a conflict copy");
      case WRITTEN_OVER ->
          reasoned.ending() != null && reasoned.ending().by() == Ending.By.UNDO
              ? new Reason(PERSON, words(reasoned.ending()) + " made it a conflict copy again")
              : by(
                  fate,
                  "it was a conflict copy when someone wrote or removed the path, and stays one");
      case FOLLOWED_A_MOVE -> by(fate, "it follows the move of what it edited to " + fate.at());
      case EDITED_SINCE ->
          by(
              fate,
              "it was moved here" + from(reasoned) + ", and an edit of it has taken its place");
    };
  }

  private static Reason by(Fate fate, String sentence) {
    return new Reason(fate.reason().rule(), sentence);
  }

  private static Reason shown(Explained explained, Reasoned reasoned) {
    String shown = "the path shows this content" + moved(reasoned);
    Version version = reasoned.fate().version();
    Ending ending = reasoned.ending();
    Settled settled = version.settled();
    if (settled != null) {
      return new Reason(
          POLICY,
          shown
              + ": "
              + (ending == null ? "the policy '" + name(settled.by()) + "'" : words(ending))
              + " put it together of what several nodes wrote");
    }
    if (ending != null) {
      return switch (ending.by()) {
        case POLICY, TIME ->
            new Reason(POLICY, shown + ": " + words(ending) + " ended a conflict in favour of it");
        case PERSON ->
            new Reason(PERSON, shown + ": " + words(ending) + " ended a conflict in favour of it");
        case UNDO -> new Reason(PERSON, shown + ": " + words(ending) + " left or put it here");
      };
    }
    for (Reasoned other : explained.versions()) {
      switch (other.fate().reason()) {
        case OLDER -> {
          return new Reason(NAME, shown + ": of those that were written at once it is the newest");
        }
        case UNDER_A_DIRECTORY -> {
          return new Reason(NAME, "a directory has the name, whoever wrote last");
        }
        case SHOWN, SHOWN_WHERE_MOVED, WRITTEN_OVER, FOLLOWED_A_MOVE, EDITED_SINCE -> {}
      }
    }
    return by(reasoned.fate(), shown);
  }

  private static String moved(Reasoned reasoned) {
    return reasoned.fate().version().movedFrom() == null ? "" : ", moved here" + from(reasoned);
  }

  private static String from(Reasoned reasoned) {
    Version origin = reasoned.origin();
    return origin == null
        ? ""
        : " from " + origin.path() + ", where " + origin.dot().replica().node() + " had written it";
  }

  /** Of a version that is live no more. */
  static Reason of(Explained explained, Lost lost) {
    String by = lost.by() == null ? "someone" : lost.by();
    return switch (lost.gone()) {
      case WRITTEN_OVER -> new Reason(SEEN, by + " saw it and wrote over it");
      case MOVED -> new Reason(SEEN, by + " moved it to " + lost.to());
      case REMOVED ->
          new Reason(
              SEEN,
              "someone who saw it removed it; "
                  + (lost.from() == null ? "seen on this node" : "learnt from " + lost.from()));
      case PUT_TOGETHER ->
          new Reason(POLICY, ended(lost.ending()) + " made one file of it and of others");
      case ENDED -> ended(explained, lost);
    };
  }

  private static Reason ended(Explained explained, Lost lost) {
    Ending ending = lost.ending();
    if (ending == null) {
      return new Reason(PERSON, ended(null) + " ended the conflict in favour of another");
    }
    return switch (ending.by()) {
      case POLICY -> new Reason(POLICY, words(ending) + " ended the conflict in favour of another");
      case PERSON -> new Reason(PERSON, words(ending) + person(explained, lost, ending));
      case TIME ->
          new Reason(POLICY, "it was a conflict copy that nobody resolved for " + ending.rule());
      case UNDO -> new Reason(PERSON, words(ending) + " took it away again");
    };
  }

  private static String person(Explained explained, Lost lost, Ending ending) {
    if (ending.rule().equals("both")) {
      return " made a file of it beside this one";
    }
    Content content = lost.version().content();
    return explained.shown() != null && explained.shown().content().equals(content)
        ? " gave the name to this content"
        : " ended the conflict in favour of another";
  }

  private static String ended(@Nullable Ending ending) {
    return ending == null ? "someone" : words(ending);
  }

  /** Who or what ended a conflict. */
  static String words(Ending ending) {
    return switch (ending.by()) {
      case POLICY ->
          "the policy '"
              + ending.rule()
              + "'"
              + (ending.pattern().isEmpty() ? "" : " (for " + ending.pattern() + ")");
      case PERSON -> "`conflicts resolve --keep " + ending.rule() + "` on " + ending.node();
      case TIME -> "nobody, for " + ending.rule();
      case UNDO -> "`conflicts undo` on " + ending.node();
    };
  }

  private static String name(Settled.By policy) {
    return policy.name().toLowerCase(Locale.ROOT);
  }
}
