package io.dirsync.protocol.delta;

import com.dynatrace.hash4j.hashing.HashValue128;
import com.dynatrace.hash4j.hashing.Hasher128;
import com.dynatrace.hash4j.hashing.Hashing;

/**
 * Tells bytes from those that were seen before, six times as fast as SHA-256 does: XXH3 with 128
 * bits and a secret seed. By chance others have the same hash once in 2^128 comparisons; the seed,
 * which nobody else learns, keeps them from being looked for. Not for use by two threads.
 *
 * @see <a href="https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md">XXH3</a>
 */
public final class SeededHash {
  /** How many numbers a hash is. */
  public static final int LONGS = 2;

  private final Hasher128 hasher;

  public SeededHash(long seed) {
    this.hasher = Hashing.xxh3_128(seed);
  }

  /** Hashes bytes into {@link #LONGS} numbers of an array, beginning with that at an index. */
  public void hash(byte[] bytes, int from, int length, long[] into, int at) {
    HashValue128 hash = hasher.hashBytesTo128Bits(bytes, from, length);
    into[at] = hash.getMostSignificantBits();
    into[at + 1] = hash.getLeastSignificantBits();
  }
}
