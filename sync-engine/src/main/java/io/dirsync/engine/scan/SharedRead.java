package io.dirsync.engine.scan;

import io.dirsync.engine.LeafDigestsBuilder;
import io.dirsync.engine.SharedWork;
import io.dirsync.engine.WorkerBuffer;
import io.dirsync.fs.Volume.ReadableFile;
import io.dirsync.model.ContentHash;
import io.dirsync.protocol.delta.BlockSize;
import io.dirsync.protocol.delta.SignatureBuilder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Reads a large content as {@link SharedWork}. */
final class SharedRead {
  /** Shorter contents are not worth it. */
  static final long BYTES_MIN = 8L << 20;

  private static final int STRETCH_BYTES_MIN = 1 << 20;

  private final ReadableFile file;
  private final long length;
  private final @Nullable SignatureBuilder signature;
  private final @Nullable LeafDigestsBuilder leaves;
  private final int stretchBytes;
  private final byte[][] digests;
  private final SharedWork work;

  /**
   * @param length of the content, as it was when this began
   * @param signature takes the content; null if none is wanted
   * @param leaves takes the leaves, and knows those of the content that the signature knows; null
   *     if none are to be kept
   */
  SharedRead(
      ReadableFile file,
      long length,
      @Nullable SignatureBuilder signature,
      @Nullable LeafDigestsBuilder leaves,
      Executor workers) {
    this.file = file;
    this.length = length;
    this.signature = signature;
    this.leaves = leaves;
    this.stretchBytes = Math.max(STRETCH_BYTES_MIN, signature == null ? 0 : signature.blockBytes());
    this.digests = new byte[BlockSize.count(length, stretchBytes)][];
    this.work = new SharedWork(digests.length, this::read, workers);
  }

  /**
   * Reads it all.
   *
   * @param hasher takes the content
   * @return false if there were fewer bytes than announced; hasher and signature are then of no use
   */
  boolean read(ContentHasher hasher) throws IOException {
    if (!work.run()) {
      return false;
    }
    for (int i = 0; i < digests.length; i++) {
      hasher.append(digests[i], end(i) - start(i));
    }
    if (signature != null) {
      signature.join();
    }
    return true;
  }

  private void read(int stretch) throws IOException {
    long end = end(stretch);
    byte[] buffer = WorkerBuffer.get();
    var found =
        new ByteArrayOutputStream(stretchBytes / ContentHash.LEAF_BYTES * ContentHash.BYTES);
    int firstLeaf = (int) (start(stretch) / ContentHash.LEAF_BYTES);
    LeafHasher hasher = new LeafHasher(leaves, firstLeaf, found::writeBytes);
    SignatureBuilder section = signature == null ? null : signature.section(start(stretch), end);
    for (long at = start(stretch); at < end; ) {
      int got = file.read(at, buffer, 0, (int) Math.min(buffer.length, end - at));
      if (got <= 0) {
        work.cut();
        break;
      }
      boolean known = hasher.update(buffer, 0, got);
      if (section != null && !(known && section.unchanged(got))) {
        section.update(buffer, 0, got);
      }
      at += got;
    }
    hasher.end();
    if (section != null) {
      section.end();
    }
    digests[stretch] = found.toByteArray();
  }

  private long start(int stretch) {
    return (long) stretch * stretchBytes;
  }

  private long end(int stretch) {
    return Math.min(length, start(stretch) + stretchBytes);
  }
}
