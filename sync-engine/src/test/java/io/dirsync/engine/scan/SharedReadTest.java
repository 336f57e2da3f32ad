package io.dirsync.engine.scan;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dirsync.fs.MemoryVolume;
import io.dirsync.fs.MemoryVolume.Operation;
import io.dirsync.fs.Volume.ReadableFile;
import io.dirsync.model.ContentHash;
import io.dirsync.protocol.delta.BlockSize;
import io.dirsync.protocol.delta.SignatureBuilder;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What several threads read is what one reads. */
final class SharedReadTest {
  private static final byte[] PATH = "file".getBytes(UTF_8);
  private static final int MIB = 1 << 20;

  private final ExecutorService threads = Executors.newFixedThreadPool(4);
  private final MemoryVolume volume =
      new MemoryVolume(InstantSource.fixed(Instant.ofEpochSecond(1_000_000_000)));

  @AfterEach
  void end() {
    threads.shutdownNow();
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        1,
        ContentHash.LEAF_BYTES,
        MIB - 1,
        MIB,
        MIB + 1,
        3 * MIB,
        5 * MIB + 4_097,
        9 * MIB + 130_000
      })
  void hashAndSignatureAreThoseOfOneReader(int length) throws IOException {
    byte[] content = write(length);
    SignatureBuilder alone = builder(length);
    alone.update(content, 0, length);
    SignatureBuilder shared = builder(length);
    ContentHasher hasher = new ContentHasher();
    assertThat(read(length, hasher, shared, threads)).isTrue();
    assertThat(hasher.finish()).isEqualTo(ContentHasher.hash(content));
    assertThat(shared.finish().orElseThrow().encode())
        .isEqualTo(alone.finish().orElseThrow().encode());
  }

  @Test
  void whoAskedReadsAllWhereNobodyHelps() throws IOException {
    byte[] content = write(4 * MIB);
    ContentHasher hasher = new ContentHasher();
    ArrayDeque<Runnable> later = new ArrayDeque<>();
    assertThat(read(content.length, hasher, null, later::add)).isTrue();
    assertThat(hasher.finish()).isEqualTo(ContentHasher.hash(content));
    volume.unlink(PATH);
    later.forEach(Runnable::run);
  }

  @Test
  void aFileThatBecameShorterIsNotTakenForWhatItWas() throws IOException {
    write(4 * MIB);
    assertThat(read(6 * MIB, new ContentHasher(), null, threads)).isFalse();
  }

  @Test
  void whatCannotBeReadFailsForWhoAsked() throws IOException {
    write(4 * MIB);
    volume.setFaults(
        (operation, path) -> {
          if (operation == Operation.READ) {
            throw new IOException("input/output error");
          }
        });
    assertThatThrownBy(() -> read(4 * MIB, new ContentHasher(), builder(4 * MIB), threads))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("input/output error");
  }

  @Test
  void aDefectInOneStretchIsThrownWhenNobodyReadsAnyMore() throws IOException {
    write(4 * MIB);
    AtomicInteger reading = new AtomicInteger();
    AtomicInteger reads = new AtomicInteger();
    volume.setFaults(
        (operation, path) -> {
          if (operation == Operation.READ) {
            reading.incrementAndGet();
            try {
              if (reads.incrementAndGet() == 1) {
                throw new IllegalStateException("a defect");
              }
            } finally {
              reading.decrementAndGet();
            }
          }
        });
    assertThatThrownBy(() -> read(4 * MIB, new ContentHasher(), builder(4 * MIB), threads))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("a defect");
    assertThat(reading).hasValue(0);
  }

  private byte[] write(int length) throws IOException {
    byte[] content = new byte[length];
    new SplittableRandom(length).nextBytes(content);
    volume.user().write(PATH, content);
    return content;
  }

  private static SignatureBuilder builder(int length) {
    return new SignatureBuilder(length, BlockSize.MIN_BYTES, 7, null);
  }

  private boolean read(
      int length, ContentHasher hasher, @Nullable SignatureBuilder signature, Executor workers)
      throws IOException {
    try (ReadableFile file = volume.open(PATH)) {
      return new SharedRead(file, length, signature, null, workers).read(hasher);
    }
  }
}
