package io.dirsync.engine.scan;

import io.dirsync.engine.LeafDigestsBuilder;
import io.dirsync.model.ContentHash;
import io.dirsync.protocol.delta.SeededHash;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Computes the digests of the leaves that a {@link ContentHash} is made of, from bytes given in
 * order, and only of those leaves that are not known. Not for use by two threads.
 */
public final class LeafHasher {
  private final MessageDigest leaf = sha256();
  private final byte[] digest = new byte[ContentHash.BYTES];
  private final Consumer<byte[]> ended;
  private final @Nullable LeafDigestsBuilder known;
  private final @Nullable SeededHash hash;

  /** The leaf that has begun, where it may turn out to be known once it is whole. */
  private byte @Nullable [] begun;

  private int inLeaf;
  private int next;
  private boolean allKnown;

  /**
   * @param known takes the leaves, and knows some of them; null if none are to be kept
   * @param first the number of the first leaf in there
   * @param ended is told each digest, in an array that is used again
   */
  public LeafHasher(@Nullable LeafDigestsBuilder known, int first, Consumer<byte[]> ended) {
    this.known = known;
    this.hash = known == null ? null : known.hash();
    this.next = first;
    this.ended = ended;
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }

  /**
   * Takes bytes.
   *
   * @return whether they are whole leaves, and all of them known
   */
  public boolean update(byte[] bytes, int offset, int count) {
    allKnown = true;
    int at = offset;
    int left = count;
    while (left > 0) {
      int step = Math.min(left, ContentHash.LEAF_BYTES - inLeaf);
      if (step == ContentHash.LEAF_BYTES) {
        end(bytes, at, step);
      } else {
        allKnown = false;
        begin(bytes, at, step);
      }
      at += step;
      left -= step;
    }
    return allKnown;
  }

  private void begin(byte[] bytes, int at, int count) {
    if (known == null) {
      leaf.update(bytes, at, count);
    } else {
      if (begun == null) {
        begun = new byte[ContentHash.LEAF_BYTES];
      }
      System.arraycopy(bytes, at, begun, inLeaf, count);
    }
    inLeaf += count;
    if (inLeaf == ContentHash.LEAF_BYTES) {
      end();
    }
  }

  /** Ends the leaf that has begun, if one has: the last of a content may be shorter. */
  void end() {
    int count = inLeaf;
    inLeaf = 0;
    if (count > 0 && begun != null) {
      end(begun, 0, count);
    } else if (count > 0) {
      digest();
    }
  }

  private void end(byte[] bytes, int from, int count) {
    int number = next++;
    if (known == null || hash == null || number >= known.leaves()) {
      allKnown = false;
      leaf.update(bytes, from, count);
      digest();
    } else if (known.take(number, hash, bytes, from, count, digest)) {
      ended.accept(digest);
    } else {
      allKnown = false;
      leaf.update(bytes, from, count);
      digest();
      known.put(number, digest);
    }
  }

  private void digest() {
    try {
      leaf.digest(digest, 0, digest.length);
    } catch (DigestException e) {
      throw new IllegalStateException("a SHA-256 digest has 32 bytes", e);
    }
    ended.accept(digest);
  }

  /** So many leaves that come next are hashed elsewhere. */
  void skip(int leaves) {
    next += leaves;
  }
}
