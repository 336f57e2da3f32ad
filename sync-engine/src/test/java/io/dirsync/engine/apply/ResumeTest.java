package io.dirsync.engine.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.engine.Layout;
import io.dirsync.engine.recovery.Leftovers;
import io.dirsync.engine.store.MemoryFolderStore;
import io.dirsync.fs.MemoryVolume;
import io.dirsync.fs.Volume.StagedFile;
import io.dirsync.model.Attributes;
import io.dirsync.model.Content;
import io.dirsync.model.RelativePath;
import io.dirsync.protocol.Message;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What becomes of a large content whose transfer is cut. */
final class ResumeTest {
  private static final int MIB = 1 << 20;

  private final byte[] large = random(20 * MIB + 4321);
  private final TransferPair first = new TransferPair();

  ResumeTest() throws IOException {}

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new SplittableRandom(5).nextBytes(bytes);
    return bytes;
  }

  /** Breaks the line after some pieces. */
  private Work cutAfter(int pieces) throws IOException {
    int[] left = {pieces};
    first.answered =
        message -> {
          if (message.getFirst() instanceof Message.Data && --left[0] < 0) {
            first.cut();
            return List.of();
          }
          return message;
        };
    Work work = first.begin(first.theyHave(large), null);
    first.settle();
    assertThat(first.came()).isFalse();
    return work;
  }

  private List<String> parts() throws IOException {
    List<String> names = new ArrayList<>();
    first.ownVolume.list(
        Layout.STAGING.bytes(),
        entry -> names.add(new String(entry.name(), java.nio.charset.StandardCharsets.US_ASCII)));
    return names;
  }

  @Test
  void itGoesOnWhereItWasCut() throws IOException {
    cutAfter(48);
    TransferPair second = new TransferPair(first.ownVolume);
    Content.File content = second.theyHave(large);
    assertThat(second.fetch(content, null)).isEqualTo(large);
    Message.Fetch asked =
        second.said.stream()
            .filter(Message.Fetch.class::isInstance)
            .map(Message.Fetch.class::cast)
            .findFirst()
            .orElseThrow();
    assertThat(asked.offset()).isGreaterThanOrEqualTo(10L * MIB);
    assertThat(second.bytes).isLessThan(11L * MIB);
    assertThat(parts()).isEmpty();
  }

  @Test
  void whatHadComeAndIsNotWhatItWasIsNotTrusted() throws IOException {
    cutAfter(48);
    String part = parts().getFirst();
    byte[] path =
        Layout.STAGING.child(part.getBytes(java.nio.charset.StandardCharsets.US_ASCII)).bytes();
    try (var open = first.ownVolume.user().openForWriting(path)) {
      open.write(3 * MIB, new byte[] {1, 2, 3});
    }
    TransferPair second = new TransferPair(first.ownVolume);
    second.begin(second.theyHave(large), null);
    second.settle();
    assertThat(second.came()).isFalse();
    assertThat(parts()).as("it is thrown away").isEmpty();
    TransferPair third = new TransferPair(first.ownVolume);
    assertThat(third.fetch(third.theyHave(large), null)).isEqualTo(large);
  }

  @Test
  void whatHasComeWholeIsOnlyRead() throws IOException {
    cutAfter(48);
    byte[] path =
        Layout.STAGING
            .child(parts().getFirst().getBytes(java.nio.charset.StandardCharsets.US_ASCII))
            .bytes();
    first.ownVolume.user().write(path, large);
    TransferPair second = new TransferPair(first.ownVolume);
    assertThat(second.fetch(second.theyHave(large), null)).isEqualTo(large);
    assertThat(second.count(Message.Fetch.class)).isZero();
  }

  @Test
  void wantedAgainWhileOneWaitsToBePublishedItIsAFileOfItsOwn() throws IOException {
    Content.File content = first.theyHave(large);
    Work one = first.begin(content, null);
    first.settle();
    Work other = first.begin(content, null);
    first.settle();
    Set<Long> inodes = new HashSet<>();
    for (Work work : List.of(one, other)) {
      StagedFile staged = Objects.requireNonNull(work.fetched.get(content.hash()));
      staged.link(RelativePath.of("published " + inodes.size()).bytes());
      inodes.add(staged.status().inode());
    }
    assertThat(inodes).hasSize(2);
    assertThat(parts()).isEmpty();
  }

  @Test
  void whatWasWholeWhenTheProcessWasKilledIsNotFetchedAgain() throws IOException {
    first.begin(first.theyHave(large), null);
    first.settle();
    MemoryVolume after = first.ownVolume.restart();
    Layout.create(after);
    new Leftovers(after, new MemoryFolderStore()).clear(Instant.EPOCH);
    TransferPair second = new TransferPair(after);
    assertThat(second.fetch(second.theyHave(large), null)).isEqualTo(large);
    assertThat(second.count(Message.Fetch.class)).isZero();
  }

  @Test
  void whatHadItsFinalModeAndAnOldTimeWhenTheProcessWasKilledIsKeptAndCanBeOpened()
      throws IOException {
    first.begin(first.theyHave(large), null);
    first.settle();
    List<RelativePath> whole = new ArrayList<>();
    first.ownVolume.list(
        Layout.STAGING.bytes(), entry -> whole.add(Layout.STAGING.child(entry.name())));
    assertThat(whole).hasSize(1);
    first.ownVolume.setMode(whole.getFirst().bytes(), 0444);
    first.ownVolume.setMtime(whole.getFirst().bytes(), 0);
    MemoryVolume after = first.ownVolume.restart();
    Layout.create(after);
    Instant now = Instant.ofEpochSecond(1_000_000_000);
    new Leftovers(after, new MemoryFolderStore()).clear(now);
    PartialFiles.expire(after, now.plus(Duration.ofHours(1)));

    List<Integer> modes = new ArrayList<>();
    after.list(
        Layout.STAGING.bytes(), entry -> modes.add(entry.status().mode() & Attributes.MODE_BITS));
    assertThat(modes).containsExactly(0600);
  }

  @Test
  void whatIsNotWantedAnyMoreLeavesNothing() throws IOException {
    Work work = first.begin(first.theyHave(large), null);
    first.answered = _ -> List.of();
    first.settle();
    assertThat(parts()).hasSize(1);
    first.forget(work);
    first.settle();
    assertThat(parts()).isEmpty();
  }

  @Test
  void whatNobodyGoesOnWithForADayIsRemoved() throws IOException {
    cutAfter(48);
    Instant now = Instant.ofEpochSecond(1_000_000_000);
    PartialFiles.expire(first.ownVolume, now.plus(Duration.ofHours(23)));
    assertThat(parts()).hasSize(1);
    PartialFiles.expire(first.ownVolume, now.plus(Duration.ofHours(25)));
    assertThat(parts()).isEmpty();
  }
}
