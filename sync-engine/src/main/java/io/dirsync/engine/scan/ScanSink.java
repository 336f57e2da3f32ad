package io.dirsync.engine.scan;

import io.dirsync.model.RelativePath;

/** Where a scanner's findings go. Called from several threads. */
public interface ScanSink {
  /**
   * Takes an observation in.
   *
   * @param verdict called exactly once, when the observation is in the log (true), or says nothing
   *     any more and the path wants another look (false)
   */
  void observed(Observation observation, Verdict verdict);

  /** The answer to an observation. */
  interface Verdict {
    void taken(boolean done);
  }

  /** A path cannot be read; what is known of it stays. */
  void unreadable(RelativePath path, String reason);

  /** A path that was unreadable can be read again, or is gone. */
  void readable(RelativePath path);

  /** The root is gone or another one. */
  void rootGone();
}
