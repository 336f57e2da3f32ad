package io.dirsync.engine.scan;

import io.dirsync.model.ContentHash;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.function.Consumer;

/**
 * Computes the digests of the leaves that a {@link ContentHash} is made of, from bytes given in
 * order. Not for use by two threads.
 */
final class LeafHasher {
  private final MessageDigest leaf = sha256();
  private final byte[] digest = new byte[ContentHash.BYTES];
  private final Consumer<byte[]> ended;
  private int inLeaf;

  /**
   * @param ended is told each digest, in an array that is used again
   */
  LeafHasher(Consumer<byte[]> ended) {
    this.ended = ended;
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }

  void update(byte[] bytes, int offset, int count) {
    int at = offset;
    int left = count;
    while (left > 0) {
      int step = Math.min(left, ContentHash.LEAF_BYTES - inLeaf);
      leaf.update(bytes, at, step);
      inLeaf += step;
      at += step;
      left -= step;
      if (inLeaf == ContentHash.LEAF_BYTES) {
        end();
      }
    }
  }

  /** Ends the leaf that has begun, if one has: the last of a content may be shorter. */
  void end() {
    if (inLeaf == 0) {
      return;
    }
    try {
      leaf.digest(digest, 0, digest.length);
    } catch (DigestException e) {
      throw new IllegalStateException("a SHA-256 digest has 32 bytes", e);
    }
    inLeaf = 0;
    ended.accept(digest);
  }
}
