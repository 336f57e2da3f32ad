package io.dirsync.engine.store;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Appends values to a byte array that grows. */
final class ByteWriter {
  private byte[] bytes = new byte[128];
  private int size;

  ByteWriter put(int value) {
    ensure(1);
    bytes[size++] = (byte) value;
    return this;
  }

  ByteWriter putRaw(byte[] value) {
    ensure(value.length);
    System.arraycopy(value, 0, bytes, size, value.length);
    size += value.length;
    return this;
  }

  /** Unsigned, seven bits a byte, the lowest first. */
  ByteWriter putVarint(long value) {
    long left = value;
    while ((left & ~0x7fL) != 0) {
      put((int) (left & 0x7f) | 0x80);
      left >>>= 7;
    }
    return put((int) left);
  }

  /** Small for numbers near zero of either sign. */
  ByteWriter putSigned(long value) {
    return putVarint((value << 1) ^ (value >> 63));
  }

  /** Eight bytes, the highest first, so that keys sort as numbers do. */
  ByteWriter putLong(long value) {
    ensure(8);
    for (int shift = 56; shift >= 0; shift -= 8) {
      bytes[size++] = (byte) (value >>> shift);
    }
    return this;
  }

  ByteWriter putBytes(byte[] value) {
    return putVarint(value.length).putRaw(value);
  }

  ByteWriter putText(String value) {
    return putBytes(value.getBytes(StandardCharsets.UTF_8));
  }

  byte[] toBytes() {
    return Arrays.copyOf(bytes, size);
  }

  private void ensure(int more) {
    if (bytes.length - size < more) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
    }
  }
}
