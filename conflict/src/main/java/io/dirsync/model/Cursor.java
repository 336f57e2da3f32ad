package io.dirsync.model;

/**
 * How far a log has been read.
 *
 * @param sequence the last entry that was read; zero if none was
 * @param epoch the {@link LogEpochs.Epoch#id} under which that entry was written; zero if that is
 *     not known
 */
public record Cursor(long sequence, long epoch) {
  /** Nothing has been read. */
  public static final Cursor START = new Cursor(0, 0);
}
