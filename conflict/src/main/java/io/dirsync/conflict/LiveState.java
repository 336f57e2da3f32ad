package io.dirsync.conflict;

import io.dirsync.model.Dot;
import io.dirsync.model.LiveEntry;

/**
 * A live set and context that can change. One writer at a time; reads see the writes before them.
 */
public interface LiveState extends LiveView {
  /**
   * Whether the dot's write event is known: covered by the vector, live, or removed beyond the
   * vector.
   */
  boolean knows(Dot dot);

  /** Adds an entry, or replaces the one with the same dot. */
  void put(LiveEntry entry);

  /** Drops a live entry if it is there. */
  void remove(Dot dot);

  /** Notes a removed dot; nothing happens if the vector covers it. */
  void addBeyond(Dot dot);

  /**
   * Raises the vector so that it covers the dot and all before it, and drops what that makes
   * superfluous beyond it.
   */
  void cover(Dot dot);
}
