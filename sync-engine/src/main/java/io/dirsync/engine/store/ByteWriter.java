package io.dirsync.engine.store;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Puts a row's key or value together. Grows as needed; numbers stand in big-endian order. */
final class ByteWriter {
  private byte[] bytes;
  private int length;

  ByteWriter() {
    this(192);
  }

  ByteWriter(int expectedBytes) {
    bytes = new byte[expectedBytes];
  }

  ByteWriter u8(int value) {
    grow(1);
    bytes[length++] = (byte) value;
    return this;
  }

  ByteWriter u64(long value) {
    grow(Long.BYTES);
    ByteBuffer.wrap(bytes).putLong(length, value);
    length += Long.BYTES;
    return this;
  }

  /** Seven bits to a byte, lowest first; one to ten bytes, short for small numbers from zero up. */
  ByteWriter varint(long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      u8((int) (rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    return u8((int) rest);
  }

  ByteWriter raw(byte[] value) {
    grow(value.length);
    System.arraycopy(value, 0, bytes, length, value.length);
    length += value.length;
    return this;
  }

  ByteWriter sized(byte[] value) {
    return varint(value.length).raw(value);
  }

  ByteWriter text(String value) {
    return sized(value.getBytes(StandardCharsets.UTF_8));
  }

  byte[] toByteArray() {
    return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
  }

  private void grow(int more) {
    if (bytes.length - length < more) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
    }
  }
}
