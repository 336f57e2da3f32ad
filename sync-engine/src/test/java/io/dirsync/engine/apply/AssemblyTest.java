package io.dirsync.engine.apply;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dirsync.engine.LeafDigestsBuilder;
import io.dirsync.engine.OneThread;
import io.dirsync.engine.Signatures;
import io.dirsync.engine.TransferBounds;
import io.dirsync.engine.scan.ContentHasher;
import io.dirsync.fs.FileStatus;
import io.dirsync.fs.MemoryVolume;
import io.dirsync.fs.MemoryVolume.Operation;
import io.dirsync.fs.Volume.Lease;
import io.dirsync.fs.Volume.ReadableFile;
import io.dirsync.fs.Volume.StagedFile;
import io.dirsync.model.ContentHash;
import io.dirsync.protocol.delta.Delta;
import io.dirsync.protocol.delta.DeltaOp;
import io.dirsync.protocol.delta.Patcher;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What several threads make of a basis and literals is what the delta says. */
final class AssemblyTest {
  private static final byte[] BASIS = "basis".getBytes(UTF_8);
  private static final byte[] TARGET = "target".getBytes(UTF_8);
  private static final int MIB = 1 << 20;
  private static final int LEAF = ContentHash.LEAF_BYTES;

  private final ExecutorService threads = Executors.newFixedThreadPool(4);
  private final OneThread environment = new OneThread();
  private final Signatures signatures = new Signatures(TransferBounds.USUAL, environment);
  private final MemoryVolume volume = new MemoryVolume(environment.clock());
  private final byte[] old = random(1, 21 * MIB + 4_321);

  @BeforeEach
  void writeBasis() throws IOException {
    volume.user().write(BASIS, old);
  }

  @AfterEach
  void end() {
    threads.shutdownNow();
  }

  private static byte[] random(long seed, int length) {
    byte[] bytes = new byte[length];
    new SplittableRandom(seed).nextBytes(bytes);
    return bytes;
  }

  /** A content, and how it is made. */
  private record Made(byte[] content, Delta delta) {}

  /**
   * Copies from anywhere, aligned and not, short and long, between literals, some of them zeros.
   */
  private Made anything(SplittableRandom random, int bytes) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    List<DeltaOp> ops = new ArrayList<>();
    while (content.size() < bytes) {
      int length = 1 + random.nextInt(random.nextBoolean() ? 10_000 : 5 * MIB);
      if (random.nextInt(3) == 0) {
        content.writeBytes(random.nextBoolean() ? new byte[length] : random(length, length));
        ops.add(new DeltaOp.Literal(length));
      } else {
        int from = random.nextInt(old.length - length);
        from -= random.nextBoolean() ? from % LEAF : 0;
        content.write(old, from, length);
        ops.add(new DeltaOp.Copy(from, length));
      }
    }
    return new Made(content.toByteArray(), new Delta(old.length, content.size(), ops));
  }

  private LeafDigestsBuilder leaves(int size) {
    return Objects.requireNonNull(signatures.leaves(size, ContentHasher.hash(old)));
  }

  /**
   * Makes it all, and looks after each wave whether all is there that should be.
   *
   * @param most literal bytes that are at hand at once
   */
  private ContentHash make(
      Made made, Assembly assembly, StagedFile target, ContentHasher hasher, int most)
      throws IOException {
    Patcher patcher = new Patcher(made.delta(), assembly);
    long kept = hasher.length();
    while (patcher.next() != Patcher.Next.END) {
      long left = Assembly.bytesFrom(patcher.offset());
      int literals = most;
      while (left > 0 && literals > 0 && !assembly.isFull()) {
        switch (patcher.next()) {
          case COPY -> left -= patcher.copy(left);
          case LITERAL -> {
            int at = Math.toIntExact(patcher.offset());
            int length = (int) Math.min(left, made.content().length - at);
            byte[] come = Arrays.copyOfRange(made.content(), at, at + Math.min(literals, length));
            int taken = patcher.literal(come, 0, come.length);
            literals -= taken;
            left -= taken;
          }
          case END -> left = 0;
        }
      }
      assembly.make(hasher);
      assertThat(hasher.length()).isEqualTo(Math.max(kept, patcher.offset()));
      assertThat(read(target, patcher.offset()))
          .isEqualTo(Arrays.copyOf(made.content(), Math.toIntExact(patcher.offset())));
    }
    return hasher.finish();
  }

  /** The file's first bytes; zeros where it has ended: it may end in a hole. */
  private static byte[] read(StagedFile file, long length) throws IOException {
    byte[] bytes = new byte[Math.toIntExact(length)];
    int unused = file.read(0, bytes, 0, bytes.length);
    return bytes;
  }

  private Assembly assembly(
      ReadableFile basis,
      StagedFile target,
      long before,
      long kept,
      @Nullable LeafDigestsBuilder leaves) {
    return new Assembly(basis, target, before, kept, leaves, threads);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void anyDeltaIsMade(long seed) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    Made made = anything(random, 8 * MIB + random.nextInt(30 * MIB));
    LeafDigestsBuilder leaves = leaves(made.content().length);
    try (ReadableFile basis = volume.open(BASIS);
        StagedFile target = volume.stageAt(TARGET)) {
      ContentHash hash =
          make(
              made,
              assembly(basis, target, 0, 0, leaves),
              target,
              new ContentHasher(leaves),
              1 + random.nextInt(12 * MIB));
      assertThat(hash).isEqualTo(ContentHasher.hash(made.content()));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4096, LEAF, 3 * MIB + 5, 17 * MIB, 19 * MIB})
  void whatWasMadeBeforeIsKeptAndGoneOnWith(int kept) throws IOException {
    Made made = anything(new SplittableRandom(kept), 20 * MIB);
    for (int before : new int[] {kept, kept + 1, kept + 2 * MIB, kept + 18 * MIB}) {
      if (before <= made.content().length && before <= old.length) {
        goOn(made, before, kept);
      }
    }
  }

  /**
   * What was made before is right up to a place. What is behind that, and the basis behind what was
   * made, is what the rest is made of, as far as it is not overwritten by then.
   */
  private void goOn(Made wanted, int before, int kept) throws IOException {
    byte[] part = Arrays.copyOf(wanted.content(), before);
    byte[] joined = Arrays.copyOf(part, old.length);
    System.arraycopy(old, before, joined, before, old.length - before);
    List<DeltaOp> ops = new ArrayList<>();
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    SplittableRandom random = new SplittableRandom(before);
    if (kept > 0) {
      content.write(part, 0, kept);
      ops.add(new DeltaOp.Copy(0, kept));
    }
    while (content.size() < 20 * MIB) {
      int at = content.size();
      if (at < old.length - 3 * MIB && random.nextInt(3) > 0) {
        boolean ofKept = kept > 0 && random.nextInt(4) == 0;
        int from = ofKept ? random.nextInt(kept) : at + random.nextInt(2 * MIB);
        int length = 1 + random.nextInt(ofKept ? Math.min(MIB, kept - from) : MIB);
        content.write(joined, from, length);
        ops.add(new DeltaOp.Copy(from, length));
      } else {
        int length = 1 + random.nextInt(MIB);
        content.writeBytes(random.nextBoolean() ? new byte[length] : random(at, length));
        ops.add(new DeltaOp.Literal(length));
      }
    }
    Made made = new Made(content.toByteArray(), new Delta(joined.length, content.size(), ops));
    LeafDigestsBuilder leaves = leaves(made.content().length);
    try (ReadableFile basis = volume.open(BASIS);
        StagedFile target = volume.stageAt(TARGET)) {
      target.write(0, part, 0, before);
      ContentHasher hasher = new ContentHasher(leaves);
      hasher.update(part, 0, kept);
      Assembly assembly = assembly(basis, target, before, kept, leaves);
      assertThat(make(made, assembly, target, hasher, 4 * MIB))
          .isEqualTo(ContentHasher.hash(made.content()));
    }
  }

  @Test
  void whoMakesItNeedsNobodysHelp() throws IOException {
    ArrayDeque<Runnable> later = new ArrayDeque<>();
    Made made = new Made(old, new Delta(old.length, old.length, copy()));
    try (ReadableFile basis = volume.open(BASIS);
        StagedFile target = volume.stageAt(TARGET)) {
      Executor nobody = later::add;
      Assembly assembly = new Assembly(basis, target, 0, 0, null, nobody);
      assertThat(make(made, assembly, target, new ContentHasher(), MIB))
          .isEqualTo(ContentHasher.hash(old));
    }
    later.forEach(Runnable::run);
  }

  private List<DeltaOp> copy() {
    return List.of(new DeltaOp.Copy(0, old.length));
  }

  @Test
  void whatFailsInOneStretchIsThrownWhenNobodyWritesAnyMore() throws IOException {
    AtomicInteger writing = new AtomicInteger();
    AtomicInteger writes = new AtomicInteger();
    volume.setFaults(
        (operation, path) -> {
          if (operation == Operation.WRITE || operation == Operation.COPY) {
            writing.incrementAndGet();
            try {
              if (writes.incrementAndGet() == 5) {
                throw new IOException("input/output error");
              }
            } finally {
              writing.decrementAndGet();
            }
          }
        });
    Patcher patcher;
    try (ReadableFile basis = volume.open(BASIS);
        StagedFile target = volume.stageAt(TARGET)) {
      LeafDigestsBuilder leaves = leaves(old.length);
      Assembly assembly = assembly(basis, target, 0, 0, leaves);
      patcher = new Patcher(new Delta(old.length, old.length, copy()), assembly);
      assertThat(patcher.copy(Assembly.WAVE_BYTES)).isEqualTo(Assembly.WAVE_BYTES);
      assertThatThrownBy(() -> assembly.make(new ContentHasher(leaves)))
          .hasMessageContaining("input/output error");
      assertThat(writing).hasValue(0);
    }
  }

  /** How many bytes of a file are read. */
  private static final class Reading implements ReadableFile {
    private final ReadableFile file;
    private final AtomicLong bytes = new AtomicLong();

    Reading(ReadableFile file) {
      this.file = file;
    }

    @Override
    public int read(long position, byte[] buffer, int offset, int length) throws IOException {
      int count = file.read(position, buffer, offset, length);
      bytes.addAndGet(count);
      return count;
    }

    @Override
    public FileStatus status() throws IOException {
      return file.status();
    }

    @Override
    public long nextData(long position) throws IOException {
      return file.nextData(position);
    }

    @Override
    public long nextHole(long position) throws IOException {
      return file.nextHole(position);
    }

    @Override
    public Lease lease() throws IOException {
      return file.lease();
    }

    @Override
    public void unlease() throws IOException {
      file.unlease();
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }

  @Test
  void ofTheBasisOnlyWhatIsCopiedIsReadAndThatOnce() throws IOException {
    int copied = 3 * MIB + 17;
    byte[] content = Arrays.copyOf(random(9, 2 * MIB), 2 * MIB + copied);
    System.arraycopy(old, 5 * MIB + 3, content, 2 * MIB, copied);
    Made made =
        new Made(
            content,
            new Delta(
                old.length,
                content.length,
                List.of(new DeltaOp.Literal(2 * MIB), new DeltaOp.Copy(5 * MIB + 3, copied))));
    try (Reading basis = new Reading(volume.open(BASIS));
        StagedFile target = volume.stageAt(TARGET)) {
      assertThat(make(made, assembly(basis, target, 0, 0, null), target, new ContentHasher(), MIB))
          .isEqualTo(ContentHasher.hash(content));
      assertThat(basis.bytes).hasValue(copied);
    }
  }

  @Test
  void aBasisThatBecameShorterFails() throws IOException {
    try (ReadableFile basis = volume.open(BASIS);
        StagedFile target = volume.stageAt(TARGET)) {
      Assembly assembly = assembly(basis, target, 0, 0, leaves(old.length));
      assembly.copy(1, 0, Assembly.WAVE_BYTES);
      try (var open = volume.user().openForWriting(BASIS)) {
        open.truncate(2 * MIB);
      }
      assertThatThrownBy(() -> assembly.make(new ContentHasher()))
          .hasMessageContaining("has become shorter");
    }
  }

  @Test
  void aDeltaOfTinyStepsIsMadeInSmallWaves() throws IOException {
    try (ReadableFile basis = volume.open(BASIS);
        StagedFile target = volume.stageAt(TARGET)) {
      Assembly assembly = assembly(basis, target, 0, 0, leaves(old.length));
      int steps = 0;
      while (!assembly.isFull()) {
        assembly.copy(2L * steps, steps, 1);
        steps++;
      }
      assertThat(steps).isEqualTo(4096);
    }
  }
}
