package io.dirsync.engine.apply;

import io.dirsync.engine.Layout;
import io.dirsync.engine.LeafDigestsBuilder;
import io.dirsync.engine.Signatures;
import io.dirsync.engine.Strand;
import io.dirsync.engine.scan.ContentHasher;
import io.dirsync.engine.session.Supplier;
import io.dirsync.fs.Volume;
import io.dirsync.fs.Volume.StagedFile;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.RelativePath;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Fetches a content whole. Asks for it range by range, so that no more than {@link #WINDOW_BYTES}
 * is ever under way; hashes in order as it comes; runs of zeros become holes. What has come of a
 * large one when the transfer is cut is kept, and gone on with; its leaves are known afterwards.
 */
final class Transfer implements Fetching {
  /** What may be asked for and not have come yet. */
  static final long WINDOW_BYTES = 8L << 20;

  private static final int REREAD_BYTES = 4 << 20;
  private static final byte[] ZEROS = new byte[64 << 10];

  private final Volume volume;
  private final Supplier supplier;
  private final ContentHash hash;
  private final long size;
  private final RelativePath path;
  private final Signatures signatures;
  private final Listener listener;
  private final Strand strand;

  private final boolean resumable;
  private final long rangeBytes;
  private final @Nullable LeafDigestsBuilder leaves;
  private final ContentHasher hasher;
  private final ArrayDeque<Range> ranges = new ArrayDeque<>();
  private @Nullable StagedFile file;
  private long requested;
  private boolean ended;

  /** A stretch that was asked for. What comes for one that is not the first waits in it. */
  private static final class Range {
    final long end;

    /** Behind the last byte that has come. */
    long come;

    long request;
    final ArrayDeque<Piece> pieces = new ArrayDeque<>();

    Range(long start, long end) {
      this.come = start;
      this.end = end;
    }
  }

  private record Piece(long offset, byte[] bytes, boolean last) {}

  Transfer(
      Volume volume,
      Supplier supplier,
      Content.File wanted,
      RelativePath path,
      Signatures signatures,
      Executor workers,
      Listener listener) {
    this.volume = volume;
    this.supplier = supplier;
    this.hash = wanted.hash();
    this.size = wanted.size();
    this.path = path;
    this.signatures = signatures;
    this.resumable = size >= signatures.bounds().resumeBytesMin();
    this.rangeBytes = signatures.bounds().rangeBytes();
    this.leaves = signatures.leaves(size, null);
    this.hasher = new ContentHasher(leaves);
    this.listener = listener;
    this.strand = new Strand(workers);
  }

  @Override
  public void start() {
    strand.execute(
        () -> {
          if (ended) {
            return;
          }
          try {
            if (resumable) {
              StagedFile part = PartialFiles.open(volume, hash);
              file = part;
              resume(part, Math.min(size, part.status().sizeBytes()));
            } else {
              StagedFile fresh = volume.stage(Layout.STAGING.bytes());
              file = fresh;
              begin(fresh);
            }
          } catch (IOException e) {
            fail(String.valueOf(e.getMessage()), e);
          }
        });
  }

  /** Reads what has come before, in slices, so that others have their turn on the workers. */
  private void resume(StagedFile part, long before) throws IOException {
    byte[] buffer = new byte[ContentHash.LEAF_BYTES];
    long end = Math.min(before, hasher.length() + REREAD_BYTES);
    while (hasher.length() < end) {
      int want = (int) Math.min(buffer.length, end - hasher.length());
      int got = part.read(hasher.length(), buffer, 0, want);
      if (got <= 0) {
        throw new IOException("what had come of it before became shorter");
      }
      hasher.update(buffer, 0, got);
    }
    if (hasher.length() < before) {
      strand.execute(
          () -> {
            if (ended) {
              return;
            }
            try {
              resume(part, before);
            } catch (IOException e) {
              fail(String.valueOf(e.getMessage()), e);
            }
          });
      return;
    }
    begin(part);
  }

  private void begin(StagedFile target) throws IOException {
    requested = hasher.length();
    request();
    if (requested == hasher.length()) {
      finish(target);
    }
  }

  @Override
  public void cancel() {
    strand.execute(() -> fail("no longer wanted", null, false));
  }

  @Override
  public void stop() {
    strand.execute(() -> end(resumable));
  }

  private void request() {
    while (requested < size && requested - hasher.length() < WINDOW_BYTES) {
      long length = Math.min(rangeBytes, size - requested);
      Range range = new Range(requested, requested + length);
      ranges.add(range);
      long offset = requested;
      requested += length;
      range.request =
          supplier.fetch(
              hash,
              path,
              offset,
              length,
              new Supplier.Reply() {
                @Override
                public void data(long at, byte[] bytes, boolean last) {
                  strand.execute(() -> came(range, new Piece(at, bytes, last)));
                }

                @Override
                public void failed(String reason) {
                  strand.execute(() -> fail(reason, null));
                }

                @Override
                public void unanswered(String reason) {
                  strand.execute(
                      () -> {
                        if (end(resumable)) {
                          listener.unanswered(reason);
                        }
                      });
                }
              });
    }
  }

  private void came(Range range, Piece piece) {
    if (ended) {
      return;
    }
    // Before it waits for its turn, so that no more waits than was asked for.
    if (piece.offset() < range.come || piece.offset() > range.end - piece.bytes().length) {
      fail("the peer sent bytes that nobody asked for", null, false);
      return;
    }
    range.come = piece.offset() + piece.bytes().length;
    range.pieces.add(piece);
    StagedFile target = file;
    if (target == null) {
      return;
    }
    try {
      while (!ranges.isEmpty() && !ranges.peek().pieces.isEmpty()) {
        Range first = ranges.peek();
        Piece next = first.pieces.poll();
        take(target, first, next);
        if (next.last()) {
          ranges.poll();
        }
      }
      request();
      if (hasher.length() == size && ranges.isEmpty()) {
        finish(target);
      }
    } catch (IOException e) {
      fail(String.valueOf(e.getMessage()), e);
    }
  }

  private void take(StagedFile target, Range range, Piece piece) throws IOException {
    zeros(piece.offset() - hasher.length());
    SparseFile.write(target, piece.offset(), piece.bytes(), 0, piece.bytes().length);
    hasher.update(piece.bytes(), 0, piece.bytes().length);
    if (piece.last()) {
      zeros(range.end - hasher.length());
    }
  }

  private void zeros(long count) {
    long left = count;
    while (left > 0) {
      int step = (int) Math.min(left, ZEROS.length);
      hasher.update(ZEROS, 0, step);
      left -= step;
    }
  }

  private void finish(StagedFile target) throws IOException {
    target.truncate(size);
    ContentHash found = hasher.finish();
    if (!found.equals(hash)) {
      ended = true;
      target.close();
      listener.failed("what came is not the content that was asked for", null);
      return;
    }
    if (leaves != null) {
      leaves.finish(size).ifPresent(known -> signatures.put(hash, known));
    }
    if (resumable) {
      PartialFiles.complete(target, hash);
    }
    ended = true;
    listener.fetched(target);
  }

  private void fail(String reason, @Nullable IOException disk) {
    // What the disk did not take is in nobody's way.
    fail(reason, disk, resumable && disk == null);
  }

  private void fail(String reason, @Nullable IOException disk, boolean keep) {
    if (end(keep)) {
      listener.failed(reason, disk);
    }
  }

  /** Ends it, unless it has ended before: then false is returned. */
  private boolean end(boolean keep) {
    if (ended) {
      return false;
    }
    ended = true;
    for (Range range : ranges) {
      supplier.cancel(range.request);
    }
    if (file != null) {
      try {
        if (keep) {
          file.suspend();
        } else {
          file.close();
        }
      } catch (IOException e) {
        // It had no name and is freed, or one that is found again.
      }
    }
    return true;
  }
}
