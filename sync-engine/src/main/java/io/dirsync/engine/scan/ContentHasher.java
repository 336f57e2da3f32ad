package io.dirsync.engine.scan;

import io.dirsync.engine.LeafDigestsBuilder;
import io.dirsync.model.ContentHash;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/** Computes a {@link ContentHash} from bytes given in order. Not for use by two threads. */
public final class ContentHasher {
  private final MessageDigest root = LeafHasher.sha256();
  private final LeafHasher leaves;
  private long length;

  public ContentHasher() {
    this(null);
  }

  /**
   * @param known takes the leaves, and knows some of them; null if none are to be kept
   */
  public ContentHasher(@Nullable LeafDigestsBuilder known) {
    leaves = new LeafHasher(known, 0, root::update);
  }

  /** The hash of a content that is whole in memory. */
  public static ContentHash hash(byte[] content) {
    ContentHasher hasher = new ContentHasher();
    hasher.update(content, 0, content.length);
    return hasher.finish();
  }

  public void update(byte[] bytes, int offset, int count) {
    leaves.update(bytes, offset, count);
    length += count;
  }

  /**
   * Takes bytes of which the leaves are hashed already. What was given before is whole leaves.
   *
   * @param digests of all their leaves, in order
   * @param count how many bytes
   */
  public void append(byte[] digests, long count) {
    leaves.skip(digests.length / ContentHash.BYTES);
    root.update(digests);
    length += count;
  }

  /** How many bytes were given so far. */
  public long length() {
    return length;
  }

  /** The hash of all bytes given; the hasher is then done. */
  public ContentHash finish() {
    leaves.end();
    root.update(ByteBuffer.allocate(Long.BYTES).putLong(0, length));
    return ContentHash.of(root.digest());
  }
}
