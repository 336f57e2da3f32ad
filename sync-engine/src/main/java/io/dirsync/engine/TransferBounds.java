package io.dirsync.engine;

import io.dirsync.protocol.Limits;
import io.dirsync.protocol.delta.BlockSize;

/**
 * Which contents are sent in which way, and how much of all is in memory at once. Others than
 * {@link #USUAL} are for simulations, in which contents are tiny and directories have few files.
 *
 * @param inlineBytesMax contents up to this size ride along with their events
 * @param deltaBytesMin contents from this size on are sent as what has changed in them
 * @param blockBytesMin the smallest block in which that is found, as {@link BlockSize#forLength}
 *     takes it
 * @param resumeBytesMin what has come of contents from this size on is kept when the transfer is
 *     cut
 * @param rangeBytes how much of a content is asked for at once, 1 to {@link Limits#FETCH_BYTES_MAX}
 * @param recentBytes how much of the small contents that were read or came last stays in memory,
 *     per folder; usually more than sessions let come unused, and what is on its way then
 * @param treePathsMax how many paths of a directory that has moved are reported in one go, and
 *     renamed in one step, four or more: each takes memory until it is recorded
 */
public record TransferBounds(
    int inlineBytesMax,
    long deltaBytesMin,
    int blockBytesMin,
    long resumeBytesMin,
    long rangeBytes,
    long recentBytes,
    int treePathsMax) {
  /** What does not ride along and is more than a few blocks is worth a question. */
  public static final TransferBounds USUAL =
      new TransferBounds(
          Limits.INLINE_BYTES_MAX,
          Limits.INLINE_BYTES_MAX,
          BlockSize.MIN_BYTES,
          8L << 20,
          2L << 20,
          12L << 20,
          20_000);
}
