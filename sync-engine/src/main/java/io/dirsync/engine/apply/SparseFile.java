package io.dirsync.engine.apply;

import io.dirsync.fs.Volume.StagedFile;
import java.io.IOException;
import java.util.Arrays;

/** Writes files so that zeros take no space. */
final class SparseFile {
  private static final int HOLE_BYTES = 4096;
  private static final byte[] ZEROS = new byte[HOLE_BYTES];

  private SparseFile() {}

  /** Writes all but whole blocks of zeros, which stay holes in a file that is made in order. */
  static void write(StagedFile target, long offset, byte[] bytes, int start, int length)
      throws IOException {
    int from = start;
    int at = start;
    int end = start + length;
    while (at < end) {
      int block = Math.min(HOLE_BYTES - (int) ((offset + at - start) % HOLE_BYTES), end - at);
      if (block == HOLE_BYTES
          && bytes[at] == 0
          && Arrays.equals(bytes, at, at + block, ZEROS, 0, block)) {
        if (at > from) {
          target.write(offset + from - start, bytes, from, at - from);
        }
        from = at + block;
      }
      at += block;
    }
    if (at > from) {
      target.write(offset + from - start, bytes, from, at - from);
    }
  }
}
