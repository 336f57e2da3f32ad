package io.dirsync.engine.apply;

import io.dirsync.engine.Layout;
import io.dirsync.engine.Signatures;
import io.dirsync.engine.Strand;
import io.dirsync.engine.scan.ContentHasher;
import io.dirsync.engine.session.Requests;
import io.dirsync.engine.session.Supplier;
import io.dirsync.fs.Volume;
import io.dirsync.fs.Volume.ReadableFile;
import io.dirsync.fs.Volume.StagedFile;
import io.dirsync.model.Content;
import io.dirsync.model.RelativePath;
import io.dirsync.protocol.delta.Delta;
import io.dirsync.protocol.delta.Patcher;
import io.dirsync.protocol.delta.Signature;
import io.dirsync.protocol.delta.SignatureBuilder;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Makes a content of a file that is here and of what a peer sends beside it. Works in slices, so
 * that others have their turn on the workers. What does not come out right fails: the content is
 * then fetched whole.
 */
final class DeltaTransfer implements Fetching {
  private static final int SLICE_BYTES = 4 << 20;
  private static final int BUFFER_BYTES = 128 << 10;

  /** The slowest that a peer is expected to compare, of several files one after another. */
  private static final long COMPARED_BYTES_A_SECOND = 10_000_000;

  private final Volume volume;
  private final Supplier supplier;
  private final Content.File wanted;
  private final RelativePath path;
  private final Basis basis;
  private final Signatures signatures;
  private final Listener listener;
  private final Strand strand;

  private final ContentHasher hasher = new ContentHasher();
  private final DeltaInput input = new DeltaInput();
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private @Nullable ReadableFile from;
  private @Nullable StagedFile file;
  private @Nullable Patcher patcher;
  private long request;

  /** Whether the peer has to go on: it has to compare, or to send what comes next. */
  private volatile boolean peersTurn = true;

  private boolean asked;
  private boolean signing;
  private boolean sliceWaits;
  private boolean ended;

  DeltaTransfer(
      Volume volume,
      Supplier supplier,
      Content.File wanted,
      RelativePath path,
      Basis basis,
      Signatures signatures,
      Executor workers,
      Listener listener) {
    this.volume = volume;
    this.supplier = supplier;
    this.wanted = wanted;
    this.path = path;
    this.basis = basis;
    this.signatures = signatures;
    this.listener = listener;
    this.strand = new Strand(workers);
  }

  /** What is done in one go, and what ends it. */
  private interface Step {
    void run() throws IOException;
  }

  private void attempt(Step step) {
    strand.execute(
        () -> {
          if (ended) {
            return;
          }
          try {
            step.run();
          } catch (IOException e) {
            fail(String.valueOf(e.getMessage()), e);
          }
        });
  }

  @Override
  public void start() {
    attempt(
        () -> {
          try {
            from = volume.open(basis.path().bytes());
          } catch (NoSuchFileException e) {
            ended = true;
            listener.overtaken();
            return;
          }
          requireBasis();
          file = volume.stage(Layout.STAGING.bytes());
          asked = true;
          request =
              supplier.fetchDelta(wanted.hash(), path, basis.content().hash(), new FromPeer());
        });
  }

  @Override
  public void cancel() {
    strand.execute(() -> fail("no longer wanted", null));
  }

  private final class FromPeer implements Supplier.DeltaReply {
    @Override
    public void signatureWanted() {
      peersTurn = false;
      attempt(DeltaTransfer.this::sign);
    }

    @Override
    public void data(long offset, byte[] bytes, boolean last) {
      peersTurn = false;
      attempt(
          () -> {
            input.came(offset, bytes, last);
            goOn();
          });
    }

    @Override
    public void failed(String reason) {
      strand.execute(() -> fail(reason, null));
    }

    @Override
    public void unanswered(String reason) {
      strand.execute(
          () -> {
            if (end()) {
              listener.unanswered(reason);
            }
          });
    }

    @Override
    public boolean isPeersTurn() {
      return peersTurn;
    }

    @Override
    public Duration patience() {
      return Requests.PATIENCE.plusSeconds(wanted.size() / COMPARED_BYTES_A_SECOND);
    }
  }

  private void requireBasis() throws IOException {
    if (from == null || !basis.isStill(from.status())) {
      throw new IOException(basis.path() + " has changed");
    }
  }

  // -- the basis' signature
  // --------------------------------------------------------------------------

  private void sign() throws IOException {
    if (signing) {
      // Once is enough for whoever goes by the protocol.
      peersTurn = true;
      return;
    }
    signing = true;
    Optional<Signature> known = signatures.get(basis.content().hash());
    SignatureBuilder builder = signatures.builder(basis.content().size());
    if (known.isPresent()) {
      send(known.get());
    } else if (builder != null) {
      sign(builder, 0);
    } else {
      peersTurn = true;
    }
  }

  private void sign(SignatureBuilder builder, long start) throws IOException {
    ReadableFile source = from;
    if (source == null) {
      return;
    }
    long at = start;
    long size = basis.content().size();
    while (at < size && at - start < SLICE_BYTES) {
      int got = source.read(at, buffer, 0, (int) Math.min(buffer.length, size - at));
      if (got <= 0) {
        throw new IOException(basis.path() + " has become shorter");
      }
      builder.update(buffer, 0, got);
      at += got;
    }
    if (at < size) {
      long next = at;
      attempt(() -> sign(builder, next));
      return;
    }
    requireBasis();
    Optional<Signature> made = builder.finish();
    if (made.isPresent()) {
      send(made.get());
    } else {
      peersTurn = true;
    }
  }

  private void send(Signature signature) {
    supplier.sign(request, signature.encode());
    peersTurn = true;
  }

  // -- rebuilding
  // --------------------------------------------------------------------------------------

  private void goOn() {
    if (!sliceWaits) {
      sliceWaits = true;
      attempt(
          () -> {
            sliceWaits = false;
            slice();
          });
    }
  }

  private void slice() throws IOException {
    Patcher target = patcher();
    if (target == null) {
      peersTurn = true;
      return;
    }
    long left = SLICE_BYTES;
    while (left > 0) {
      switch (target.next()) {
        // Always as much: a file system shares blocks only between places that are equally aligned.
        case COPY -> left -= target.copy(SLICE_BYTES);
        case LITERAL -> {
          DeltaInput.Stretch next = input.next();
          if (next == null) {
            peersTurn = true;
            return;
          }
          int taken = target.literal(next.bytes(), next.from(), next.length());
          input.taken(taken);
          left -= taken;
          long more = input.more();
          if (more > 0) {
            supplier.more(request, more);
          }
        }
        case END -> {
          finish();
          return;
        }
      }
    }
    goOn();
  }

  /** What rebuilds, once the delta has come. */
  private @Nullable Patcher patcher() throws IOException {
    if (patcher == null) {
      Delta delta = input.delta();
      ReadableFile source = from;
      StagedFile target = file;
      if (delta == null || source == null || target == null) {
        return null;
      }
      if (delta.length() != wanted.size() || delta.basisLength() != basis.content().size()) {
        throw new IOException("the peer sent a delta between other contents");
      }
      patcher = new Patcher(delta, new IntoFile(source, target));
    }
    return patcher;
  }

  private final class IntoFile implements Patcher.Sink {
    private final ReadableFile source;
    private final StagedFile target;

    IntoFile(ReadableFile source, StagedFile target) {
      this.source = source;
      this.target = target;
    }

    @Override
    public void write(long offset, byte[] bytes, int start, int length) throws IOException {
      SparseFile.write(target, offset, bytes, start, length);
      hasher.update(bytes, start, length);
    }

    @Override
    public void copy(long basisOffset, long offset, long length) throws IOException {
      boolean shared = target.share(source, basisOffset, offset, length);
      long done = 0;
      while (done < length) {
        int want = (int) Math.min(buffer.length, length - done);
        // What is hashed is what stands in the file, whoever writes to the basis meanwhile.
        int got =
            shared
                ? target.read(offset + done, buffer, 0, want)
                : source.read(basisOffset + done, buffer, 0, want);
        if (got <= 0) {
          throw new IOException(basis.path() + " has become shorter");
        }
        if (!shared) {
          SparseFile.write(target, offset + done, buffer, 0, got);
        }
        hasher.update(buffer, 0, got);
        done += got;
      }
    }
  }

  private void finish() throws IOException {
    StagedFile made = file;
    if (made == null) {
      return;
    }
    made.truncate(wanted.size());
    if (!hasher.finish().equals(wanted.hash())) {
      throw new IOException("what was made of a delta is not the content that was asked for");
    }
    ended = true;
    if (!input.lastCame()) {
      supplier.cancel(request);
    }
    close(from);
    listener.fetched(made);
  }

  private void fail(String reason, @Nullable IOException disk) {
    if (end()) {
      listener.failed(reason, disk);
    }
  }

  /** Ends it, unless it has ended before: then false is returned. */
  private boolean end() {
    if (ended) {
      return false;
    }
    ended = true;
    if (asked) {
      supplier.cancel(request);
    }
    close(from);
    close(file);
    return true;
  }

  private static void close(@Nullable Closeable closeable) {
    if (closeable != null) {
      try {
        closeable.close();
      } catch (IOException e) {
        // It was only read, or had no name and is freed.
      }
    }
  }
}
