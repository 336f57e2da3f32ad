package io.dirsync.engine.scan;

import io.dirsync.model.ContentHash;
import java.nio.ByteBuffer;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Computes a {@link ContentHash} from bytes given in order. Not for use by two threads. */
public final class ContentHasher {
  private final MessageDigest leaf = sha256();
  private final MessageDigest root = sha256();
  private final byte[] digest = new byte[ContentHash.BYTES];
  private long length;
  private int inLeaf;

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }

  /** The hash of a content that is whole in memory. */
  public static ContentHash hash(byte[] content) {
    ContentHasher hasher = new ContentHasher();
    hasher.update(content, 0, content.length);
    return hasher.finish();
  }

  public void update(byte[] bytes, int offset, int count) {
    int at = offset;
    int left = count;
    while (left > 0) {
      int step = Math.min(left, ContentHash.LEAF_BYTES - inLeaf);
      leaf.update(bytes, at, step);
      inLeaf += step;
      at += step;
      left -= step;
      if (inLeaf == ContentHash.LEAF_BYTES) {
        endLeaf();
      }
    }
    length += count;
  }

  /** How many bytes were given so far. */
  public long length() {
    return length;
  }

  /** The hash of all bytes given; the hasher then begins anew. */
  public ContentHash finish() {
    if (inLeaf > 0) {
      endLeaf();
    }
    root.update(ByteBuffer.allocate(Long.BYTES).putLong(0, length));
    length = 0;
    return ContentHash.of(root.digest());
  }

  private void endLeaf() {
    try {
      leaf.digest(digest, 0, digest.length);
    } catch (DigestException e) {
      throw new IllegalStateException("a SHA-256 digest has 32 bytes", e);
    }
    root.update(digest);
    inLeaf = 0;
  }
}
