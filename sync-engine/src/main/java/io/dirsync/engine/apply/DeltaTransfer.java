package io.dirsync.engine.apply;

import io.dirsync.engine.Layout;
import io.dirsync.engine.LeafDigestsBuilder;
import io.dirsync.engine.Signatures;
import io.dirsync.engine.Strand;
import io.dirsync.engine.WorkerBuffer;
import io.dirsync.engine.scan.ContentHasher;
import io.dirsync.engine.session.Requests;
import io.dirsync.engine.session.Supplier;
import io.dirsync.fs.Volume;
import io.dirsync.fs.Volume.ReadableFile;
import io.dirsync.fs.Volume.StagedFile;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.RelativePath;
import io.dirsync.protocol.delta.BlockSize;
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
 *
 * <p>What was made of a large content when the transfer is cut is kept, as what has come of one
 * that is fetched whole. To go on, the peer is asked for the delta between the content and a basis
 * that is put together: what was made, and the former basis from there on. What was made right is
 * then all copied from itself, and only of the rest anything is sent; where the delta says
 * otherwise, it is made anew. The content's hash decides in any case.
 */
final class DeltaTransfer implements Fetching {
  private static final int SLICE_BYTES = 4 << 20;

  /** The slowest that a peer is expected to compare, of several files one after another. */
  private static final long COMPARED_BYTES_A_SECOND = 10_000_000;

  private final Volume volume;
  private final Supplier supplier;
  private final Content.File wanted;
  private final RelativePath path;
  private final Basis basis;
  private final Signatures signatures;
  private final Listener listener;
  private final Executor workers;
  private final Strand strand;

  private final boolean resumable;

  /** Knows the leaves of the basis. */
  private final @Nullable LeafDigestsBuilder leaves;

  private ContentHasher hasher;
  private final DeltaInput input = new DeltaInput();
  private @Nullable ReadableFile from;
  private @Nullable StagedFile file;
  private @Nullable Delta delta;
  private @Nullable Patcher patcher;
  private @Nullable Assembly assembly;
  private long request;

  /** What was made before of the content and takes the place of the basis' beginning, in bytes. */
  private long before;

  /** How much of that stays as it is. */
  private long kept;

  /** The signature of the basis that was put together. */
  private Optional<Signature> joined = Optional.empty();

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
    this.resumable = wanted.size() >= signatures.bounds().resumeBytesMin();
    this.leaves = signatures.leaves(wanted.size(), basis.content().hash());
    this.hasher = new ContentHasher(leaves);
    this.workers = workers;
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
          if (resumable) {
            resume(PartialFiles.open(volume, wanted.hash()));
          } else {
            file = volume.stage(Layout.STAGING.bytes());
            ask(basis.content().hash());
          }
        });
  }

  private void ask(ContentHash known) {
    asked = true;
    request = supplier.fetchDelta(wanted.hash(), path, known, new FromPeer());
  }

  @Override
  public void stop() {
    strand.execute(() -> end(resumable));
  }

  @Override
  public void cancel() {
    strand.execute(
        () -> {
          if (end(false)) {
            listener.failed("no longer wanted", null);
          }
        });
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
    public void cut(String reason) {
      strand.execute(
          () -> {
            if (end(resumable)) {
              listener.cut(reason);
            }
          });
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

  // -- going on with what was made before
  // -----------------------------------------------------------------------------------

  private void resume(StagedFile part) throws IOException {
    file = part;
    long made = Math.min(wanted.size(), part.status().sizeBytes());
    long longest = Math.max(made, basis.content().size());
    // Whole blocks, so that what was made matches itself to its end.
    before = made - made % BlockSize.forLength(longest, signatures.bounds().blockBytesMin());
    // What lies behind is made again, and where that is zeros nothing is written.
    part.truncate(before);
    SignatureBuilder builder = signatures.builder(basisLength(), null);
    if (before == 0 || builder == null) {
      before = 0;
      part.truncate(0);
      ask(basis.content().hash());
    } else {
      join(part, builder, new ContentHasher());
    }
  }

  /** How long the basis is that the peer is told of. */
  private long basisLength() {
    return Math.max(before, basis.content().size());
  }

  /** Reads what was made before, then the rest of the basis. */
  private void join(StagedFile part, SignatureBuilder builder, ContentHasher all)
      throws IOException {
    ReadableFile rest = from;
    if (rest == null) {
      return;
    }
    byte[] buffer = WorkerBuffer.get();
    long start = all.length();
    while (all.length() < basisLength() && all.length() - start < SLICE_BYTES) {
      boolean made = all.length() < before;
      long end = made ? before : basisLength();
      int want = (int) Math.min(buffer.length, end - all.length());
      int got =
          made
              ? part.read(all.length(), buffer, 0, want)
              : rest.read(all.length(), buffer, 0, want);
      if (got <= 0) {
        throw new IOException("what " + path + " is made of has become shorter");
      }
      builder.update(buffer, 0, got);
      all.update(buffer, 0, got);
      if (made) {
        hasher.update(buffer, 0, got);
      }
    }
    if (all.length() < basisLength()) {
      attempt(() -> join(part, builder, all));
      return;
    }
    requireBasis();
    joined = builder.finish();
    if (joined.isEmpty()) {
      throw new IOException("what " + path + " is made of has another length");
    }
    ask(all.finish());
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
    Optional<Signature> known = before > 0 ? joined : signatures.get(basis.content().hash());
    SignatureBuilder builder = signatures.builder(basis.content().size(), null);
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
    byte[] buffer = WorkerBuffer.get();
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
    Patcher next = patcher();
    if (next == null || assembly == null) {
      return;
    }
    boolean waits = !assembly.gather(next, input);
    assembly.make(hasher);
    long more = input.more();
    if (more > 0) {
      supplier.more(request, more);
    }
    if (next.next() == Patcher.Next.END) {
      finish();
    } else if (waits) {
      peersTurn = true;
    } else {
      goOn();
    }
  }

  /** What rebuilds, once the delta has come and what stays of before is read. */
  private @Nullable Patcher patcher() throws IOException {
    ReadableFile source = from;
    StagedFile target = file;
    if (patcher != null || source == null || target == null) {
      return patcher;
    }
    Delta come = delta == null ? input.delta() : delta;
    if (come == null) {
      peersTurn = true;
      return null;
    }
    if (delta == null) {
      if (come.length() != wanted.size() || come.basisLength() != basisLength()) {
        throw new IOException("the peer sent a delta between other contents");
      }
      delta = come;
      kept = Math.min(before, come.unmoved());
      if (kept < before) {
        // It is not what was made then: what differs is made again, in its place.
        hasher = new ContentHasher(leaves);
      }
    }
    if (hasher.length() < kept) {
      reread(target);
      goOn();
      return null;
    }
    assembly = new Assembly(source, target, before, kept, leaves, workers);
    patcher = new Patcher(come, assembly);
    return patcher;
  }

  private void reread(StagedFile target) throws IOException {
    byte[] buffer = WorkerBuffer.get();
    long end = Math.min(kept, hasher.length() + SLICE_BYTES);
    while (hasher.length() < end) {
      int want = (int) Math.min(buffer.length, end - hasher.length());
      int got = target.read(hasher.length(), buffer, 0, want);
      if (got <= 0) {
        throw new IOException("what was made before has become shorter");
      }
      hasher.update(buffer, 0, got);
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
    if (leaves != null) {
      leaves.finish(wanted.size()).ifPresent(known -> signatures.put(wanted.hash(), known));
    }
    if (resumable) {
      PartialFiles.complete(made, wanted.hash());
    }
    ended = true;
    if (!input.lastCame()) {
      supplier.cancel(request);
    }
    close(from);
    listener.fetched(made);
  }

  private void fail(String reason, @Nullable IOException disk) {
    // What the disk did not take, or came out wrong, is in nobody's way.
    if (end(resumable && disk == null)) {
      listener.failed(reason, disk);
    }
  }

  /**
   * Ends it, unless it has ended before: then false is returned.
   *
   * @param keep whether somebody may go on with what was made
   */
  private boolean end(boolean keep) {
    if (ended) {
      return false;
    }
    ended = true;
    if (asked) {
      supplier.cancel(request);
    }
    close(from);
    close(keep ? suspending(file) : file);
    return true;
  }

  private static @Nullable Closeable suspending(@Nullable StagedFile file) {
    return file == null ? null : file::suspend;
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
