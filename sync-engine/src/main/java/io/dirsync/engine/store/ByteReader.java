package io.dirsync.engine.store;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads what a {@link ByteWriter} wrote. Bytes that end too early are an {@link
 * IllegalStateException}.
 */
final class ByteReader {
  private final byte[] bytes;
  private int at;

  ByteReader(byte[] bytes, int from) {
    this.bytes = bytes;
    this.at = from;
  }

  boolean atEnd() {
    return at == bytes.length;
  }

  int position() {
    return at;
  }

  int get() {
    need(1);
    return bytes[at++] & 0xff;
  }

  byte[] getRaw(int count) {
    need(count);
    at += count;
    return Arrays.copyOfRange(bytes, at - count, at);
  }

  long getVarint() {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      int b = get();
      value |= (long) (b & 0x7f) << shift;
      if (b < 0x80) {
        return value;
      }
    }
    throw new IllegalStateException("a number in the database is too long");
  }

  int getCount() {
    long count = getVarint();
    if (count < 0 || count > bytes.length - at) {
      throw new IllegalStateException("a count in the database is beyond its record");
    }
    return (int) count;
  }

  long getSigned() {
    long value = getVarint();
    return (value >>> 1) ^ -(value & 1);
  }

  long getLong() {
    need(8);
    long value = 0;
    for (int i = 0; i < 8; i++) {
      value = value << 8 | (bytes[at++] & 0xff);
    }
    return value;
  }

  byte[] getBytes() {
    return getRaw(getCount());
  }

  String getText() {
    return new String(getBytes(), StandardCharsets.UTF_8);
  }

  private void need(int count) {
    if (count < 0 || bytes.length - at < count) {
      throw new IllegalStateException("a record in the database ends too early");
    }
  }
}
