package io.dirsync.protocol.delta;

import static io.dirsync.protocol.delta.Deltas.SEED;
import static io.dirsync.protocol.delta.Deltas.delta;
import static io.dirsync.protocol.delta.Deltas.join;
import static io.dirsync.protocol.delta.Deltas.patch;
import static io.dirsync.protocol.delta.Deltas.random;
import static io.dirsync.protocol.delta.Deltas.reading;
import static io.dirsync.protocol.delta.Deltas.signature;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dirsync.protocol.ProtocolException;
import java.io.EOFException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The forms that peers and stores rely on, and what comes of those that lie. */
final class DeltaHostileTest {
  private static final int BLOCK = BlockSize.MIN_BYTES;

  @Test
  void theFormsStayWhatTheyAre() throws Exception {
    byte[] basis = new byte[BLOCK + 3];
    for (int i = 0; i < basis.length; i++) {
      basis[i] = (byte) (i * 7 + i / 251);
    }
    assertThat(HexFormat.of().formatHex(signature(basis).encode()))
        .isEqualTo(
            "010e0123456789abcdef000000000000400366be3bc579341eb89fb4bdadc93a424f6c24062a7c15200e9cc213f87b950051204c65d5d811250dbc7a7b15");
    Delta delta =
        new Delta(
            1000,
            700,
            List.of(
                new DeltaOp.Copy(0, 300), new DeltaOp.Literal(100), new DeltaOp.Copy(500, 300)));
    assertThat(HexFormat.of().formatHex(delta.encode()))
        .isEqualTo("01e807bc0503d90400c801d904c801");
  }

  @Test
  void blocksGrowSoThatSignaturesStayBounded() {
    assertThat(BlockSize.forLength(0, BLOCK)).isEqualTo(BLOCK);
    assertThat(BlockSize.forLength(512L << 20, BLOCK)).isEqualTo(BLOCK);
    assertThat(BlockSize.forLength((512L << 20) + 1, BLOCK)).isEqualTo(2 * BLOCK);
    assertThat(BlockSize.forLength(BlockSize.LENGTH_MAX, BLOCK)).isEqualTo(BlockSize.MAX_BYTES);
    assertThat(Signature.ENCODED_BYTES_MAX).isLessThan(3 << 20);
    assertThatThrownBy(() -> BlockSize.forLength(BlockSize.LENGTH_MAX + 1, BLOCK))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> BlockSize.forLength(-1, BLOCK))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aSignatureThatIsCutOrLiesAboutItsLengthIsRefused() {
    byte[] good = signature(random(1, 5 * BLOCK + 1)).encode();
    for (int length = 0; length < good.length; length++) {
      refusedSignature(Arrays.copyOf(good, length));
    }
    refusedSignature(Arrays.copyOf(good, good.length + 1));
    for (long length : new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE, 0, 1L << 40}) {
      refusedSignature(ByteBuffer.wrap(good.clone()).putLong(10, length).array());
    }
    for (int shift : new int[] {-1, 0, 1, 13, 25, 31, 127}) {
      refusedSignature(ByteBuffer.wrap(good.clone()).put(1, (byte) shift).array());
    }
    refusedSignature(ByteBuffer.wrap(good.clone()).put(0, (byte) 2).array());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", // nothing
        "02000000", // another version
        "010000", // no number of ops
        "01000001", // more ops than bytes
        "01000a0114ff", // bytes left over
        "01000a010a", // less than its length
        "01000a011e", // more than its length
        "01000a0100", // an empty literal
        "01050a011500", // copies beyond the basis
        "01140a011501", // copies from before the beginning
        "0180000000", // a number longer than need be
        "01ffffffffffffffffff7f0000", // a number over 64 bits
        "0100ffffffffffffffffff0100", // a negative length
        "01140a0115feffffffffffffffff01", // an offset beyond all files
        "010a0affffffff7f", // a count that would fill the memory
      })
  void aDeltaThatContradictsItselfIsRefused(String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex);
    assertThatThrownBy(() -> Delta.decode(bytes)).isInstanceOf(ProtocolException.class);
  }

  @Test
  void everyCutDeltaIsRefused() throws Exception {
    byte[] basis = random(2, 20 * BLOCK);
    byte[] good = delta(basis, join(new byte[] {1}, basis, basis)).encode();
    for (int length = 0; length < good.length; length++) {
      byte[] cut = Arrays.copyOf(good, length);
      assertThatThrownBy(() -> Delta.decode(cut)).isInstanceOf(ProtocolException.class);
    }
  }

  @Test
  void blocksThatCollideMakeTheMatcherGiveUpAfterABoundedNumberOfReads() throws Exception {
    int blocks = 4096;
    int zeros = RollingChecksum.of(new byte[BLOCK], 0, BLOCK);
    int[] weak = new int[blocks];
    Arrays.fill(weak, zeros);
    int pieces = blocks * BLOCK / BlockSize.PIECE_BYTES_MIN;
    Signature hostile =
        new Signature((long) blocks * BLOCK, BLOCK, SEED, weak, new long[blocks], new int[pieces]);
    AtomicInteger reads = new AtomicInteger();
    ReadAt content =
        (_, into, from, length) -> {
          reads.incrementAndGet();
          Arrays.fill(into, from, from + length, (byte) 0);
          return length;
        };
    long length = 16L << 20;
    assertThat(BlockMatcher.match(hostile, null, content, length))
        .isInstanceOf(BlockMatcher.Outcome.GaveUp.class);
    assertThat(reads).hasValueLessThan(1000);
  }

  @Test
  void blocksThatShareAWeakSumButOneStillAllowAMatch() throws Exception {
    byte[] basis = random(3, 8 * BLOCK);
    Signature honest = signature(basis);
    int[] weak = new int[honest.blocks()];
    Arrays.fill(weak, honest.weak(5));
    long[] strong = new long[weak.length];
    strong[5] = honest.strong(5);
    int[] pieces = new int[honest.pieces()];
    Signature colliding = new Signature(basis.length, BLOCK, SEED, weak, strong, pieces);
    byte[] changed = join(random(4, 99), Arrays.copyOfRange(basis, 5 * BLOCK, 6 * BLOCK));
    var found = BlockMatcher.match(colliding, null, reading(changed), changed.length);
    assertThat(found)
        .isEqualTo(
            new BlockMatcher.Outcome.Found(
                new Delta(
                    basis.length,
                    changed.length,
                    List.of(new DeltaOp.Literal(99), new DeltaOp.Copy(5L * BLOCK, BLOCK)))));
  }

  @Test
  void aContentShorterThanAnnouncedIsAnError() {
    byte[] bytes = random(5, 3 * BLOCK);
    Signature signature = signature(bytes);
    assertThatThrownBy(
            () -> BlockMatcher.match(signature, null, reading(bytes), bytes.length + BLOCK))
        .isInstanceOf(EOFException.class);
  }

  @Test
  void thePatcherTakesNoMoreLiteralsThanTheDeltaHasRoomFor() throws Exception {
    Delta delta = new Delta(10, 5, List.of(new DeltaOp.Literal(2), new DeltaOp.Copy(0, 3)));
    Patcher patcher = new Patcher(delta, Patcher.reading(reading(new byte[10]), 2, NOWHERE));
    assertThat(patcher.copy(9)).isZero();
    assertThat(patcher.literal(new byte[9], 0, 9)).isEqualTo(2);
    assertThat(patcher.literal(new byte[9], 0, 9)).isZero();
    assertThat(patcher.copy(2)).isEqualTo(2);
    assertThat(patcher.copy(2)).isEqualTo(1);
    assertThat(patcher.next()).isEqualTo(Patcher.Next.END);
    assertThat(patcher.literal(new byte[9], 0, 9)).isZero();
    assertThat(patcher.copy(9)).isZero();
    assertThat(patcher.offset()).isEqualTo(5);
  }

  /** No block has the sum of the content's, but each place has many candidates to look at. */
  @Test
  void blocksThatOnlyShareABucketWithTheContentCostABoundedNumberOfLooks() throws Exception {
    int blocks = BlockIndex.CANDIDATES_MAX + 1;
    int bucketShift = Integer.SIZE - 7;
    int[] weak = new int[blocks];
    int found = 0;
    for (int sum = 1; found < blocks; sum++) {
      if ((sum * BlockIndex.MIX) >>> bucketShift == 0) {
        weak[found++] = sum;
      }
    }
    Signature hostile =
        new Signature(
            (long) blocks * BLOCK,
            BLOCK,
            SEED,
            weak,
            new long[blocks],
            new int[blocks * BLOCK / BlockSize.PIECE_BYTES_MIN]);
    AtomicLong read = new AtomicLong();
    ReadAt zeros =
        (_, into, from, length) -> {
          read.addAndGet(length);
          Arrays.fill(into, from, from + length, (byte) 0);
          return length;
        };
    assertThat(BlockMatcher.match(hostile, null, zeros, 256L << 20))
        .isInstanceOf(BlockMatcher.Outcome.GaveUp.class);
    assertThat(read).hasValueLessThan(4L << 20);
  }

  @Test
  void aBasisThatBecameShorterIsAnError() {
    byte[] basis = random(6, 3 * BLOCK);
    assertThatThrownBy(() -> patch(Arrays.copyOf(basis, 2 * BLOCK), delta(basis, basis), basis))
        .isInstanceOf(EOFException.class);
  }

  private static final Patcher.Sink NOWHERE =
      new Patcher.Sink() {
        @Override
        public void write(long offset, byte[] bytes, int from, int length) {}

        @Override
        public void copy(long basisOffset, long offset, long length) {}
      };

  private static void refusedSignature(byte[] bytes) {
    assertThatThrownBy(() -> Signature.decode(bytes)).isInstanceOf(ProtocolException.class);
  }
}
