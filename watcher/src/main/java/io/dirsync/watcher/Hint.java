package io.dirsync.watcher;

/**
 * What a watcher has noticed. Paths are bytes below the root, components joined by {@code /}, empty
 * for the root.
 */
public sealed interface Hint {
  /**
   * Something at this path may have changed: content in progress, attributes, creation or removal.
   */
  record Touched(byte[] path) implements Hint {}

  /** A file that was open for writing was closed: its content is complete for now. */
  record Closed(byte[] path) implements Hint {}

  /**
   * What stood at one path stands at the other: a file, or a whole directory, already watched
   * there. A directory has to be listed with everything below it all the same: what happened in it
   * just before gave hints with the old path, where nothing was to be seen any more.
   */
  record Moved(byte[] from, byte[] to, boolean directory) implements Hint {}

  /**
   * A directory appeared or its content is in doubt: list it and everything below. It is watched by
   * now.
   */
  record Rescan(byte[] directory) implements Hint {}

  /** Hints were lost: list everything. */
  record Overflow() implements Hint {}

  /** The root itself was removed, moved or unmounted. No further hints come. */
  record RootGone() implements Hint {}
}
