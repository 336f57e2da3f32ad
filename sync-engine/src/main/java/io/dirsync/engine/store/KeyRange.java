package io.dirsync.engine.store;

import io.dirsync.model.ContentHash;
import io.dirsync.model.RelativePath;
import java.util.Arrays;

/**
 * Keys by their unsigned bytes.
 *
 * @param from the first key
 * @param to the first key behind the range
 */
record KeyRange(byte[] from, byte[] to) {
  /** More than any key has: a content hash and a path are the longest. */
  private static final int KEY_BYTES_MAX = ContentHash.BYTES + RelativePath.PATH_BYTES_MAX;

  /** Every key that begins with these bytes. */
  static KeyRange withPrefix(byte[] prefix) {
    return new KeyRange(prefix, behind(prefix));
  }

  boolean contains(byte[] key) {
    return Arrays.compareUnsigned(from, key) <= 0 && Arrays.compareUnsigned(key, to) < 0;
  }

  /** The rest of this range behind a key of it. */
  KeyRange after(byte[] key) {
    return new KeyRange(Arrays.copyOf(key, key.length + 1), to);
  }

  private static byte[] behind(byte[] prefix) {
    int last = prefix.length - 1;
    while (last >= 0 && prefix[last] == (byte) 0xff) {
      last--;
    }
    if (last < 0) {
      byte[] highest = new byte[KEY_BYTES_MAX + 1];
      Arrays.fill(highest, (byte) 0xff);
      return highest;
    }
    byte[] next = Arrays.copyOf(prefix, last + 1);
    next[last]++;
    return next;
  }
}
