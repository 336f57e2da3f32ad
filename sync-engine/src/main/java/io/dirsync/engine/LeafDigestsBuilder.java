package io.dirsync.engine;

import io.dirsync.model.ContentHash;
import io.dirsync.protocol.delta.BlockSize;
import io.dirsync.protocol.delta.SeededHash;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Makes the {@link LeafDigests} of a content that is being read, and says which of its leaves stood
 * in the same place of an older one, so that they need no SHA-256. Several threads may give
 * different leaves at once.
 */
public final class LeafDigestsBuilder {
  private final long length;
  private final long seed;
  private final @Nullable LeafDigests former;
  private final long[] seeded;
  private final byte[] digests;

  /**
   * @param length of the content, in bytes
   * @param former of the older content, made with the same seed; null if it is not known
   */
  LeafDigestsBuilder(long length, long seed, @Nullable LeafDigests former) {
    int leaves = BlockSize.count(length, ContentHash.LEAF_BYTES);
    this.length = length;
    this.seed = seed;
    this.former = former;
    this.seeded = new long[leaves * SeededHash.LONGS];
    this.digests = new byte[leaves * ContentHash.BYTES];
  }

  /** How many leaves there are. */
  public int leaves() {
    return digests.length / ContentHash.BYTES;
  }

  /** What one thread needs for {@link #take}. */
  public SeededHash hash() {
    return new SeededHash(seed);
  }

  /**
   * Takes a leaf.
   *
   * @param leaf its number, from zero on, below {@link #leaves}
   * @param digest takes its SHA-256 if that is known
   * @return whether it is; else it is {@link #put} here
   */
  public boolean take(int leaf, SeededHash hash, byte[] bytes, int from, int count, byte[] digest) {
    hash.hash(bytes, from, count, seeded, leaf * SeededHash.LONGS);
    if (former == null || !former.has(leaf, count, seeded)) {
      return false;
    }
    former.copy(leaf, digests);
    System.arraycopy(digests, leaf * ContentHash.BYTES, digest, 0, ContentHash.BYTES);
    return true;
  }

  /** The SHA-256 of a leaf that was taken. */
  public void put(int leaf, byte[] digest) {
    System.arraycopy(digest, 0, digests, leaf * ContentHash.BYTES, ContentHash.BYTES);
  }

  /**
   * What there is to keep; the builder is then done.
   *
   * @param read how many bytes all leaves had that were taken
   * @return empty if there were more or fewer than announced
   */
  public Optional<LeafDigests> finish(long read) {
    return read == length
        ? Optional.of(new LeafDigests(length, seeded, digests))
        : Optional.empty();
  }
}
