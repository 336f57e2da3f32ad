package io.dirsync.protocol.delta;

import static io.dirsync.protocol.delta.Deltas.SEED;
import static io.dirsync.protocol.delta.Deltas.delta;
import static io.dirsync.protocol.delta.Deltas.join;
import static io.dirsync.protocol.delta.Deltas.patch;
import static io.dirsync.protocol.delta.Deltas.random;
import static io.dirsync.protocol.delta.Deltas.reading;
import static io.dirsync.protocol.delta.Deltas.signature;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The law: patching the basis with the delta to a content gives that content. */
final class DeltaLawTest {
  private static final int MIB = 1 << 20;
  private static final int BLOCK = BlockSize.MIN_BYTES;
  private static final int PIECE = BlockSize.PIECE_BYTES_MIN;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void anySeriesOfEditsIsRebuilt(long seed) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 30; i++) {
      byte[] basis = content(random);
      byte[] changed = basis;
      int edits = random.nextInt(8);
      for (int j = 0; j < edits; j++) {
        changed = edit(changed, random);
      }
      assertRebuilt(basis, changed);
    }
  }

  @Test
  void lengthsAroundTheEdgesOfBlocksAndPiecesAreRebuilt() throws Exception {
    List<Integer> lengths = new ArrayList<>();
    for (int edge : new int[] {0, PIECE, BLOCK, 2 * BLOCK, 8 * BLOCK + PIECE}) {
      for (int around = -1; around <= 1; around++) {
        if (edge + around >= 0) {
          lengths.add(edge + around);
        }
      }
    }
    byte[] bytes = random(1, 9 * BLOCK);
    for (int basis : lengths) {
      for (int changed : lengths) {
        assertRebuilt(Arrays.copyOf(bytes, basis), Arrays.copyOf(bytes, changed));
        assertRebuilt(Arrays.copyOf(bytes, basis), new byte[changed]);
        assertRebuilt(new byte[basis], Arrays.copyOf(bytes, changed));
        assertRebuilt(
            Arrays.copyOf(bytes, basis), join(new byte[] {1}, Arrays.copyOf(bytes, changed)));
      }
    }
  }

  @Test
  void anUnchangedContentNeedsOneStepAndNoLiteral() throws Exception {
    byte[] bytes = random(2, 3 * MIB + 17);
    assertThat(delta(bytes, bytes).ops()).containsExactly(new DeltaOp.Copy(0, bytes.length));
  }

  @Test
  void zerosAreFoundInZeros() throws Exception {
    assertThat(delta(new byte[MIB], new byte[4 * MIB]).literalBytes()).isZero();
  }

  @Test
  void aMovedBlockIsFound() throws Exception {
    byte[] bytes = random(3, 4 * MIB);
    byte[] moved =
        join(
            Arrays.copyOfRange(bytes, 3 * MIB, 4 * MIB),
            new byte[] {7},
            Arrays.copyOfRange(bytes, 0, 3 * MIB));
    assertThat(delta(bytes, moved).literalBytes()).isOne();
  }

  @Test
  void onePercentOverwrittenInPagesCostsJustThosePages() throws Exception {
    byte[] basis = random(4, 64 * MIB);
    byte[] changed = basis.clone();
    SplittableRandom random = new SplittableRandom(5);
    TreeSet<Integer> pages = new TreeSet<>();
    while (pages.size() < 40) {
      pages.add(random.nextInt(64 * MIB / BLOCK));
    }
    for (int page : pages) {
      System.arraycopy(random(page, BLOCK), 0, changed, page * BLOCK, BLOCK);
    }
    Delta delta = delta(basis, changed);
    assertThat(patch(basis, delta, changed)).isEqualTo(changed);
    assertThat(delta.literalBytes()).isEqualTo(40L * BLOCK);
    assertThat(delta.encode()).hasSizeLessThan(1024);
  }

  @Test
  void anInsertionOrDeletionCostsWhatIsNewAndAtMostTwoPiecesBeside() throws Exception {
    byte[] basis = random(6, 64 * MIB);
    SplittableRandom random = new SplittableRandom(7);
    int spots = 64;
    int length = basis.length / 100 / spots;
    TreeSet<Integer> places = new TreeSet<>();
    while (places.size() < spots) {
      places.add(random.nextInt(basis.length - length));
    }
    List<byte[]> parts = new ArrayList<>();
    int from = 0;
    int number = 0;
    for (int place : places) {
      int at = Math.max(from, place);
      parts.add(Arrays.copyOfRange(basis, from, at));
      from = at;
      if (number % 2 == 0) {
        from += length;
      } else {
        parts.add(random(place, length));
      }
      number++;
    }
    parts.add(Arrays.copyOfRange(basis, from, basis.length));
    byte[] changed = join(parts.toArray(byte[][]::new));
    Delta delta = delta(basis, changed);
    assertThat(patch(basis, delta, changed)).isEqualTo(changed);
    assertThat(delta.literalBytes())
        .isLessThanOrEqualTo((long) length * (spots / 2) + 2L * PIECE * spots);
    assertThat(delta.encode()).hasSizeLessThan(2048);
  }

  @Test
  void anAppendCostsJustWhatWasAppended() throws Exception {
    byte[] basis = random(8, 64 * MIB + 5);
    byte[] tail = random(9, basis.length / 100);
    byte[] changed = join(basis, tail);
    Delta delta = delta(basis, changed);
    assertThat(delta.ops())
        .containsExactly(new DeltaOp.Copy(0, basis.length), new DeltaOp.Literal(tail.length));
    assertThat(patch(basis, delta, changed)).isEqualTo(changed);
  }

  @Test
  void aHandfulOfBytesHasBlocksOfAFewWhereThatIsWanted() throws Exception {
    byte[] basis = "content 12".getBytes(US_ASCII);
    byte[] changed = "content 13, appended".getBytes(US_ASCII);
    SignatureBuilder builder =
        new SignatureBuilder(basis.length, BlockSize.SMALLEST_BYTES, SEED, null);
    builder.update(basis, 0, basis.length);
    Signature signature = Signature.decode(builder.finish().orElseThrow().encode());
    var found = BlockMatcher.match(signature, null, reading(changed), changed.length);
    Delta delta = new Delta(10, 20, List.of(new DeltaOp.Copy(0, 8), new DeltaOp.Literal(12)));
    assertThat(found).isEqualTo(new BlockMatcher.Outcome.Found(delta));
    assertThat(patch(basis, delta, changed)).isEqualTo(changed);
  }

  @Test
  void theSignatureDoesNotDependOnHowTheBytesComeBy() {
    byte[] bytes = random(10, MIB + 4321);
    SignatureBuilder builder = new SignatureBuilder(bytes.length, BLOCK, SEED, null);
    SplittableRandom random = new SplittableRandom(11);
    for (int at = 0; at < bytes.length; ) {
      int step = Math.min(bytes.length - at, 1 + random.nextInt(3 * PIECE));
      builder.update(bytes, at, step);
      at += step;
    }
    assertThat(builder.finish().orElseThrow().encode()).isEqualTo(signature(bytes).encode());
  }

  @Test
  void aContentThatGrewOrShrankWhileItWasReadHasNoSignature() {
    SignatureBuilder grew = new SignatureBuilder(10, BLOCK, SEED, null);
    grew.update(new byte[11], 0, 11);
    assertThat(grew.finish()).isEmpty();
    SignatureBuilder shrank = new SignatureBuilder(10, BLOCK, SEED, null);
    shrank.update(new byte[9], 0, 9);
    assertThat(shrank.finish()).isEmpty();
  }

  @Test
  void theRollingSumIsTheSumOfItsWindow() {
    byte[] bytes = random(12, 5000);
    int size = 1001;
    int outFactor = RollingChecksum.outFactor(size);
    int sum = RollingChecksum.of(bytes, 0, size);
    for (int i = 1; i + size <= bytes.length; i++) {
      sum = RollingChecksum.roll(sum, outFactor, bytes[i - 1], bytes[i - 1 + size]);
      assertThat(sum).isEqualTo(RollingChecksum.of(bytes, i, size));
    }
  }

  private static void assertRebuilt(byte[] basis, byte[] changed) throws Exception {
    Delta delta = delta(basis, changed);
    assertThat(patch(basis, delta, changed)).isEqualTo(changed);
    assertThat(Delta.decode(delta.encode())).isEqualTo(delta);
    Signature signature = signature(basis);
    assertThat(Signature.decode(signature.encode()).encode()).isEqualTo(signature.encode());
  }

  private static byte[] content(SplittableRandom random) {
    int length = random.nextInt(MIB);
    byte[] bytes = random(random.nextLong(), length);
    switch (random.nextInt(4)) {
      case 0 -> Arrays.fill(bytes, (byte) 0);
      case 1 -> {
        int period = 1 + random.nextInt(2 * BLOCK);
        for (int i = period; i < length; i++) {
          bytes[i] = bytes[i - period];
        }
      }
      default -> {}
    }
    return bytes;
  }

  private static byte[] edit(byte[] bytes, SplittableRandom random) {
    int from = random.nextInt(bytes.length + 1);
    int to = from + random.nextInt(Math.min(bytes.length - from, 3 * BLOCK) + 1);
    byte[] before = Arrays.copyOf(bytes, from);
    byte[] some = Arrays.copyOfRange(bytes, from, to);
    byte[] after = Arrays.copyOfRange(bytes, to, bytes.length);
    byte[] fresh = random(random.nextLong(), random.nextInt(2 * BLOCK));
    return switch (random.nextInt(7)) {
      case 0 -> join(before, fresh, some, after);
      case 1 -> join(before, after);
      case 2 -> join(before, random(random.nextLong(), some.length), after);
      case 3 -> join(some, before, after);
      case 4 -> join(bytes, fresh);
      case 5 -> before;
      default -> join(before, some, some, after);
    };
  }
}
