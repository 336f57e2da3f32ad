package io.dirsync.protocol.delta;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Makes a {@link Signature} of bytes that come by in order, in arrays of any length. Holds the
 * signature and one piece. Not for use by two threads.
 */
public final class SignatureBuilder {
  private final long length;
  private final int blockBytes;
  private final int pieceBytes;
  private final long seed;
  private final @Nullable Signature former;
  private final StrongHash hash;
  private final int[] weak;
  private final long[] strong;
  private final int[] pieces;
  private final byte[] piece;

  /** The end of what this one takes. */
  private final long end;

  private long at;
  private int inPiece;
  private int sum;
  private boolean tooLong;

  /**
   * @param length how many bytes will come, from zero to {@link BlockSize#LENGTH_MAX}
   * @param minBlockBytes as {@link BlockSize#forLength} takes it
   * @param seed anything that those who make the content cannot foresee
   * @param former of what the content was made of, if that is known: its seed is taken in the place
   *     of the other, so that the two can be compared, and what has not changed need not be looked
   *     at
   * @throws IllegalArgumentException if the length or block size is out of bounds
   */
  public SignatureBuilder(long length, int minBlockBytes, long seed, @Nullable Signature former) {
    this.length = length;
    this.former = former;
    this.seed = former == null ? seed : former.seed();
    this.blockBytes = BlockSize.forLength(length, minBlockBytes);
    this.pieceBytes = BlockSize.pieceBytes(blockBytes);
    this.hash = new StrongHash(this.seed, pieceBytes);
    this.weak = new int[BlockSize.count(length, blockBytes)];
    this.strong = new long[weak.length];
    this.pieces = new int[BlockSize.count(length, pieceBytes)];
    this.piece = new byte[pieceBytes];
    this.end = length;
  }

  private SignatureBuilder(SignatureBuilder whole, long from, long to) {
    this.length = whole.length;
    this.seed = whole.seed;
    this.former = whole.former;
    this.blockBytes = whole.blockBytes;
    this.pieceBytes = whole.pieceBytes;
    this.hash = new StrongHash(seed, pieceBytes);
    this.weak = whole.weak;
    this.strong = whole.strong;
    this.pieces = whole.pieces;
    this.piece = new byte[pieceBytes];
    this.at = from;
    this.end = to;
  }

  public int blockBytes() {
    return blockBytes;
  }

  /**
   * Takes a part of the content, so that threads can share the work: each has a builder of its own,
   * is told to {@link #end}, and what it finds becomes part of this one, which takes no bytes then.
   *
   * @param from a multiple of {@link #blockBytes}
   * @param to one as well, or the length
   */
  public SignatureBuilder section(long from, long to) {
    if (from % blockBytes != 0 || (to % blockBytes != 0 && to != length) || to > length) {
      throw new IllegalArgumentException("no section from " + from + " to " + to);
    }
    return new SignatureBuilder(this, from, to);
  }

  /**
   * Takes bytes that stand at the same place of the former content, if it is known, and they are
   * whole blocks of both.
   *
   * @return whether they were taken; else they have to be given to {@link #update}
   */
  public boolean unchanged(int count) {
    if (former == null
        || former.blockBytes() != blockBytes
        || inPiece > 0
        || at % blockBytes != 0
        || count % blockBytes != 0
        || count > Math.min(end, former.length()) - at) {
      return false;
    }
    former.copy((int) (at / blockBytes), count / blockBytes, weak, strong, pieces);
    at += count;
    return true;
  }

  public void update(byte[] bytes, int from, int count) {
    if (tooLong || count > end - at - inPiece) {
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
    end();
    return tooLong || at != length
        ? Optional.empty()
        : Optional.of(new Signature(length, blockBytes, seed, weak, strong, pieces));
  }

  /** Sections have taken all of the content, and have ended. */
  public void join() {
    at = length;
  }

  /** No more bytes will come. */
  public void end() {
    if (inPiece > 0) {
      take(piece, 0, inPiece);
      inPiece = 0;
    }
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
