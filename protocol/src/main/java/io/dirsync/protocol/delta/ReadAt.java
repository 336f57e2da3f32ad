package io.dirsync.protocol.delta;

import java.io.EOFException;
import java.io.IOException;

/** A content that can be read at any offset. */
@FunctionalInterface
public interface ReadAt {
  /**
   * Reads some bytes.
   *
   * @return how many, at least one; zero or less if there is nothing at the offset
   */
  int read(long offset, byte[] into, int from, int length) throws IOException;

  /**
   * Reads all bytes asked for.
   *
   * @throws EOFException if the content ends before that
   */
  default void readFully(long offset, byte[] into, int from, int length) throws IOException {
    int done = 0;
    while (done < length) {
      int count = read(offset + done, into, from + done, length - done);
      if (count <= 0) {
        throw new EOFException("the content ends at " + (offset + done));
      }
      done += count;
    }
  }
}
