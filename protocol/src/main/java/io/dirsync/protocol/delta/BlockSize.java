package io.dirsync.protocol.delta;

/**
 * How a content is cut for a {@link Signature}: into blocks, which are searched for at any offset,
 * and each block into pieces, which are looked at only where a block is expected.
 */
public final class BlockSize {
  /** Smaller blocks would make the signature, not the literals, the bulk of what is sent. */
  public static final int MIN_BYTES = 16 << 10;

  /** What can be worked with at all; so small only where contents are, in simulations. */
  public static final int SMALLEST_BYTES = 4;

  /** The matcher holds a little over two blocks in memory. */
  public static final int MAX_BYTES = 16 << 20;

  /** Bounds a signature to {@link Signature#ENCODED_BYTES_MAX}; blocks grow from here on. */
  public static final int BLOCKS_MAX = 1 << 15;

  /**
   * The smallest piece of a block that is larger: a page, which is the least that a file system or
   * database writes.
   */
  public static final int PIECE_BYTES_MIN = 4 << 10;

  /** Pieces in a block, at most. */
  public static final int PIECES_MAX = 16;

  /** Longer contents have no signature and are sent whole. */
  public static final long LENGTH_MAX = (long) BLOCKS_MAX * MAX_BYTES;

  private BlockSize() {}

  /**
   * Returns the smallest block size that keeps to {@link #BLOCKS_MAX} blocks.
   *
   * @param lengthBytes from zero to {@link #LENGTH_MAX}
   * @param minBytes a power of two from {@link #SMALLEST_BYTES} to {@link #MAX_BYTES}; {@link
   *     #MIN_BYTES} as a rule
   * @return a power of two from {@code minBytes} to {@link #MAX_BYTES}
   * @throws IllegalArgumentException if one is out of bounds
   */
  public static int forLength(long lengthBytes, int minBytes) {
    if (lengthBytes < 0 || lengthBytes > LENGTH_MAX) {
      throw new IllegalArgumentException("no block size for a length of " + lengthBytes);
    }
    if (minBytes < SMALLEST_BYTES || minBytes > MAX_BYTES || Integer.bitCount(minBytes) != 1) {
      throw new IllegalArgumentException("no block size: " + minBytes);
    }
    int size = minBytes;
    while ((long) size * BLOCKS_MAX < lengthBytes) {
      size <<= 1;
    }
    return size;
  }

  /** The size of the pieces of a block of this size, in bytes. */
  static int pieceBytes(int blockBytes) {
    return Math.min(blockBytes, Math.max(PIECE_BYTES_MIN, blockBytes / PIECES_MAX));
  }

  /** How many parts of this size a length has, the last of them perhaps shorter. */
  public static int count(long lengthBytes, int partBytes) {
    return Math.toIntExact(lengthBytes / partBytes + (lengthBytes % partBytes == 0 ? 0 : 1));
  }
}
