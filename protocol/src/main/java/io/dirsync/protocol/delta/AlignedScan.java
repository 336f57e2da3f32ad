package io.dirsync.protocol.delta;

import java.io.IOException;
import java.util.BitSet;

/**
 * The first pass: compares each block at its own offset, and the pieces of blocks that differ.
 * Catches what was written in place or appended, at the speed of memory.
 */
final class AlignedScan {
  /** Read at once; larger reads leave the processor's cache. */
  private static final int READ_BYTES = 128 << 10;

  /**
   * A lone piece with the hash of its counterpart may be so by chance, once in 2^32; two in one
   * block are not.
   */
  private static final int PIECES_MIN = 2;

  private AlignedScan() {}

  /** The pieces that stand in the content where they stand in the basis. */
  static BitSet pieces(Signature signature, ReadAt content, long length) throws IOException {
    int pieceBytes = signature.pieceBytes();
    int blockBytes = signature.blockBytes();
    int perBlock = blockBytes / pieceBytes;
    StrongHash hash = new StrongHash(signature.seed(), pieceBytes);
    BitSet same = new BitSet(signature.pieces());
    byte[] buffer = new byte[Math.max(READ_BYTES, pieceBytes)];
    int perRead = buffer.length / pieceBytes;
    BitSet inBlock = new BitSet(perBlock);
    int comparable = comparable(signature, length);
    for (int first = 0; first < comparable; first += perRead) {
      int last = Math.min(comparable, first + perRead) - 1;
      long offset = (long) first * pieceBytes;
      int count = (last - first) * pieceBytes + signature.pieceLength(last);
      content.readFully(offset, buffer, 0, count);
      for (int piece = first; piece <= last; piece++) {
        long value = hash.piece(buffer, (piece - first) * pieceBytes, signature.pieceLength(piece));
        hash.add(value);
        inBlock.set(piece % perBlock, (int) value == signature.piece(piece));
        if ((piece + 1) % perBlock == 0 || piece == comparable - 1) {
          int block = piece / perBlock;
          int from = block * perBlock;
          // A block that the content ends in cannot be equal as a whole, but its pieces can.
          boolean whole = hash.join() == signature.strong(block);
          if (whole) {
            same.set(from, piece + 1);
          } else if (inBlock.cardinality() >= PIECES_MIN) {
            for (int i = inBlock.nextSetBit(0); i >= 0; i = inBlock.nextSetBit(i + 1)) {
              same.set(from + i);
            }
          }
          inBlock.clear();
        }
      }
    }
    return same;
  }

  /** How many pieces of the basis have a counterpart of their length in the content. */
  private static int comparable(Signature signature, long length) {
    return length >= signature.length()
        ? signature.pieces()
        : Math.toIntExact(length / signature.pieceBytes());
  }
}
