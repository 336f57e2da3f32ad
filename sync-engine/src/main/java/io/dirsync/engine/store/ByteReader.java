package io.dirsync.engine.store;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Takes a row's key or value apart. Whatever does not fit its bounds is an {@link
 * IllegalArgumentException}, which {@link StoreCodec} reports as a damaged row.
 */
final class ByteReader {
  private final byte[] bytes;
  private int position;

  ByteReader(byte[] bytes, int position) {
    this.bytes = bytes;
    this.position = position;
  }

  int position() {
    return position;
  }

  int u8() {
    need(1);
    return bytes[position++] & 0xff;
  }

  long u64() {
    need(Long.BYTES);
    long value = ByteBuffer.wrap(bytes).getLong(position);
    position += Long.BYTES;
    return value;
  }

  long varint() {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      int b = u8();
      value |= (long) (b & 0x7f) << shift;
      if ((b & 0x80) == 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("a number has more than ten bytes");
  }

  /** How many items follow, each of at least one byte. */
  int count() {
    long count = varint();
    if (count < 0 || count > remaining()) {
      throw new IllegalArgumentException("it announces more than it holds");
    }
    return (int) count;
  }

  byte[] raw(int length) {
    need(length);
    byte[] value = Arrays.copyOfRange(bytes, position, position + length);
    position += length;
    return value;
  }

  byte[] sized() {
    return raw(count());
  }

  String text() {
    return new String(sized(), StandardCharsets.UTF_8);
  }

  byte[] rest() {
    return raw(remaining());
  }

  void end() {
    if (remaining() != 0) {
      throw new IllegalArgumentException("it has " + remaining() + " bytes too many");
    }
  }

  private int remaining() {
    return bytes.length - position;
  }

  private void need(int length) {
    if (remaining() < length) {
      throw new IllegalArgumentException("it ends too early");
    }
  }
}
