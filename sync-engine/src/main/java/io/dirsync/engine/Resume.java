package io.dirsync.engine;

/** How a folder goes on whose root was restored from an older copy. */
public enum Resume {
  /** The root is out of date: the peers bring it up to date, and what they removed goes. */
  AS_STALE,
  /** What the root holds now is what its operator wants everywhere. */
  AS_TRUTH
}
