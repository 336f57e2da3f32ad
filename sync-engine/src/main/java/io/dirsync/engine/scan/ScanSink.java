package io.dirsync.engine.scan;

import io.dirsync.model.RelativePath;
import java.util.List;

/** Where a scanner's findings go. Called from several threads. */
public interface ScanSink {
  /**
   * Takes an observation in.
   *
   * @param verdict called exactly once, when the observation has been taken in, or says nothing any
   *     more
   */
  void observed(Observation observation, Verdict verdict);

  /**
   * A walk that is at its end else has found nothing at these paths of records; each of them is
   * looked at next.
   */
  void missing(List<RelativePath> paths);

  /** The answer to an observation. */
  interface Verdict {
    void taken(Answer answer);
  }

  /** What an observation was worth. */
  enum Answer {
    /** Something differed from what was recorded, and has been dealt with. */
    CHANGED,
    /** It was as recorded. */
    SAME,
    /** It was overtaken: the path wants another look. */
    AGAIN
  }

  /**
   * Whether dirsync itself is about to change the path, or has, and that is not recorded yet: what
   * is on the disk cannot be compared with the record.
   */
  boolean isChanging(RelativePath path);

  /** The paths directly in a directory of which {@link #isChanging} is true. */
  List<RelativePath> changingIn(RelativePath directory);

  /** Answers {@link Answer#AGAIN} as soon as {@link #isChanging} may be false. */
  void afterChange(RelativePath path, Verdict verdict);

  /** A path cannot be read; what is known of it stays. */
  void unreadable(RelativePath path, String reason);

  /** A path that was unreadable can be read again, or is gone. */
  void readable(RelativePath path);

  /** What is {@link #unreadable} below a directory, as far as that is kept. */
  List<RelativePath> unreadableBelow(RelativePath directory);

  /** The root is gone or another one. */
  void rootGone();
}
