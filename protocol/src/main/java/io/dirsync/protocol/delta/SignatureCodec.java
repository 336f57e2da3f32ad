package io.dirsync.protocol.delta;

import io.dirsync.protocol.ProtocolException;
import java.nio.ByteBuffer;

/**
 * The form of a signature in bytes: version, logarithm of the block size, seed, content length;
 * then all weak sums, all strong hashes, all pieces, in big-endian order. How many there are
 * follows from the length, so that there is no count to lie with.
 */
final class SignatureCodec {
  static final int VERSION = 1;
  static final int HEADER_BYTES = 2 + 2 * Long.BYTES;

  private SignatureCodec() {}

  static byte[] encode(Signature signature) {
    int blocks = signature.blocks();
    int pieces = signature.pieces();
    ByteBuffer out = ByteBuffer.allocate(bytes(blocks, pieces));
    out.put((byte) VERSION);
    out.put((byte) Integer.numberOfTrailingZeros(signature.blockBytes()));
    out.putLong(signature.seed());
    out.putLong(signature.length());
    for (int i = 0; i < blocks; i++) {
      out.putInt(signature.weak(i));
    }
    for (int i = 0; i < blocks; i++) {
      out.putLong(signature.strong(i));
    }
    for (int i = 0; i < pieces; i++) {
      out.putInt(signature.piece(i));
    }
    return out.array();
  }

  static Signature decode(byte[] bytes) throws ProtocolException {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    if (bytes.length < HEADER_BYTES) {
      throw new ProtocolException("a signature ends too early");
    }
    int version = in.get();
    if (version != VERSION) {
      throw new ProtocolException("a signature of version " + version);
    }
    int shift = in.get();
    if (shift < Integer.numberOfTrailingZeros(BlockSize.SMALLEST_BYTES)
        || shift > Integer.numberOfTrailingZeros(BlockSize.MAX_BYTES)) {
      throw new ProtocolException("a signature with blocks of 2^" + shift + " bytes");
    }
    int blockBytes = 1 << shift;
    long seed = in.getLong();
    long length = in.getLong();
    if (length < 0 || length > (long) blockBytes * BlockSize.BLOCKS_MAX) {
      throw new ProtocolException("a signature of " + length + " bytes in blocks of " + blockBytes);
    }
    int blocks = BlockSize.count(length, blockBytes);
    int pieces = BlockSize.count(length, BlockSize.pieceBytes(blockBytes));
    if (bytes.length != bytes(blocks, pieces)) {
      throw new ProtocolException(
          "a signature of " + blocks + " blocks in " + bytes.length + " bytes");
    }
    int[] weak = new int[blocks];
    long[] strong = new long[blocks];
    int[] piece = new int[pieces];
    for (int i = 0; i < blocks; i++) {
      weak[i] = in.getInt();
    }
    for (int i = 0; i < blocks; i++) {
      strong[i] = in.getLong();
    }
    for (int i = 0; i < pieces; i++) {
      piece[i] = in.getInt();
    }
    return new Signature(length, blockBytes, seed, weak, strong, piece);
  }

  static int bytes(int blocks, int pieces) {
    return HEADER_BYTES + blocks * (Integer.BYTES + Long.BYTES) + pieces * Integer.BYTES;
  }
}
