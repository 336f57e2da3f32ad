package io.dirsync.model;

import java.util.Arrays;

/**
 * Where a symbolic link points: bytes as the file system keeps them, one to {@value #BYTES_MAX},
 * without NUL.
 */
public final class LinkTarget {
  public static final int BYTES_MAX = 4095;

  private final byte[] bytes;

  private LinkTarget(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * @param bytes copied
   * @throws IllegalArgumentException if they are none, too many, or have a NUL
   */
  public static LinkTarget of(byte[] bytes) {
    if (bytes.length == 0 || bytes.length > BYTES_MAX) {
      throw new IllegalArgumentException("a link target has 1 to " + BYTES_MAX + " bytes");
    }
    for (byte b : bytes) {
      if (b == 0) {
        throw new IllegalArgumentException("a link target has no NUL");
      }
    }
    return new LinkTarget(bytes.clone());
  }

  public byte[] bytes() {
    return bytes.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LinkTarget target && Arrays.equals(bytes, target.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return EscapedBytes.escape(bytes);
  }
}
