package io.dirsync.protocol.delta;

import java.io.IOException;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * The first pass: compares each block at its own offset, and the pieces of blocks that differ.
 * Catches what was written in place or appended, at the speed of memory; and where the content's
 * own signature is at hand, without reading the content.
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

  /**
   * The pieces that stand in the content where they stand in the basis.
   *
   * @param own the content's signature; null if it is not known
   */
  static BitSet pieces(Signature basis, @Nullable Signature own, ReadAt content, long length)
      throws IOException {
    BitSet same = new BitSet(basis.pieces());
    int compared = own != null && isComparable(basis, own, length) ? compare(basis, own, same) : 0;
    read(basis, content, length, compared, same);
    return same;
  }

  /** Hashes of pieces tell something only if they were made in the same way. */
  private static boolean isComparable(Signature basis, Signature own, long length) {
    return own.length() == length
        && own.seed() == basis.seed()
        && own.pieceBytes() == basis.pieceBytes();
  }

  /**
   * Compares the blocks of the basis that are whole in both: all their pieces have the same length.
   * The content's own blocks may be others, as one that grows has larger ones.
   *
   * @return how many pieces were compared
   */
  private static int compare(Signature basis, Signature own, BitSet same) {
    int perBlock = basis.blockBytes() / basis.pieceBytes();
    int blocks = (int) (Math.min(basis.length(), own.length()) / basis.blockBytes());
    boolean sameBlocks = own.blockBytes() == basis.blockBytes();
    BitSet inBlock = new BitSet(perBlock);
    for (int block = 0; block < blocks; block++) {
      int from = block * perBlock;
      if (sameBlocks && own.strong(block) == basis.strong(block)) {
        same.set(from, from + perBlock);
        continue;
      }
      inBlock.clear();
      for (int i = 0; i < perBlock; i++) {
        inBlock.set(i, own.piece(from + i) == basis.piece(from + i));
      }
      add(inBlock, from, same);
    }
    return blocks * perBlock;
  }

  /** Adds those of a block that is not known to be equal as a whole. */
  private static void add(BitSet inBlock, int from, BitSet same) {
    if (inBlock.cardinality() >= PIECES_MIN) {
      for (int i = inBlock.nextSetBit(0); i >= 0; i = inBlock.nextSetBit(i + 1)) {
        same.set(from + i);
      }
    }
  }

  /** Reads the content from a piece on, the first of a block, and compares. */
  private static void read(Signature signature, ReadAt content, long length, int start, BitSet same)
      throws IOException {
    int pieceBytes = signature.pieceBytes();
    int blockBytes = signature.blockBytes();
    int perBlock = blockBytes / pieceBytes;
    StrongHash hash = new StrongHash(signature.seed(), pieceBytes);
    byte[] buffer = new byte[Math.max(READ_BYTES, pieceBytes)];
    int perRead = buffer.length / pieceBytes;
    BitSet inBlock = new BitSet(perBlock);
    int comparable = comparable(signature, length);
    for (int first = start; first < comparable; first += perRead) {
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
          } else {
            add(inBlock, from, same);
          }
          inBlock.clear();
        }
      }
    }
  }

  /** How many pieces of the basis have a counterpart of their length in the content. */
  private static int comparable(Signature signature, long length) {
    return length >= signature.length()
        ? signature.pieces()
        : Math.toIntExact(length / signature.pieceBytes());
  }
}
