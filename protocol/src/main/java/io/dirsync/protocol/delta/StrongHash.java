package io.dirsync.protocol.delta;

import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;

/**
 * Decides whether two blocks are equal: XXH3 with 64 bits and a secret seed over each piece, and
 * again over the hashes of a block's pieces, so that one pass over the bytes serves both.
 *
 * <p>It need not be cryptographic. A wrong match makes a content whose content hash does not fit,
 * which is then fetched whole: it costs time, never data. By chance that happens once in 2^64
 * comparisons. That nobody can prepare a file in which blocks collide, to make all its transfers
 * slow, is the seed's doing: whoever makes the content does not learn it, for only the nodes that
 * hold the content see it. SHA-256 would be six times as slow and decide nothing that the content
 * hash does not decide again.
 *
 * <p>The versions of one file share a seed, for as long as the node that reads them remembers the
 * one before. It stays secret enough: a version shows nothing of it but, by the time that its
 * transfer takes, whether blocks collided, and that takes some 2^32 guesses. Whoever has found such
 * blocks can make transfers of that file slow, and of no other that was not copied from it; who
 * changes all of the file has the same without guessing.
 */
final class StrongHash {
  private final Hasher64 hasher;
  private final int pieceBytes;
  private final long[] pieces = new long[BlockSize.PIECES_MAX];
  private final byte[] joined = new byte[BlockSize.PIECES_MAX * Long.BYTES];
  private int count;

  StrongHash(long seed, int pieceBytes) {
    this.hasher = Hashing.xxh3_64(seed);
    this.pieceBytes = pieceBytes;
  }

  /** The hash of one piece, of which a signature keeps the lower half. */
  long piece(byte[] bytes, int from, int length) {
    return hasher.hashBytesToLong(bytes, from, length);
  }

  /** The hash of a block; those of its pieces can be asked for until the next. */
  long block(byte[] bytes, int from, int length) {
    count = 0;
    for (int at = 0; at < length; at += pieceBytes) {
      add(piece(bytes, from + at, Math.min(pieceBytes, length - at)));
    }
    return join();
  }

  /** Adds the hash of the next piece of a block that comes by piece by piece. */
  void add(long piece) {
    pieces[count++] = piece;
  }

  /** The hash of the block whose pieces were added; the next piece begins another block. */
  long join() {
    for (int i = 0; i < count; i++) {
      long value = pieces[i];
      for (int j = 0; j < Long.BYTES; j++) {
        joined[i * Long.BYTES + j] = (byte) (value >>> (Byte.SIZE * j));
      }
    }
    long hash = hasher.hashBytesToLong(joined, 0, count * Long.BYTES);
    count = 0;
    return hash;
  }

  /** What a signature keeps of a piece of the block hashed last. */
  int lastPiece(int index) {
    return (int) pieces[index];
  }
}
