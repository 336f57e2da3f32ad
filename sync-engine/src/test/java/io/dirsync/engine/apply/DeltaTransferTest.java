package io.dirsync.engine.apply;

import static io.dirsync.engine.apply.TransferPair.FILE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import io.dirsync.engine.LeafDigestsBuilder;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.protocol.Limits;
import io.dirsync.protocol.Message;
import io.dirsync.protocol.delta.Delta;
import io.dirsync.protocol.delta.DeltaOp;
import io.dirsync.protocol.delta.SeededHash;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a node does to come by a content of which it has an older one. */
final class DeltaTransferTest {
  private static final int MIB = 1 << 20;
  private static final int PAGE = 4096;
  private static final int LEAF = ContentHash.LEAF_BYTES;
  private static final int TALK_BYTES = 1024;

  private final byte[] old = random(1, 12 * MIB + 777);
  private TransferPair pair = new TransferPair();

  DeltaTransferTest() throws IOException {}

  @BeforeEach
  void meet() throws IOException {
    pair = new TransferPair();
  }

  static Stream<Arguments> changes() {
    return Stream.of(
        argumentSet("1 % overwritten", (Function<byte[], byte[]>) DeltaTransferTest::overwritten),
        argumentSet(
            "appended", (Function<byte[], byte[]>) bytes -> join(bytes, random(2, 30 * PAGE))),
        argumentSet(
            "shifted", (Function<byte[], byte[]>) bytes -> join(random(3, 30 * PAGE), bytes)),
        argumentSet("cut short", (Function<byte[], byte[]>) bytes -> Arrays.copyOf(bytes, 5 * MIB)),
        argumentSet("the same", (Function<byte[], byte[]>) byte[]::clone));
  }

  private static byte[] overwritten(byte[] bytes) {
    byte[] changed = bytes.clone();
    for (int page = 50; (page + 1) * PAGE < bytes.length; page += 100) {
      System.arraycopy(random(page, PAGE), 0, changed, page * PAGE, PAGE);
    }
    return changed;
  }

  @ParameterizedTest
  @MethodSource("changes")
  void whatChangedIsSentAtOnceIfTheSenderKnowsTheBasis(Function<byte[], byte[]> change)
      throws IOException {
    byte[] changed = change.apply(old);
    Basis basis = pair.thisHas(old);
    pair.theyKnow(old);
    Content.File content = pair.theyHave(changed);
    assertThat(pair.fetch(content, basis)).isEqualTo(changed);
    assertThat(pair.bytes).isLessThan(31L * PAGE + 1000 + TALK_BYTES);
    assertThat(pair.count(Message.SignatureWanted.class)).isZero();
    assertThat(pair.count(Message.Fetch.class)).isZero();
  }

  @ParameterizedTest
  @MethodSource("changes")
  void theSameIsSentIfTheSenderKnowsTheContentToo(Function<byte[], byte[]> change)
      throws IOException {
    byte[] changed = change.apply(old);
    Basis basis = pair.thisHas(old);
    pair.theyKnow(old);
    pair.theyKnow(changed, old);
    Content.File content = pair.theyHave(changed);
    assertThat(pair.fetch(content, basis)).isEqualTo(changed);
    assertThat(pair.bytes).isLessThan(31L * PAGE + 1000 + TALK_BYTES);
    assertThat(pair.count(Message.Fetch.class)).isZero();
  }

  @ParameterizedTest
  @MethodSource("changes")
  void theSignatureIsSentIfTheSenderDoesNotKnowTheBasis(Function<byte[], byte[]> change)
      throws IOException {
    byte[] changed = change.apply(old);
    Basis basis = pair.thisHas(old);
    Content.File content = pair.theyHave(changed);
    assertThat(pair.fetch(content, basis)).isEqualTo(changed);
    assertThat(pair.bytes).isLessThan(31L * PAGE + 1000 + TALK_BYTES + 28 * old.length / 16_384);
    assertThat(pair.count(Message.SignatureWanted.class)).isOne();
    assertThat(pair.count(Message.Fetch.class)).isZero();
  }

  @Test
  void literalsBeyondTheWindowComeAsTheyAreTakenIn() throws IOException {
    byte[] changed = join(old, random(4, 21 * MIB));
    Basis basis = pair.thisHas(old);
    Content.File content = pair.theyHave(changed);
    assertThat(pair.fetch(content, basis)).isEqualTo(changed);
    assertThat(pair.count(Message.More.class)).isBetween(10L, 30L);
    assertThat(pair.count(Message.Fetch.class)).isZero();
  }

  @Test
  void aContentThatHasNothingInCommonIsFetchedWhole() throws IOException {
    byte[] changed = random(5, 3 * MIB);
    Basis basis = pair.thisHas(old);
    Content.File content = pair.theyHave(changed);
    assertThat(pair.fetch(content, basis)).isEqualTo(changed);
    assertThat(pair.count(Message.Fetch.class)).isEqualTo(2);
  }

  @Test
  void ofAContentThatWasFetchedWholeTheLeavesAreKnown() throws IOException {
    assertThat(pair.fetch(pair.theyHave(old), null)).isEqualTo(old);
    assertThat(knownLeaves(old)).isEqualTo(12 * 8);
  }

  @ParameterizedTest
  @MethodSource("changes")
  void whatIsMadeOfABasisWithKnownLeavesIsTheSame(Function<byte[], byte[]> change)
      throws IOException {
    assertThat(pair.fetch(pair.theyHave(old), null)).isEqualTo(old);
    pair = new TransferPair(pair);
    byte[] changed = change.apply(old);
    Basis basis = pair.thisHas(old);
    assertThat(pair.fetch(pair.theyHave(changed), basis)).isEqualTo(changed);
    assertThat(pair.count(Message.Fetch.class)).isZero();
    if (changed.length >= 8 * MIB) {
      assertThat(knownLeaves(changed)).as("and its leaves").isEqualTo(changed.length / LEAF);
    }
  }

  /** How many whole leaves of a content this node has seen. */
  private int knownLeaves(byte[] content) {
    LeafDigestsBuilder leaves = pair.leavesAfter(content, content.length);
    SeededHash hash = leaves.hash();
    int known = 0;
    for (int leaf = 0; (leaf + 1) * LEAF <= content.length; leaf++) {
      byte[] digest = new byte[ContentHash.BYTES];
      known += leaves.take(leaf, hash, content, leaf * LEAF, LEAF, digest) ? 1 : 0;
    }
    return known;
  }

  @Test
  void aSmallContentIsAskedForWhole() throws IOException {
    byte[] small = random(6, 1000);
    Basis basis = pair.thisHas(old);
    Content.File content = pair.theyHave(small);
    assertThat(pair.fetch(content, basis)).isEqualTo(small);
    assertThat(pair.count(Message.FetchDelta.class)).isZero();
  }

  @Test
  void longHolesInLiteralsAreNotSent() throws IOException {
    byte[] changed = join(old, new byte[3 * MIB], random(7, PAGE), new byte[2 * MIB]);
    Basis basis = pair.thisHas(old);
    pair.theyKnow(old);
    Content.File content = pair.theyHaveSparse(changed);
    assertThat(pair.fetch(content, basis)).isEqualTo(changed);
    assertThat(pair.count(Message.Fetch.class)).isZero();
    assertThat(pair.bytes).isLessThan(4 * PAGE + TALK_BYTES);
  }

  // -- a basis that changes

  @Test
  void aBasisThatHasChangedSinceItWasRecordedIsNotUsed() throws IOException {
    Basis basis = pair.thisHas(old);
    Basis stale =
        new Basis(
            basis.path(),
            basis.content(),
            new io.dirsync.engine.store.Fingerprint(
                java.util.Objects.requireNonNull(basis.fingerprint()).inode(),
                old.length,
                5,
                5,
                false));
    byte[] changed = overwritten(old);
    Content.File content = pair.theyHave(changed);
    assertThat(pair.fetch(content, stale)).isEqualTo(changed);
    assertThat(pair.count(Message.FetchDelta.class)).isZero();
  }

  @Test
  void aBasisThatChangesUnderneathIsFoundOutAndTheContentFetchedWhole() throws IOException {
    Basis basis = pair.thisHas(old);
    pair.theyKnow(old);
    byte[] changed = overwritten(old);
    Content.File content = pair.theyHave(changed);
    pair.answered =
        messages -> {
          if (messages.getFirst() instanceof Message.Data data && data.offset() == 0) {
            write(1234, 1);
          }
          return messages;
        };
    assertThat(pair.fetch(content, basis)).isEqualTo(changed);
    assertThat(pair.count(Message.Fetch.class)).isPositive();
  }

  @Test
  void aBasisThatBecomesShorterUnderneathIsFoundOutAndTheContentFetchedWhole() throws IOException {
    Basis basis = pair.thisHas(old);
    pair.theyKnow(old);
    byte[] changed = overwritten(old);
    Content.File content = pair.theyHave(changed);
    pair.answered =
        messages -> {
          try (var open = pair.ownVolume.user().openForWriting(FILE.bytes())) {
            open.truncate(MIB);
          } catch (IOException e) {
            throw new AssertionError(e);
          }
          return messages;
        };
    assertThat(pair.fetch(content, basis)).isEqualTo(changed);
    assertThat(pair.count(Message.Fetch.class)).isPositive();
  }

  private void write(long position, int value) {
    try {
      pair.ownVolume.user().overwrite(FILE.bytes(), position, new byte[] {(byte) value});
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  // -- a peer that lies

  private static List<Message> data(Message first, byte[] stream) {
    long request = ((Message.Data) first).request();
    return List.of(new Message.Data(request, 0, stream, true));
  }

  private static byte[] stream(Delta delta, byte[] literals) {
    byte[] encoded = delta.encode();
    return ByteBuffer.allocate(4 + encoded.length + literals.length)
        .putInt(encoded.length)
        .put(encoded)
        .put(literals)
        .array();
  }

  /** What a peer may say in the place of the first data of its answer. */
  static Stream<Arguments> lies() {
    int size = 12 * MIB + 777;
    Delta same = new Delta(size, size, List.of(new DeltaOp.Copy(0, size)));
    Delta literal = new Delta(size, size, List.of(new DeltaOp.Literal(size)));
    Delta other = new Delta(size - 1, size, List.of(new DeltaOp.Literal(size)));
    Delta longer = new Delta(size, size + 1, List.of(new DeltaOp.Literal(size + 1)));
    Delta huge = new Delta(size, 1L << 50, List.of(new DeltaOp.Literal(1L << 50)));
    byte[] some = new byte[1000];
    return Stream.of(
        argumentSet("another content", stream(same, new byte[0])),
        argumentSet("literals that are left over", stream(same, some)),
        argumentSet("literals that are missing", stream(literal, some)),
        argumentSet("of another basis", stream(other, some)),
        argumentSet("of a longer content", stream(longer, some)),
        argumentSet("without an end", stream(huge, some)),
        argumentSet("nothing", new byte[0]),
        argumentSet("a negative length", ByteBuffer.allocate(4).putInt(-1).array()),
        argumentSet("a length beyond all bounds", ByteBuffer.allocate(4).putInt(1 << 30).array()),
        argumentSet("less than announced", ByteBuffer.allocate(99).putInt(1000).array()),
        argumentSet("no delta", ByteBuffer.allocate(104).putInt(100).array()));
  }

  @ParameterizedTest
  @MethodSource("lies")
  void whatIsNotTrueIsFoundOutAndTheContentFetchedWhole(byte[] lie) throws IOException {
    Basis basis = pair.thisHas(old);
    pair.theyKnow(old);
    byte[] changed = overwritten(old);
    Content.File content = pair.theyHave(changed);
    pair.answered =
        messages -> {
          Message said = messages.getFirst();
          boolean ofDelta = said instanceof Message.Data data && data.request() == 1;
          return ofDelta ? data(said, lie) : messages;
        };
    assertThat(pair.fetch(content, basis)).isEqualTo(changed);
    assertThat(pair.count(Message.Fetch.class)).isPositive();
  }

  @Test
  void aPeerThatNeverEndsIsCutOffWhenItHasSentMoreThanItMay() throws IOException {
    Basis basis = pair.thisHas(old);
    pair.theyKnow(old);
    byte[] changed = overwritten(old);
    Content.File content = pair.theyHave(changed);
    int[] sent = new int[1];
    pair.answered =
        messages -> {
          if (!(messages.getFirst() instanceof Message.Data data) || data.request() != 1) {
            return messages;
          }
          // A delta that is never whole, in one burst: nobody has time to take it in.
          byte[] start = ByteBuffer.allocate(Limits.DATA_BYTES_MAX).putInt(5_000_000).array();
          return Stream.iterate(0L, at -> at + start.length)
              .limit(100)
              .map(
                  at -> {
                    sent[0]++;
                    return (Message) new Message.Data(1, at, start, false);
                  })
              .toList();
        };
    assertThat(pair.fetch(content, basis)).isEqualTo(changed);
    assertThat(sent[0]).isEqualTo(100);
    assertThat(pair.count(Message.Fetch.class)).isPositive();
  }

  @Test
  void aPeerThatAsksForTheSignatureAgainAndAgainGetsItOnce() throws IOException {
    Basis basis = pair.thisHas(old);
    byte[] changed = overwritten(old);
    Content.File content = pair.theyHave(changed);
    pair.answered =
        messages ->
            messages.getFirst() instanceof Message.SignatureWanted wanted
                ? List.of(wanted, wanted, wanted, wanted)
                : messages;
    assertThat(pair.fetch(content, basis)).isEqualTo(changed);
    assertThat(pair.count(Message.SignaturePart.class)).isOne();
  }

  @Test
  void aSignatureThatIsNoneIsRefusedAndTheContentSentWhole() throws IOException {
    Basis basis = pair.thisHas(old);
    byte[] changed = overwritten(old);
    Content.File content = pair.theyHave(changed);
    pair.asked =
        messages ->
            messages.getFirst() instanceof Message.SignaturePart part
                ? List.of(new Message.SignaturePart(part.request(), 0, new byte[99], true))
                : messages;
    assertThat(pair.fetch(content, basis)).isEqualTo(changed);
    assertThat(pair.count(Message.FetchFailed.class)).isOne();
  }

  @Test
  void aSignatureThatNeverEndsIsNotKept() throws IOException {
    Basis basis = pair.thisHas(old);
    byte[] changed = overwritten(old);
    Content.File content = pair.theyHave(changed);
    byte[] part = new byte[Limits.DATA_BYTES_MAX];
    pair.asked =
        messages ->
            messages.getFirst() instanceof Message.SignaturePart
                ? Stream.iterate(0L, at -> at + part.length)
                    .limit(200)
                    .map(at -> (Message) new Message.SignaturePart(1, at, part, false))
                    .toList()
                : messages;
    assertThat(pair.fetch(content, basis)).isEqualTo(changed);
    assertThat(pair.count(Message.FetchFailed.class)).isOne();
  }

  // -- ends

  @Test
  void aCutInTheMiddleEndsItAndLeavesNothingUnderWay() throws IOException {
    Basis basis = pair.thisHas(old);
    pair.theyKnow(old);
    Content.File content = pair.theyHave(join(old, random(8, 10 * MIB)));
    int[] pieces = new int[1];
    pair.answered =
        messages -> {
          if (messages.getFirst() instanceof Message.Data && ++pieces[0] == 20) {
            pair.cut();
          }
          return messages;
        };
    pair.begin(content, basis);
    pair.settle();
    assertThat(pair.came()).isFalse();
    assertThat(pair.failure).contains("the connection was closed");
    assertThat(pair.underWay()).isZero();
  }

  @Test
  void whatIsNotWantedAnyMoreIsNotSentAnyMore() throws IOException {
    Basis basis = pair.thisHas(old);
    pair.theyKnow(old);
    Content.File content = pair.theyHave(join(old, random(9, 30 * MIB)));
    Work work = pair.begin(content, basis);
    int[] pieces = new int[1];
    pair.answered =
        messages -> {
          if (messages.getFirst() instanceof Message.Data && ++pieces[0] == 3) {
            pair.forget(work);
          }
          return messages;
        };
    pair.settle();
    assertThat(pair.came()).isFalse();
    assertThat(pair.count(Message.Cancel.class)).isOne();
    assertThat(pair.count(Message.Fetch.class)).isZero();
    assertThat(pair.bytes).isLessThan(Limits.FETCH_BYTES_MAX + MIB);
    assertThat(pair.underWay()).isZero();
  }

  private static byte[] random(long seed, int length) {
    byte[] bytes = new byte[length];
    new SplittableRandom(seed).nextBytes(bytes);
    return bytes;
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
