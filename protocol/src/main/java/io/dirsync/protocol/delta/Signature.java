package io.dirsync.protocol.delta;

import io.dirsync.protocol.ProtocolException;

/**
 * What is known of a content without having it: of each block a weak sum and a strong hash, of each
 * piece of a block the lower half of its hash. Immutable.
 */
public final class Signature {
  /** What {@link #encode} makes at most: about 2.4 MiB, whatever the content's length. */
  public static final int ENCODED_BYTES_MAX =
      SignatureCodec.HEADER_BYTES
          + BlockSize.BLOCKS_MAX
              * (Integer.BYTES + Long.BYTES + BlockSize.PIECES_MAX * Integer.BYTES);

  private final long length;
  private final int blockBytes;
  private final long seed;
  private final int[] weak;
  private final long[] strong;
  private final int[] pieces;

  Signature(long length, int blockBytes, long seed, int[] weak, long[] strong, int[] pieces) {
    this.length = length;
    this.blockBytes = blockBytes;
    this.seed = seed;
    this.weak = weak;
    this.strong = strong;
    this.pieces = pieces;
  }

  /**
   * Takes a signature apart that a peer sent or a store kept.
   *
   * @throws ProtocolException if it is not exactly what {@link #encode} makes
   */
  public static Signature decode(byte[] bytes) throws ProtocolException {
    return SignatureCodec.decode(bytes);
  }

  /** The compact form; equal signatures have equal forms. */
  public byte[] encode() {
    return SignatureCodec.encode(this);
  }

  /** How long {@link #encode}'s form is. */
  public int encodedBytes() {
    return SignatureCodec.bytes(weak.length, pieces.length);
  }

  /** The content's length in bytes. */
  public long length() {
    return length;
  }

  public int blockBytes() {
    return blockBytes;
  }

  int pieceBytes() {
    return BlockSize.pieceBytes(blockBytes);
  }

  long seed() {
    return seed;
  }

  int blocks() {
    return weak.length;
  }

  int pieces() {
    return pieces.length;
  }

  int weak(int block) {
    return weak[block];
  }

  long strong(int block) {
    return strong[block];
  }

  /** Of a piece, counted through the whole content. */
  int piece(int index) {
    return pieces[index];
  }

  /** Copies what is known of some whole blocks to the same places. */
  void copy(int block, int count, int[] intoWeak, long[] intoStrong, int[] intoPieces) {
    int perBlock = blockBytes / pieceBytes();
    System.arraycopy(weak, block, intoWeak, block, count);
    System.arraycopy(strong, block, intoStrong, block, count);
    System.arraycopy(pieces, block * perBlock, intoPieces, block * perBlock, count * perBlock);
  }

  /** The length of a piece; only the content's last may be shorter than the others. */
  int pieceLength(int index) {
    return (int) Math.min(pieceBytes(), length - (long) index * pieceBytes());
  }
}
