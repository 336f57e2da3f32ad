package io.dirsync.protocol.delta;

import java.util.Optional;

/**
 * Makes a {@link Signature} of bytes that come by in order, in arrays of any length. Holds the
 * signature and one piece. Not for use by two threads.
 */
public final class SignatureBuilder {
  private final long length;
  private final int blockBytes;
  private final int pieceBytes;
  private final long seed;
  private final StrongHash hash;
  private final int[] weak;
  private final long[] strong;
  private final int[] pieces;
  private final byte[] piece;

  private long at;
  private int inPiece;
  private int sum;
  private boolean tooLong;

  /**
   * @param length how many bytes will come, from zero to {@link BlockSize#LENGTH_MAX}
   * @param minBlockBytes as {@link BlockSize#forLength} takes it
   * @param seed anything that those who make the content cannot foresee
   * @throws IllegalArgumentException if the length or block size is out of bounds
   */
  public SignatureBuilder(long length, int minBlockBytes, long seed) {
    this.length = length;
    this.seed = seed;
    this.blockBytes = BlockSize.forLength(length, minBlockBytes);
    this.pieceBytes = BlockSize.pieceBytes(blockBytes);
    this.hash = new StrongHash(seed, pieceBytes);
    this.weak = new int[BlockSize.count(length, blockBytes)];
    this.strong = new long[weak.length];
    this.pieces = new int[BlockSize.count(length, pieceBytes)];
    this.piece = new byte[pieceBytes];
  }

  public void update(byte[] bytes, int from, int count) {
    if (tooLong || count > length - at) {
      tooLong = true;
      return;
    }
    int next = from;
    int left = count;
    while (left > 0) {
      int step = Math.min(left, pieceBytes - inPiece);
      if (step == pieceBytes) {
        take(bytes, next, step);
      } else {
        System.arraycopy(bytes, next, piece, inPiece, step);
        inPiece += step;
        if (inPiece == pieceBytes) {
          inPiece = 0;
          take(piece, 0, pieceBytes);
        }
      }
      next += step;
      left -= step;
    }
  }

  /**
   * The signature of all bytes given; the builder is then done.
   *
   * @return empty if there were more or fewer bytes than announced: the content changed meanwhile
   */
  public Optional<Signature> finish() {
    if (tooLong || at + inPiece != length) {
      return Optional.empty();
    }
    if (inPiece > 0) {
      take(piece, 0, inPiece);
      inPiece = 0;
    }
    return Optional.of(new Signature(length, blockBytes, seed, weak, strong, pieces));
  }

  private void take(byte[] bytes, int from, int count) {
    long value = hash.piece(bytes, from, count);
    pieces[(int) (at / pieceBytes)] = (int) value;
    hash.add(value);
    sum = RollingChecksum.extend(sum, bytes, from, count);
    int block = (int) (at / blockBytes);
    at += count;
    if (at % blockBytes == 0 || at == length) {
      weak[block] = sum;
      strong[block] = hash.join();
      sum = 0;
    }
  }
}
