package io.dirsync.engine.session;

import io.dirsync.model.Dot;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Version;
import io.dirsync.protocol.Message;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;

/**
 * The digest of live entries in the order of their dots. An entry's dot says all of it, but whether
 * a version is shelved: neither contents nor paths go in.
 */
final class LiveDigest {
  private static final byte REPLICA = 1;
  private static final byte ENTRY = 2;
  private static final byte SHELVED = 3;

  private final MessageDigest digest = sha256();
  private final ByteBuffer entry = ByteBuffer.allocate(1 + Long.BYTES);
  private @Nullable ReplicaId replica;
  private long count;

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }

  void add(LiveEntry live) {
    Dot dot = live.dot();
    if (!dot.replica().equals(replica)) {
      replica = dot.replica();
      byte[] node = dot.replica().node().getBytes(StandardCharsets.UTF_8);
      ByteBuffer name = ByteBuffer.allocate(1 + Integer.BYTES + node.length + Long.BYTES);
      name.put(REPLICA).putInt(node.length).put(node).putLong(dot.replica().incarnation());
      digest.update(name.array());
    }
    boolean shelved = live instanceof Version version && version.shelved();
    entry.clear().put(shelved ? SHELVED : ENTRY).putLong(dot.counter());
    digest.update(entry.array());
    count++;
  }

  /** Entries added since the last digest. */
  long count() {
    return count;
  }

  /** The digest of what was added; then all begins anew. */
  Message.Digest take() {
    ByteBuffer whole = ByteBuffer.wrap(digest.digest());
    replica = null;
    count = 0;
    return new Message.Digest(whole.getLong(), whole.getLong());
  }
}
