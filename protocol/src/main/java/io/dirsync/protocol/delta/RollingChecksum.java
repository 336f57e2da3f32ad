package io.dirsync.protocol.delta;

/**
 * The weak sum of a block, which moves on by a byte in a few instructions: a polynomial in the
 * bytes, modulo 2^32 (Rabin and Karp's). One multiplication and one addition are all that each step
 * waits for, and the upper bits serve as an index without further mixing, which the pair of sums of
 * rsync does not offer.
 *
 * @see <a href="https://rsync.samba.org/tech_report/">The rsync algorithm, 1996</a>
 */
final class RollingChecksum {
  /** Odd, so that no byte's influence is ever shifted out. */
  static final int FACTOR = 0x9E3779B1;

  private static final int FACTOR2 = outFactor(2);
  private static final int FACTOR3 = outFactor(3);
  private static final int FACTOR4 = outFactor(4);
  private static final int FACTOR5 = outFactor(5);
  private static final int FACTOR6 = outFactor(6);
  private static final int FACTOR7 = outFactor(7);
  private static final int FACTOR8 = outFactor(8);

  private RollingChecksum() {}

  /** The sum of some bytes. */
  static int of(byte[] bytes, int from, int length) {
    return extend(0, bytes, from, length);
  }

  /** The sum of what a sum was made of, followed by these bytes. */
  static int extend(int sum, byte[] bytes, int from, int length) {
    int result = sum;
    int at = from;
    int end = from + length;
    // Eight at a time: only one multiplication in eight waits for the one before.
    for (; at <= end - 8; at += 8) {
      result =
          result * FACTOR8
              + (bytes[at] * FACTOR7 + bytes[at + 1] * FACTOR6)
              + (bytes[at + 2] * FACTOR5 + bytes[at + 3] * FACTOR4)
              + (bytes[at + 4] * FACTOR3 + bytes[at + 5] * FACTOR2)
              + (bytes[at + 6] * FACTOR + bytes[at + 7]);
    }
    for (; at < end; at++) {
      result = result * FACTOR + bytes[at];
    }
    return result;
  }

  /** What {@link #roll} needs to know of the window's length. */
  static int outFactor(int length) {
    int result = 1;
    for (int i = 0; i < length; i++) {
      result *= FACTOR;
    }
    return result;
  }

  /** The sum of a window moved on by one byte: one goes out in front, one comes in behind. */
  static int roll(int sum, int outFactor, byte out, byte in) {
    return sum * FACTOR + (in - out * outFactor);
  }
}
