package io.dirsync.engine.store;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Remembers hashes so that a lookup of what was never there needs no search. May say yes wrongly,
 * never no. Safe for several threads.
 */
final class HashFilter {
  private final AtomicLongArray words;
  private final int mask;

  /**
   * @param bits a power of two, at least 64
   */
  HashFilter(int bits) {
    this.words = new AtomicLongArray(bits / Long.SIZE);
    this.mask = bits - 1;
  }

  void add(int hash) {
    set(spread(hash));
    set(spread(~hash));
  }

  boolean mayContain(int hash) {
    return isSet(spread(hash)) && isSet(spread(~hash));
  }

  private static int spread(int hash) {
    int mixed = (hash ^ (hash >>> 16)) * 0x9e3779b1;
    return mixed ^ (mixed >>> 15);
  }

  private void set(int hash) {
    int bit = hash & mask;
    int word = bit >>> 6;
    long value = 1L << bit;
    if ((words.get(word) & value) == 0) {
      words.accumulateAndGet(word, value, (a, b) -> a | b);
    }
  }

  private boolean isSet(int hash) {
    int bit = hash & mask;
    return (words.get(bit >>> 6) & (1L << bit)) != 0;
  }
}
