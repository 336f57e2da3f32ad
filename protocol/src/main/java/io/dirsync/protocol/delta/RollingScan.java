package io.dirsync.protocol.delta;

import java.io.IOException;

/**
 * The second pass: looks for blocks at any offset within a stretch where the first found nothing.
 * Holds two blocks and {@link #READ_BYTES} of the content. What follows and precedes a block that
 * was found is compared piece by piece with what follows and precedes it in the basis.
 */
final class RollingScan {
  private static final int READ_BYTES = 128 << 10;

  /** What is looked at in vain may cost this much, and twice as much again as the content. */
  private static final long WASTE_BYTES = 64L << 20;

  /** What a look at a block's weak sum costs, as bytes that are hashed. */
  private static final int STEP_BYTES = 16;

  private final Signature signature;
  private final ReadAt content;
  private final Ops ops;
  private final BlockIndex index;
  private final StrongHash hash;
  private final int blockBytes;
  private final int pieceBytes;
  private final int outFactor;
  private final byte[] window;
  private long wasteLeft;

  private long windowStart;
  private int windowBytes;
  private long stretchEnd;
  private int sum;

  /** Blocks agree in their weak sums and differ, again and again. */
  static final class TooManyCollisionsException extends Exception {
    private static final long serialVersionUID = 1;

    TooManyCollisionsException(String message) {
      super(message);
    }
  }

  RollingScan(Signature signature, ReadAt content, long length, Ops ops) {
    this.signature = signature;
    this.content = content;
    this.ops = ops;
    this.index = new BlockIndex(signature);
    this.blockBytes = signature.blockBytes();
    this.pieceBytes = signature.pieceBytes();
    this.hash = new StrongHash(signature.seed(), pieceBytes);
    this.outFactor = RollingChecksum.outFactor(blockBytes);
    this.window = new byte[2 * blockBytes + READ_BYTES];
    this.wasteLeft = WASTE_BYTES + 2 * Math.min(length, BlockSize.LENGTH_MAX);
  }

  /** Adds what is found from {@code start} to {@code end} to the ops. */
  void scan(long start, long end)
      throws IOException, Ops.TooManyException, TooManyCollisionsException {
    stretchEnd = end;
    windowStart = start;
    windowBytes = 0;
    long at = start;
    while (end - at >= blockBytes) {
      load(at);
      sum = RollingChecksum.of(window, (int) (at - windowStart), blockBytes);
      at = roll(at);
    }
  }

  /** Moves on from a position whose sum is known, to behind the next match or to the end. */
  private long roll(long start)
      throws IOException, Ops.TooManyException, TooManyCollisionsException {
    long at = start;
    while (true) {
      int from = (int) (at - windowStart);
      int limit = windowBytes - blockBytes;
      int hit = next(from, limit);
      at = windowStart + hit;
      if (index.maybe(sum)) {
        int block = match(hit);
        if (block != BlockIndex.NONE) {
          return take(at, block);
        }
      }
      if (stretchEnd - at == blockBytes) {
        return stretchEnd;
      }
      if (hit == limit) {
        load(at);
      }
      int i = (int) (at - windowStart);
      sum = RollingChecksum.roll(sum, outFactor, window[i], window[i + blockBytes]);
      at++;
    }
  }

  /** The first index from {@code from} on whose sum the bitmap knows, or {@code limit}. */
  private int next(int from, int limit) {
    byte[] bytes = window;
    int[] bits = index.bits();
    int shift = index.bitShift();
    int mask = bits.length - 1;
    int size = blockBytes;
    int factor = outFactor;
    int s = sum;
    int i = from;
    for (; i < limit; i++) {
      int bit = s >>> shift;
      if (((bits[(bit >>> 5) & mask] >>> bit) & 1) != 0) {
        break;
      }
      s = RollingChecksum.roll(s, factor, bytes[i], bytes[i + size]);
    }
    sum = s;
    return i;
  }

  private int match(int from) throws TooManyCollisionsException {
    int looked = index.look(sum);
    if (looked < 0) {
      waste(~looked * STEP_BYTES);
      return BlockIndex.NONE;
    }
    int block = index.find(sum, hash.block(window, from, blockBytes));
    if (block == BlockIndex.NONE) {
      waste(blockBytes + BlockIndex.CANDIDATES_MAX * STEP_BYTES);
    }
    return block;
  }

  private void waste(int bytes) throws TooManyCollisionsException {
    wasteLeft -= bytes;
    if (wasteLeft < 0) {
      throw new TooManyCollisionsException("too many blocks share their weak sums");
    }
  }

  /** Adds a match and what continues it on both sides; returns where it ends. */
  private long take(long found, int block) throws IOException, Ops.TooManyException {
    long start = found;
    int piece = block * (blockBytes / pieceBytes);
    long before = Math.max(ops.end(), windowStart);
    while (piece > 0 && start - pieceBytes >= before && samePiece(start - pieceBytes, piece - 1)) {
      start -= pieceBytes;
      piece--;
    }
    ops.copy(start, (long) piece * pieceBytes, found - start + blockBytes);
    return follow(found + blockBytes, block + 1);
  }

  /** From the end of a match on, takes the blocks that follow in the basis while they are here. */
  private long follow(long from, int firstBlock) throws IOException, Ops.TooManyException {
    long at = from;
    for (int block = firstBlock; block < signature.blocks(); block++) {
      long basisOffset = (long) block * blockBytes;
      int length = (int) Math.min(blockBytes, signature.length() - basisOffset);
      load(at);
      if (length > stretchEnd - at
          || hash.block(window, (int) (at - windowStart), length) != signature.strong(block)) {
        return followPieces(at, block);
      }
      ops.copy(at, basisOffset, length);
      at += length;
    }
    return at;
  }

  private long followPieces(long from, int block) throws Ops.TooManyException {
    int piece = block * (blockBytes / pieceBytes);
    long at = from;
    while (piece < signature.pieces() && samePiece(at, piece)) {
      int length = signature.pieceLength(piece);
      ops.copy(at, (long) piece * pieceBytes, length);
      at += length;
      piece++;
    }
    return at;
  }

  private boolean samePiece(long at, int piece) {
    int from = (int) (at - windowStart);
    int length = signature.pieceLength(piece);
    return from + length <= windowBytes
        && (int) hash.piece(window, from, length) == signature.piece(piece);
  }

  /**
   * Sees to it that the window holds a block and the byte behind it from here on, or all up to the
   * stretch's end, and as much of the block before as it held.
   */
  private void load(long at) throws IOException {
    long loaded = windowStart + windowBytes;
    if (loaded == stretchEnd || loaded - at > blockBytes) {
      return;
    }
    int drop = (int) Math.max(0, at - blockBytes - windowStart);
    System.arraycopy(window, drop, window, 0, windowBytes - drop);
    windowStart += drop;
    windowBytes -= drop;
    while (windowStart + windowBytes < stretchEnd && windowBytes < window.length) {
      long next = windowStart + windowBytes;
      int step =
          (int) Math.min(READ_BYTES, Math.min(window.length - windowBytes, stretchEnd - next));
      content.readFully(next, window, windowBytes, step);
      windowBytes += step;
    }
  }
}
