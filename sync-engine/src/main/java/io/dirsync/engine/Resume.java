package io.dirsync.engine;

/** How a halted folder goes on when its operator says so. */
public enum Resume {
  /** The root is out of date: the peers bring it up to date, and what they removed goes. */
  AS_STALE,
  /** What the root holds now is what its operator wants everywhere. */
  AS_TRUTH,
  /**
   * What the node remembers is not to be relied on, since a copy of the node has been writing too:
   * it begins with an empty database and compares its root with its peers.
   */
  AS_NEW
}
