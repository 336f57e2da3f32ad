package io.dirsync.engine.scan;

import io.dirsync.engine.LeafDigestsBuilder;
import io.dirsync.fs.Volume.ReadableFile;
import io.dirsync.model.ContentHash;
import io.dirsync.protocol.delta.BlockSize;
import io.dirsync.protocol.delta.SignatureBuilder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Reads a large content by several workers at once, one stretch of it after another. Who asked for
 * it reads as well, and waits at the end for the stretches that others have begun; one that none
 * has begun is never waited for. Others take a stretch at a time and queue up for the next, so that
 * no small file waits behind a large one for longer than a stretch takes.
 */
final class SharedRead {
  /** Shorter contents are not worth it. */
  static final long BYTES_MIN = 8L << 20;

  private static final int STRETCH_BYTES_MIN = 1 << 20;

  /** Beside who asked: more than memory can feed are of no use. */
  private static final int HELPERS_MAX = 3;

  private final ReadableFile file;
  private final long length;
  private final @Nullable SignatureBuilder signature;
  private final @Nullable LeafDigestsBuilder leaves;
  private final Executor workers;
  private final int stretchBytes;
  private final byte[][] digests;
  private final AtomicInteger next = new AtomicInteger();
  private final CountDownLatch unread;

  /** Fewer bytes than there were to be, or a failure: nothing more is read. */
  private volatile boolean cut;

  private volatile @Nullable Exception failure;

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
    this.workers = workers;
    this.stretchBytes = Math.max(STRETCH_BYTES_MIN, signature == null ? 0 : signature.blockBytes());
    this.digests = new byte[BlockSize.count(length, stretchBytes)][];
    this.unread = new CountDownLatch(digests.length);
  }

  /**
   * Reads it all.
   *
   * @param hasher takes the content
   * @return false if there were fewer bytes than announced; hasher and signature are then of no use
   */
  boolean read(ContentHasher hasher) throws IOException {
    for (int helper = 1; helper <= Math.min(HELPERS_MAX, digests.length - 1); helper++) {
      workers.execute(this::help);
    }
    int stretch;
    while ((stretch = next.getAndIncrement()) < digests.length) {
      readCounted(stretch);
    }
    awaitOthers();
    switch (failure) {
      case null -> {}
      case IOException e -> throw e;
      case RuntimeException e -> throw e;
      case Exception e -> throw new IllegalStateException(e);
    }
    if (cut) {
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

  private void help() {
    int stretch = next.getAndIncrement();
    if (stretch < digests.length) {
      readCounted(stretch);
      workers.execute(this::help);
    }
  }

  private void readCounted(int stretch) {
    try {
      if (!cut) {
        digests[stretch] = read(stretch);
      }
    } catch (IOException | RuntimeException e) {
      // Thrown once nobody reads any more: the file is closed then.
      failure = e;
      cut = true;
    } finally {
      unread.countDown();
    }
  }

  private byte[] read(int stretch) throws IOException {
    long end = end(stretch);
    byte[] buffer = Observer.buffer();
    var found =
        new ByteArrayOutputStream(stretchBytes / ContentHash.LEAF_BYTES * ContentHash.BYTES);
    int firstLeaf = (int) (start(stretch) / ContentHash.LEAF_BYTES);
    LeafHasher hasher = new LeafHasher(leaves, firstLeaf, found::writeBytes);
    SignatureBuilder section = signature == null ? null : signature.section(start(stretch), end);
    for (long at = start(stretch); at < end; ) {
      int got = file.read(at, buffer, 0, (int) Math.min(buffer.length, end - at));
      if (got <= 0) {
        cut = true;
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
    return found.toByteArray();
  }

  private long start(int stretch) {
    return (long) stretch * stretchBytes;
  }

  private long end(int stretch) {
    return Math.min(length, start(stretch) + stretchBytes);
  }

  /** Even when interrupted: they read from a file that is closed after this. */
  private void awaitOthers() {
    boolean interrupted = false;
    while (true) {
      try {
        unread.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
