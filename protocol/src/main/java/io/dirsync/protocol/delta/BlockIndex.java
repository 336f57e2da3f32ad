package io.dirsync.protocol.delta;

import java.util.Arrays;

/**
 * Finds the blocks of a signature by their weak sums. A bitmap of the sums' upper bits, small
 * enough for the processor's cache, says "no" to nearly all positions before the table is looked
 * at.
 */
final class BlockIndex {
  /** Of the blocks that share a bucket; who makes more collide finds fewer. */
  static final int CANDIDATES_MAX = 64;

  static final int NONE = -1;

  private static final int BITS_PER_BLOCK = 16;

  /** Spreads all bits of a sum; the bitmap uses the upper ones as they are. */
  static final int MIX = 0x85EBCA6B;

  private final Signature signature;
  private final int[] bits;
  private final int bitShift;
  private final int[] heads;
  private final int headShift;
  private final int[] next;

  BlockIndex(Signature signature) {
    this.signature = signature;
    // The last block may be short; it is found as the continuation of its predecessor.
    int whole = (int) (signature.length() / signature.blockBytes());
    int size = Math.max(2, Integer.highestOneBit(Math.max(1, whole)) << 1);
    this.heads = new int[size];
    this.headShift = Integer.SIZE - Integer.numberOfTrailingZeros(size);
    this.bits = new int[size * BITS_PER_BLOCK / Integer.SIZE];
    this.bitShift = Integer.SIZE - Integer.numberOfTrailingZeros(size * BITS_PER_BLOCK);
    this.next = new int[whole];
    Arrays.fill(heads, NONE);
    // From the back, so that the first of equal blocks is found first.
    for (int block = whole - 1; block >= 0; block--) {
      int sum = signature.weak(block);
      int head = (sum * MIX) >>> headShift;
      next[block] = heads[head];
      heads[head] = block;
      int bit = sum >>> bitShift;
      bits[bit >>> 5] |= 1 << bit;
    }
  }

  /** The bitmap; the bit of a sum is number {@code sum >>> bitShift()}. */
  int[] bits() {
    return bits;
  }

  int bitShift() {
    return bitShift;
  }

  /** Whether some block may have this weak sum; false for all but a few of those that none has. */
  boolean maybe(int sum) {
    int bit = sum >>> bitShift;
    return ((bits[bit >>> 5] >>> bit) & 1) != 0;
  }

  /**
   * How many candidates had to be looked at to find one with exactly this weak sum, so that a
   * strong hash is worth it; if there is none, how many there are, negated and less one.
   */
  int look(int sum) {
    int looked = 0;
    for (int i = heads[(sum * MIX) >>> headShift];
        i != NONE && looked < CANDIDATES_MAX;
        i = next[i]) {
      looked++;
      if (signature.weak(i) == sum) {
        return looked;
      }
    }
    return ~looked;
  }

  /** The first candidate with both sums, or {@link #NONE}. */
  int find(int sum, long strong) {
    int left = CANDIDATES_MAX;
    for (int i = heads[(sum * MIX) >>> headShift]; i != NONE && left > 0; i = next[i]) {
      if (signature.weak(i) == sum && signature.strong(i) == strong) {
        return i;
      }
      left--;
    }
    return NONE;
  }
}
