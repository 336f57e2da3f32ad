package io.dirsync.engine.scan;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import io.dirsync.engine.LeafDigestsBuilder;
import io.dirsync.engine.OneThread;
import io.dirsync.engine.Signatures;
import io.dirsync.engine.TransferBounds;
import io.dirsync.fs.MemoryVolume;
import io.dirsync.fs.Volume.ReadableFile;
import io.dirsync.model.ContentHash;
import io.dirsync.protocol.delta.BlockSize;
import io.dirsync.protocol.delta.Signature;
import io.dirsync.protocol.delta.SignatureBuilder;
import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is known of an older content saves work and changes no hash. */
final class KnownLeavesTest {
  private static final byte[] PATH = "file".getBytes(UTF_8);
  private static final int MIB = 1 << 20;
  private static final int LEAF = ContentHash.LEAF_BYTES;
  private static final int SIZE = 9 * MIB + 12_345;

  private final OneThread environment = new OneThread();
  private final Signatures signatures = new Signatures(TransferBounds.USUAL, environment);
  private final byte[] old = random(1, SIZE);

  static Stream<Arguments> changes() {
    return Stream.of(
        change("nothing", bytes -> bytes),
        change("the first byte", bytes -> changed(bytes, 0)),
        change("the last byte of a leaf", bytes -> changed(bytes, 3 * LEAF - 1)),
        change("the first byte of a leaf", bytes -> changed(bytes, 3 * LEAF)),
        change("the last byte", bytes -> changed(bytes, SIZE - 1)),
        change("a shorter last leaf", bytes -> Arrays.copyOf(bytes, SIZE - 1)),
        change("a longer last leaf", bytes -> Arrays.copyOf(bytes, SIZE + 1)),
        change("fewer leaves", bytes -> Arrays.copyOf(bytes, SIZE - MIB)),
        change("an end where a leaf ends", bytes -> Arrays.copyOf(bytes, 9 * MIB)),
        change("more leaves", bytes -> Arrays.copyOf(bytes, SIZE + MIB)),
        change("all leaves, by a byte", bytes -> Arrays.copyOfRange(bytes, 1, SIZE)),
        change("all leaves, by a leaf", bytes -> Arrays.copyOfRange(bytes, LEAF, SIZE)),
        change("two leaves that changed places", KnownLeavesTest::exchanged),
        change("all bytes", bytes -> random(2, SIZE)));
  }

  private static Arguments change(String name, UnaryOperator<byte[]> change) {
    return argumentSet(name, change);
  }

  private static byte[] random(long seed, int length) {
    byte[] bytes = new byte[length];
    new SplittableRandom(seed).nextBytes(bytes);
    return bytes;
  }

  private static byte[] changed(byte[] bytes, int at) {
    byte[] changed = bytes.clone();
    changed[at]++;
    return changed;
  }

  private static byte[] exchanged(byte[] bytes) {
    byte[] changed = bytes.clone();
    System.arraycopy(bytes, 2 * LEAF, changed, 5 * LEAF, LEAF);
    System.arraycopy(bytes, 5 * LEAF, changed, 2 * LEAF, LEAF);
    return changed;
  }

  @ParameterizedTest
  @MethodSource("changes")
  void theHashIsThatOfTheBytesWhateverStoodThereBefore(UnaryOperator<byte[]> change) {
    read(old, null);
    byte[] content = change.apply(old);
    assertThat(read(content, ContentHasher.hash(old))).isEqualTo(ContentHasher.hash(content));
    assertThat(read(old, ContentHasher.hash(content)))
        .as("and back again")
        .isEqualTo(ContentHasher.hash(old));
  }

  @ParameterizedTest
  @MethodSource("changes")
  void severalThreadsFindTheSame(UnaryOperator<byte[]> change) throws IOException {
    read(old, null);
    byte[] content = change.apply(old);
    LeafDigestsBuilder leaves = leaves(content.length, ContentHasher.hash(old));
    ContentHasher hasher = new ContentHasher();
    MemoryVolume volume = new MemoryVolume(environment.clock());
    volume.user().write(PATH, content);
    try (ExecutorService threads = Executors.newFixedThreadPool(3);
        ReadableFile file = volume.open(PATH)) {
      assertThat(new SharedRead(file, content.length, null, leaves, threads).read(hasher)).isTrue();
    }
    ContentHash hash = hasher.finish();
    assertThat(hash).isEqualTo(ContentHasher.hash(content));
    signatures.put(hash, leaves.finish(content.length).orElseThrow());
    assertThat(known(content, hash)).as("all its leaves").isEqualTo(content.length / LEAF);
  }

  @ParameterizedTest
  @MethodSource("changes")
  void theSignatureIsThatOfTheBytesWhateverStoodThereBefore(UnaryOperator<byte[]> change)
      throws IOException {
    read(old, null);
    SignatureBuilder former = builder(SIZE, null);
    former.update(old, 0, SIZE);
    Signature basis = former.finish().orElseThrow();
    byte[] content = change.apply(old);
    SignatureBuilder alone = builder(content.length, basis);
    alone.update(content, 0, content.length);
    SignatureBuilder shared = builder(content.length, basis);
    LeafDigestsBuilder leaves = leaves(content.length, ContentHasher.hash(old));
    MemoryVolume volume = new MemoryVolume(environment.clock());
    volume.user().write(PATH, content);
    try (ReadableFile file = volume.open(PATH)) {
      assertThat(
              new SharedRead(file, content.length, shared, leaves, Runnable::run)
                  .read(new ContentHasher()))
          .isTrue();
    }
    assertThat(shared.finish().orElseThrow().encode())
        .isEqualTo(alone.finish().orElseThrow().encode());
  }

  private static SignatureBuilder builder(int length, @Nullable Signature former) {
    return new SignatureBuilder(length, BlockSize.MIN_BYTES, 7, former);
  }

  @Test
  void aLeafThatHasNotChangedIsNotHashedAgain() {
    read(old, null);
    byte[] content = changed(old, 4 * LEAF + 5);
    assertThat(known(content, ContentHasher.hash(old))).isEqualTo(9 * 8 - 1);
  }

  @Test
  void aLeafIsKnownInItsPlaceOnly() {
    read(old, null);
    assertThat(known(exchanged(old), ContentHasher.hash(old))).isEqualTo(9 * 8 - 2);
  }

  @Test
  void aLastLeafOfAnotherLengthIsAnother() {
    byte[] content = Arrays.copyOf(old, 9 * MIB - 1);
    read(content, null);
    assertThat(known(Arrays.copyOf(old, 9 * MIB), ContentHasher.hash(content)))
        .isEqualTo(9 * 8 - 1);
  }

  @Test
  void ofAContentThatHadAnotherLengthThanAnnouncedNothingIsKept() {
    LeafDigestsBuilder leaves = leaves(SIZE, null);
    new ContentHasher(leaves).update(old, 0, SIZE - LEAF);
    assertThat(leaves.finish(SIZE - LEAF)).isEmpty();
  }

  @Test
  void moreBytesThanAnnouncedAreHashedTheSame() {
    ContentHasher hasher = new ContentHasher(leaves(8 * MIB, null));
    hasher.update(old, 0, SIZE);
    assertThat(hasher.finish()).isEqualTo(ContentHasher.hash(old));
  }

  @Test
  void ofSmallAndHugeContentsNothingIsKept() {
    assertThat(signatures.leaves(8 * MIB - 1, null)).isNull();
    assertThat(signatures.leaves(8 * MIB, null)).isNotNull();
    assertThat(signatures.leaves(8L << 30, null)).isNotNull();
    assertThat(signatures.leaves((8L << 30) + 1, null)).isNull();
  }

  @Test
  void whatHasNotBeenAskedForTheLongestMakesRoom() {
    read(old, null);
    ContentHash hash = ContentHasher.hash(old);
    put(0, 4);
    assertThat(known(old, hash)).isPositive();
    put(4, 9);
    assertThat(known(old, hash)).as("it was asked for").isPositive();
    put(9, 15);
    assertThat(known(old, hash)).isZero();
  }

  /** Keeps 3 MiB for each of some contents: there is room for five. */
  private void put(int first, int end) {
    for (int number = first; number < end; number++) {
      LeafDigestsBuilder leaves = leaves(8L << 30, null);
      signatures.put(
          ContentHasher.hash(new byte[] {(byte) number}), leaves.finish(8L << 30).orElseThrow());
    }
  }

  private LeafDigestsBuilder leaves(long size, @Nullable ContentHash former) {
    return Objects.requireNonNull(signatures.leaves(size, former));
  }

  /** Reads a content in uneven pieces, keeps what is to be kept, and returns its hash. */
  private ContentHash read(byte[] content, @Nullable ContentHash former) {
    LeafDigestsBuilder leaves = leaves(content.length, former);
    ContentHasher hasher = new ContentHasher(leaves);
    SplittableRandom random = new SplittableRandom(content.length);
    for (int at = 0; at < content.length; ) {
      int step = Math.min(content.length - at, 1 + random.nextInt(3 * LEAF));
      hasher.update(content, at, step);
      at += step;
    }
    ContentHash hash = hasher.finish();
    signatures.put(hash, leaves.finish(content.length).orElseThrow());
    return hash;
  }

  /** How many leaves of a content are known by those of another one. */
  private int known(byte[] content, ContentHash former) {
    LeafHasher hasher = new LeafHasher(leaves(content.length, former), 0, _ -> {});
    int count = 0;
    for (int at = 0; at + LEAF <= content.length; at += LEAF) {
      count += hasher.update(content, at, LEAF) ? 1 : 0;
    }
    return count;
  }
}
