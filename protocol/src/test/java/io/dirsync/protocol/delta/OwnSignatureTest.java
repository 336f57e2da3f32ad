package io.dirsync.protocol.delta;

import static io.dirsync.protocol.delta.Deltas.SEED;
import static io.dirsync.protocol.delta.Deltas.found;
import static io.dirsync.protocol.delta.Deltas.join;
import static io.dirsync.protocol.delta.Deltas.patch;
import static io.dirsync.protocol.delta.Deltas.random;
import static io.dirsync.protocol.delta.Deltas.reading;
import static io.dirsync.protocol.delta.Deltas.signature;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the signature of a content says of it need not be read. */
final class OwnSignatureTest {
  private static final int BLOCK = BlockSize.MIN_BYTES;
  private static final int PIECE = BlockSize.PIECE_BYTES_MIN;
  private static final int BLOCKS = 40;

  private final byte[] old = random(1, BLOCKS * BLOCK);
  private final Signature basis = signature(old);
  private final AtomicLong read = new AtomicLong();

  private Delta delta(@Nullable Signature own, byte[] changed) throws Exception {
    ReadAt content = reading(changed);
    Delta delta =
        found(
            BlockMatcher.match(
                basis,
                own,
                (offset, into, from, length) -> {
                  read.addAndGet(length);
                  return content.read(offset, into, from, length);
                },
                changed.length));
    assertThat(patch(old, delta, changed)).isEqualTo(changed);
    return delta;
  }

  private static byte[] overwritten(byte[] bytes, int... pieces) {
    byte[] changed = bytes.clone();
    for (int piece : pieces) {
      System.arraycopy(random(piece, PIECE), 0, changed, piece * PIECE, PIECE);
    }
    return changed;
  }

  @Test
  void whatWasOverwrittenInPlaceIsFoundWithoutReading() throws Exception {
    byte[] changed = overwritten(old, 7, 50, 51);
    assertThat(delta(signature(changed, BLOCK, basis), changed).literalBytes())
        .isEqualTo(3L * PIECE);
    assertThat(read).hasValue(0);
  }

  @Test
  void whatWasAppendedIsTheOnlyThingThatIsRead() throws Exception {
    byte[] changed = join(old, random(2, 3 * BLOCK));
    assertThat(delta(signature(changed, BLOCK, basis), changed).literalBytes())
        .isEqualTo(3L * BLOCK);
    assertThat(read.get()).isBetween(1L, 3L * BLOCK);
  }

  @Test
  void aContentThatHasGrownIntoLargerBlocksIsComparedByPieces() throws Exception {
    byte[] changed = join(overwritten(old, 9), random(3, BLOCK));
    Signature own = signature(changed, 4 * BLOCK, basis);
    assertThat(delta(own, changed).literalBytes()).isEqualTo(PIECE + BLOCK);
    assertThat(read.get()).isBetween(1L, (long) BLOCK);
  }

  @Test
  void aContentOfSmallerBlocksIsComparedByPieces() throws Exception {
    byte[] changed = overwritten(old, 9, 90);
    Signature large = signature(old, 4 * BLOCK, null);
    Signature own = signature(changed, BLOCK, large);
    Delta delta = found(BlockMatcher.match(large, own, reading(changed), changed.length));
    assertThat(patch(old, delta, changed)).isEqualTo(changed);
    assertThat(delta.literalBytes()).isEqualTo(2L * PIECE);
  }

  @Test
  void whatIsShiftedIsReadAndFound() throws Exception {
    byte[] changed = join(new byte[] {1}, old);
    assertThat(delta(signature(changed, BLOCK, basis), changed).literalBytes()).isOne();
    assertThat(read.get()).isGreaterThanOrEqualTo(changed.length);
  }

  @Test
  void aSignatureMadeWithAnotherSeedTellsNothing() throws Exception {
    SignatureBuilder builder = new SignatureBuilder(old.length, BLOCK, SEED + 1, null);
    builder.update(old, 0, old.length);
    assertThat(delta(builder.finish().orElseThrow(), old).literalBytes()).isZero();
    assertThat(read).hasValue(old.length);
  }

  @Test
  void aSignatureOfPiecesOfAnotherLengthTellsNothing() throws Exception {
    Signature own = signature(old, 16 * BLOCK, basis);
    assertThat(delta(own, old).literalBytes()).isZero();
    assertThat(read).hasValue(old.length);
  }

  @Test
  void aSignatureOfAContentOfAnotherLengthTellsNothing() throws Exception {
    byte[] changed = Arrays.copyOf(old, old.length - 1);
    assertThat(delta(basis, changed).literalBytes()).isLessThan(PIECE);
    assertThat(read.get()).isGreaterThan(old.length - PIECE - 1L);
  }

  /** The law, where ends of contents, blocks and pieces come together. */
  @ParameterizedTest
  @ValueSource(ints = {BLOCK, 2 * BLOCK, 4 * BLOCK})
  void piecesOfDifferentLengthsAreNeverTheSame(int blockBytes) throws Exception {
    byte[] bytes = new byte[3 * BLOCK];
    for (int before : new int[] {0, 1, PIECE, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + PIECE + 5}) {
      for (int after : new int[] {1, PIECE, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + PIECE + 6}) {
        byte[] former = Arrays.copyOf(bytes, before);
        byte[] changed = Arrays.copyOf(bytes, after);
        Signature known = signature(former);
        Signature own = signature(changed, blockBytes, known);
        Delta delta = found(BlockMatcher.match(known, own, reading(changed), after));
        assertThat(patch(former, delta, changed)).isEqualTo(changed);
      }
    }
  }

  // -- what a signature takes over from the former one

  @Test
  void whatHasNotChangedIsTakenOver() {
    byte[] changed = overwritten(old, 4 * 4 + 1);
    SignatureBuilder builder = new SignatureBuilder(changed.length, BLOCK, SEED + 1, basis);
    assertThat(builder.unchanged(4 * BLOCK)).isTrue();
    builder.update(changed, 4 * BLOCK, BLOCK);
    SignatureBuilder section = builder.section(5L * BLOCK, changed.length);
    assertThat(section.unchanged((BLOCKS - 5) * BLOCK)).isTrue();
    section.end();
    builder.join();
    assertThat(builder.finish().orElseThrow().encode()).isEqualTo(signature(changed).encode());
  }

  @Test
  void onlyWholeBlocksOfBothAreTakenOver() {
    byte[] shorter = Arrays.copyOf(old, 3 * BLOCK + PIECE);
    SignatureBuilder builder = new SignatureBuilder(old.length, BLOCK, SEED, signature(shorter));
    assertThat(builder.unchanged(4 * BLOCK)).as("more than there is").isFalse();
    assertThat(builder.unchanged(PIECE)).as("not a block").isFalse();
    builder.update(old, 0, 1);
    assertThat(builder.unchanged(BLOCK)).as("within a block").isFalse();
    builder.update(old, 1, BLOCK - 1);
    assertThat(builder.unchanged(2 * BLOCK)).isTrue();
    assertThat(builder.unchanged(PIECE)).as("the end of one of them").isFalse();
    builder.update(old, 3 * BLOCK, old.length - 3 * BLOCK);
    assertThat(builder.finish().orElseThrow().encode()).isEqualTo(basis.encode());
  }

  @Test
  void blocksOfAnotherLengthAreNotTakenOver() {
    SignatureBuilder builder = new SignatureBuilder(old.length, 2 * BLOCK, SEED, basis);
    assertThat(builder.unchanged(2 * BLOCK)).isFalse();
  }

  @Test
  void withoutAFormerContentNothingIsTakenOver() {
    assertThat(new SignatureBuilder(old.length, BLOCK, SEED, null).unchanged(BLOCK)).isFalse();
  }

  @Test
  void moreThanAnnouncedIsNotTakenOver() {
    SignatureBuilder builder = new SignatureBuilder(BLOCK, BLOCK, SEED, basis);
    assertThat(builder.unchanged(2 * BLOCK)).isFalse();
  }
}
