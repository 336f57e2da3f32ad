package io.dirsync.model;

import java.nio.ByteBuffer;
import java.util.HexFormat;

/**
 * The name of a file's bytes: SHA-256 over the SHA-256 digests of the content's {@link #LEAF_BYTES}
 * leaves, in order, followed by the content's length as eight bytes, big endian. The empty content
 * has no leaves. Equal hashes are taken to mean equal bytes.
 */
public record ContentHash(long first, long second, long third, long fourth) {
  public static final int BYTES = 32;

  /** The length of every leaf but the last, which may be shorter. */
  public static final int LEAF_BYTES = 128 * 1024;

  /**
   * @throws IllegalArgumentException if it is not {@value #BYTES} bytes long
   */
  public static ContentHash of(byte[] digest) {
    if (digest.length != BYTES) {
      throw new IllegalArgumentException("a content hash has 32 bytes, not " + digest.length);
    }
    ByteBuffer buffer = ByteBuffer.wrap(digest);
    return new ContentHash(buffer.getLong(), buffer.getLong(), buffer.getLong(), buffer.getLong());
  }

  public byte[] bytes() {
    ByteBuffer buffer = ByteBuffer.allocate(BYTES);
    buffer.putLong(first).putLong(second).putLong(third).putLong(fourth);
    return buffer.array();
  }

  @Override
  public String toString() {
    return HexFormat.of().formatHex(bytes());
  }
}
