package io.dirsync.engine.apply;

import io.dirsync.engine.LeafDigestsBuilder;
import io.dirsync.engine.SharedWork;
import io.dirsync.engine.WorkerBuffer;
import io.dirsync.engine.scan.ContentHasher;
import io.dirsync.engine.scan.LeafHasher;
import io.dirsync.fs.Volume.ReadableFile;
import io.dirsync.fs.Volume.StagedFile;
import io.dirsync.model.ContentHash;
import io.dirsync.protocol.delta.BlockSize;
import io.dirsync.protocol.delta.Patcher;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Makes a content a wave at a time: gathers in order what comes next, without doing anything, and
 * then has several workers read, write and hash it, a stretch of whole leaves each. Within a wave
 * stretches are written in any order; the next begins when all of one is written.
 */
final class Assembly implements Patcher.Sink {
  /**
   * In one wave, at most. At its end workers wait for each other, and who makes it is busy until
   * then.
   */
  static final int WAVE_BYTES = 16 << 20;

  /** Of literals in one wave, so that the peer may send more while the next are taken in. */
  private static final int LITERAL_BYTES = 1 << 20;

  /** So that a delta of tiny steps takes little memory. */
  private static final int PARTS_MAX = 4096;

  private static final int STRETCH_BYTES = 1 << 20;
  private static final byte[] NOTHING = {};

  private final ReadableFile basis;
  private final StagedFile target;
  private final long before;
  private final long kept;
  private final @Nullable LeafDigestsBuilder leaves;
  private final Executor workers;
  private final List<Part> parts = new ArrayList<>();

  private enum From {
    BASIS,
    /** What was made before, in the target itself. */
    MADE,
    MEMORY
  }

  /**
   * Some bytes of the content.
   *
   * @param position where the first of them stands in what they come from
   * @param bytes what that is, if they are in memory
   */
  private record Part(From from, long position, byte[] bytes, long offset, long length) {
    long end() {
      return offset + length;
    }
  }

  private interface Hashing {
    void update(byte[] bytes, int offset, int count);
  }

  /**
   * @param before how much of the target was made earlier and takes the place of the basis'
   *     beginning, in bytes
   * @param kept how much of that stays as it is
   * @param leaves takes the content's leaves; null if none are to be kept
   */
  Assembly(
      ReadableFile basis,
      StagedFile target,
      long before,
      long kept,
      @Nullable LeafDigestsBuilder leaves,
      Executor workers) {
    this.basis = basis;
    this.target = target;
    this.before = before;
    this.kept = kept;
    this.leaves = leaves;
    this.workers = workers;
  }

  // -- gathering

  /**
   * Gathers what is made in one go.
   *
   * @return false if that ends where what comes next has not come yet
   */
  boolean gather(Patcher patcher, DeltaInput input) throws IOException {
    long left = bytesFrom(patcher.offset());
    int literals = LITERAL_BYTES;
    while (left > 0 && literals > 0 && !isFull()) {
      switch (patcher.next()) {
        case COPY -> left -= patcher.copy(left);
        case LITERAL -> {
          DeltaInput.Stretch come = input.next();
          if (come == null) {
            return false;
          }
          int length = (int) Math.min(Math.min(left, literals), come.length());
          int taken = patcher.literal(come.bytes(), come.from(), length);
          input.taken(taken);
          left -= taken;
          literals -= taken;
        }
        case END -> left = 0;
      }
    }
    return true;
  }

  /** How much is gathered best from an offset on: so that the next wave begins with a leaf. */
  static long bytesFrom(long offset) {
    return WAVE_BYTES - offset % ContentHash.LEAF_BYTES;
  }

  /** Whether no more is to be gathered now. */
  boolean isFull() {
    return parts.size() >= PARTS_MAX;
  }

  /**
   * @param bytes not to change until the wave is made
   */
  @Override
  public void write(long offset, byte[] bytes, int from, int length) {
    add(From.MEMORY, from, bytes, offset, length);
  }

  @Override
  public void copy(long basisOffset, long offset, long length) {
    long at = Math.min(length, Math.max(0, kept - offset));
    if (basisOffset + at < before) {
      long end = Math.min(length, before - basisOffset);
      add(From.MADE, basisOffset + at, NOTHING, offset + at, end - at);
      at = end;
    }
    add(From.BASIS, basisOffset + at, NOTHING, offset + at, length - at);
  }

  private void add(From from, long position, byte[] bytes, long offset, long length) {
    if (length > 0) {
      parts.add(new Part(from, position, bytes, offset, length));
    }
  }

  // -- making

  /**
   * Makes what was gathered. If it fails, there may be gaps in what was written.
   *
   * @param hasher has been given all bytes before
   */
  void make(ContentHasher hasher) throws IOException {
    if (parts.isEmpty()) {
      return;
    }
    long start = parts.getFirst().offset();
    long end = parts.getLast().end();
    long firstLeaf = start + (ContentHash.LEAF_BYTES - 1);
    firstLeaf -= firstLeaf % ContentHash.LEAF_BYTES;
    long lastLeaf = end - end % ContentHash.LEAF_BYTES;
    // What is written over while it is read has to be taken in order.
    boolean inPlace = kept < before && start < before;
    if (inPlace || lastLeaf - firstLeaf <= STRETCH_BYTES) {
      make(start, end, hasher::update);
    } else {
      make(start, firstLeaf, hasher::update);
      makeShared(firstLeaf, lastLeaf, hasher);
      make(lastLeaf, end, hasher::update);
    }
    parts.clear();
  }

  /** From the beginning of a leaf to another one. */
  private void makeShared(long start, long end, ContentHasher hasher) throws IOException {
    byte[][] digests = new byte[BlockSize.count(end - start, STRETCH_BYTES)][];
    new SharedWork(
            digests.length,
            number -> {
              long from = start + (long) number * STRETCH_BYTES;
              digests[number] = makeLeaves(from, Math.min(end, from + STRETCH_BYTES));
            },
            workers)
        .run();
    for (byte[] some : digests) {
      hasher.append(some, (long) some.length / ContentHash.BYTES * ContentHash.LEAF_BYTES);
    }
  }

  private byte[] makeLeaves(long start, long end) throws IOException {
    var digests =
        new ByteArrayOutputStream(STRETCH_BYTES / ContentHash.LEAF_BYTES * ContentHash.BYTES);
    int first = (int) (start / ContentHash.LEAF_BYTES);
    make(start, end, new LeafHasher(leaves, first, digests::writeBytes)::update);
    return digests.toByteArray();
  }

  private void make(long start, long end, Hashing hashing) throws IOException {
    for (Part part : parts) {
      long from = Math.max(start, part.offset());
      long to = Math.min(end, part.end());
      if (from < to) {
        make(part, from, to, hashing);
      }
    }
  }

  private void make(Part part, long start, long end, Hashing hashing) throws IOException {
    long shift = part.position() - part.offset();
    if (part.from() == From.MEMORY) {
      put(start, part.bytes(), (int) (start + shift), (int) (end - start));
      hashing.update(part.bytes(), (int) (start + shift), (int) (end - start));
      return;
    }
    boolean shared =
        part.from() == From.BASIS && target.share(basis, start + shift, start, end - start);
    byte[] buffer = WorkerBuffer.get();
    for (long at = start; at < end; ) {
      // To the end of a leaf, so that those that are read whole are hashed where they are.
      long wanted = Math.min(end - at, ContentHash.LEAF_BYTES - at % ContentHash.LEAF_BYTES);
      int want = (int) Math.min(buffer.length, wanted);
      // What is hashed is what stands in the file, whoever writes to the basis meanwhile.
      int got =
          shared
              ? target.read(at, buffer, 0, want)
              : part.from() == From.BASIS
                  ? basis.read(at + shift, buffer, 0, want)
                  : target.read(at + shift, buffer, 0, want);
      if (got <= 0) {
        throw new IOException("what it is made of has become shorter");
      }
      if (!shared) {
        put(at, buffer, 0, got);
      }
      hashing.update(buffer, 0, got);
      at += got;
    }
  }

  /** Zeros too where something else may stand. */
  private void put(long offset, byte[] bytes, int start, int length) throws IOException {
    int over = (int) Math.min(length, Math.max(0, before - offset));
    if (over > 0) {
      target.write(offset, bytes, start, over);
    }
    SparseFile.write(target, offset + over, bytes, start + over, length - over);
  }
}
