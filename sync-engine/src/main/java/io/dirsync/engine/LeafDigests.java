package io.dirsync.engine;

import io.dirsync.model.ContentHash;
import io.dirsync.protocol.delta.SeededHash;

/**
 * The leaves of a content that this node has read: of each a {@link SeededHash} with this process'
 * seed, by which it is known again, and the SHA-256 that goes into the content's hash. Takes {@link
 * #BYTES} a leaf. Immutable.
 */
public final class LeafDigests {
  /** A seeded hash and a SHA-256. */
  static final int BYTES = SeededHash.LONGS * Long.BYTES + ContentHash.BYTES;

  private final long length;
  private final long[] seeded;
  private final byte[] digests;

  /**
   * @param length of the content, in bytes
   * @param seeded all seeded hashes, one after another
   * @param digests all SHA-256s, one after another
   */
  LeafDigests(long length, long[] seeded, byte[] digests) {
    this.length = length;
    this.seeded = seeded;
    this.digests = digests;
  }

  /** What it takes in memory. */
  long bytes() {
    return (long) seeded.length * Long.BYTES + digests.length;
  }

  /**
   * Whether a leaf has this length and seeded hash.
   *
   * @param hashes where the seeded hash stands, as in this one
   */
  boolean has(int leaf, int count, long[] hashes) {
    int at = leaf * SeededHash.LONGS;
    return at < seeded.length
        && count == Math.min(length - (long) leaf * ContentHash.LEAF_BYTES, ContentHash.LEAF_BYTES)
        && seeded[at] == hashes[at]
        && seeded[at + 1] == hashes[at + 1];
  }

  /** Copies a leaf's SHA-256 to the same place. */
  void copy(int leaf, byte[] into) {
    int at = leaf * ContentHash.BYTES;
    System.arraycopy(digests, at, into, at, ContentHash.BYTES);
  }
}
