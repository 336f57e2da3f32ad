package io.dirsync.engine.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.engine.Layout;
import io.dirsync.engine.recovery.Leftovers;
import io.dirsync.engine.store.MemoryFolderStore;
import io.dirsync.fs.MemoryVolume;
import io.dirsync.fs.MemoryVolume.Operation;
import io.dirsync.model.Content;
import io.dirsync.model.RelativePath;
import io.dirsync.protocol.Message;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What becomes of a content that is being made of an older one when the transfer is cut. */
final class DeltaResumeTest {
  private static final int MIB = 1 << 20;
  private static final int PAGE = 4096;
  private static final int SIZE = 48 * MIB + 777;

  /** Pages of which one is changed. */
  private static final int EVERY = 2;

  private static final long CHANGED_BYTES = SIZE / EVERY;

  /** What the signature of the basis takes that is put together, and the delta. */
  private static final long TALK_BYTES = 28L * SIZE / 16_384 + (64 << 10);

  private final byte[] old = random(1, SIZE);
  private final byte[] changed = changed(old);
  private final TransferPair first = new TransferPair();
  private final Basis basis = first.thisHas(old);

  DeltaResumeTest() throws IOException {}

  private static byte[] random(long seed, int length) {
    byte[] bytes = new byte[length];
    new SplittableRandom(seed).nextBytes(bytes);
    return bytes;
  }

  private static byte[] changed(byte[] bytes) {
    byte[] changed = bytes.clone();
    for (int at = 0; at + PAGE <= bytes.length; at += EVERY * PAGE) {
      System.arraycopy(random(at, PAGE), 0, changed, at, PAGE);
    }
    return changed;
  }

  /** Breaks the line when most of what has changed was sent, and at least half has come. */
  private Work cut() throws IOException {
    long[] left = {CHANGED_BYTES * 5 / 6};
    first.theyKnow(old);
    first.answered =
        message -> {
          if (message.getFirst() instanceof Message.Data data) {
            left[0] -= data.bytes().length;
            if (left[0] < 0) {
              first.cut();
              return List.of();
            }
          }
          return message;
        };
    Work work = first.begin(first.theyHave(changed), basis);
    first.settle();
    assertThat(first.came()).isFalse();
    assertThat(parts()).hasSize(1);
    return work;
  }

  private List<RelativePath> parts() throws IOException {
    List<RelativePath> paths = new ArrayList<>();
    first.ownVolume.list(
        Layout.STAGING.bytes(), entry -> paths.add(Layout.STAGING.child(entry.name())));
    return paths;
  }

  private TransferPair fetchAgain(MemoryVolume volume) throws IOException {
    TransferPair second = new TransferPair(volume);
    second.theyKnow(old);
    Content.File content = second.theyHave(changed);
    assertThat(second.fetch(content, basis)).isEqualTo(changed);
    assertThat(second.count(Message.Fetch.class)).as("nothing is fetched whole").isZero();
    return second;
  }

  @Test
  void itGoesOnWhereItWasCut() throws IOException {
    cut();
    TransferPair second = fetchAgain(first.ownVolume);
    assertThat(second.bytes).isLessThan(CHANGED_BYTES / 2 + TALK_BYTES);
    assertThat(parts()).isEmpty();
  }

  @Test
  void afterARestartItGoesOnToo() throws IOException {
    cut();
    MemoryVolume after = first.ownVolume.restart();
    Layout.create(after);
    new Leftovers(after, new MemoryFolderStore()).clear(Instant.EPOCH);
    assertThat(fetchAgain(after).bytes).isLessThan(CHANGED_BYTES / 2 + TALK_BYTES);
  }

  @Test
  void aCutDoesNotHaveItFetchedWholeAfterwards() throws IOException {
    assertThat(cut().whole).isFalse();
  }

  @Test
  void whatWasMadeAndIsNotWhatItWasIsMadeAgain() throws IOException {
    cut();
    try (var open = first.ownVolume.user().openForWriting(parts().getFirst().bytes())) {
      open.write(8 * MIB + 5, new byte[] {1, 2, 3});
    }
    TransferPair second = fetchAgain(first.ownVolume);
    assertThat(second.bytes).isLessThan(CHANGED_BYTES / 2 + TALK_BYTES);
  }

  @Test
  void whatWasMadeAndIsZerosNowIsMadeAgain() throws IOException {
    cut();
    try (var open = first.ownVolume.user().openForWriting(parts().getFirst().bytes())) {
      open.write(0, new byte[10 * MIB]);
    }
    assertThat(fetchAgain(first.ownVolume).bytes)
        .isLessThan(10L * MIB + CHANGED_BYTES / 2 + TALK_BYTES);
  }

  @Test
  void aPartOfAnotherLengthThanTheBasisIsGoneOnWithToo() throws IOException {
    cut();
    byte[] shorter = random(1, 3 * MIB);
    TransferPair second = new TransferPair(first.ownVolume);
    Basis other = second.thisHas(shorter);
    assertThat(second.fetch(second.theyHave(changed), other)).isEqualTo(changed);
    assertThat(second.bytes).isLessThan(SIZE / 2L + MIB + TALK_BYTES);
  }

  /** Workers write in any order: a process that is killed leaves gaps, in one wave at most. */
  @Test
  void gapsThatAKilledProcessLeftAreMadeAgain() throws IOException {
    cut();
    RelativePath part = parts().getFirst();
    long size = first.ownVolume.stat(part.bytes()).orElseThrow().sizeBytes();
    try (var open = first.ownVolume.user().openForWriting(part.bytes())) {
      open.write(size - 5 * MIB, new byte[2 * MIB]);
      open.write(size - MIB, new byte[MIB]);
    }
    assertThat(fetchAgain(first.ownVolume).bytes)
        .isLessThan(3L * MIB + CHANGED_BYTES / 2 + TALK_BYTES);
  }

  @Test
  void whatFailsInTheMiddleOfAWaveIsNotGoneOnWith() throws IOException {
    first.theyKnow(old);
    int[] writes = new int[1];
    first.ownVolume.setFaults(
        (operation, path) -> {
          if (operation == Operation.WRITE && ++writes[0] == 1000) {
            throw new IOException("input/output error");
          }
        });
    assertThat(first.fetch(first.theyHave(changed), basis)).isEqualTo(changed);
    assertThat(first.count(Message.Fetch.class)).as("all of it is fetched").isGreaterThan(20);
    assertThat(parts()).isEmpty();
  }

  @Test
  void whatIsNotWantedAnyMoreLeavesNothing() throws IOException {
    first.theyKnow(old);
    Work work = first.begin(first.theyHave(changed), basis);
    int[] pieces = new int[1];
    first.answered =
        message -> {
          if (message.getFirst() instanceof Message.Data && ++pieces[0] == 3) {
            first.forget(work);
          }
          return message;
        };
    first.settle();
    assertThat(first.came()).isFalse();
    assertThat(parts()).isEmpty();
  }
}
