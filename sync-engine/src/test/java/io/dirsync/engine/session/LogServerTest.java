package io.dirsync.engine.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.engine.store.FolderStore.Durability;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.engine.store.MemoryFolderStore;
import io.dirsync.model.Attributes;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.Dot;
import io.dirsync.model.Event;
import io.dirsync.model.LogEpochs;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Version;
import io.dirsync.protocol.Message;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a reader of a log is sent. */
final class LogServerTest {
  private static final ReplicaId OWN = new ReplicaId("own", 1);
  private static final ReplicaId READER = new ReplicaId("reader", 1);
  private static final int ENTRIES = 300;
  private static final int DOTS = 100;
  private static final long CREDIT = 1L << 30;
  private static final int INLINE = 1000;

  private long scanned;
  private boolean fresh;

  private final MemoryFolderStore store = new MemoryFolderStore();
  private final SentMessages sent = new SentMessages();
  private final LogServer server =
      new LogServer("www", sent, store, this::head, () -> scanned, this::content, Runnable::run);

  private Optional<byte[]> content(Version version, Content.File file) {
    return Optional.of(new byte[(int) file.size()]);
  }

  private Head head() {
    return new Head(
        OWN,
        store.floor(),
        store.end(),
        new Message.Known(store.vector(), store.beyond()),
        new LogEpochs(List.of(new LogEpochs.Epoch(1, 7))));
  }

  /** Entries so big that they take several messages. */
  private void fill(@Nullable ReplicaId source) throws IOException {
    try (Transaction transaction = store.begin()) {
      for (int i = 0; i < ENTRIES; i++) {
        Set<Dot> removed = new HashSet<>();
        for (int d = 0; d < DOTS; d++) {
          removed.add(transaction.nextDot(OWN));
        }
        transaction.append(new Event(List.of(), removed, Set.of()), source, 1);
      }
      transaction.cover(transaction.nextDot(OWN));
      transaction.commit(Durability.DISK);
    }
  }

  private void read(long after, long credit) {
    server.readLog(new Message.ReadLog("www", after, credit, INLINE), READER, fresh);
  }

  private List<Message.LogBatch> batches() {
    return sent.of(Message.LogBatch.class);
  }

  @Test
  void onlyTheLastPartOfALogBringsTheContextThatGoesWithIt() throws IOException {
    fill(null);
    read(0, CREDIT);
    assertThat(batches()).hasSizeGreaterThan(2);
    for (Message.LogBatch batch : batches()) {
      boolean last = batch.through() == ENTRIES;
      assertThat(batch.known()).isEqualTo(last ? head().known() : null);
    }
  }

  @Test
  void noPartSaysThatItWasReadFurtherThanItsEntriesGo() throws IOException {
    fill(null);
    read(0, CREDIT);
    long expected = 1;
    for (Message.LogBatch batch : batches()) {
      for (Message.LogEntry entry : batch.entries()) {
        assertThat(entry.sequence()).isEqualTo(expected++);
      }
      assertThat(batch.through()).isEqualTo(expected - 1);
      assertThat(batch.end()).isEqualTo(ENTRIES);
    }
    assertThat(expected).isEqualTo(ENTRIES + 1);
  }

  @Test
  void whatTheReaderHasBroughtItselfIsLeftOut() throws IOException {
    fill(READER);
    read(0, CREDIT);
    assertThat(batches()).hasSize(1);
    assertThat(batches().getFirst().entries()).isEmpty();
    assertThat(batches().getFirst().through()).isEqualTo(ENTRIES);
  }

  @Test
  void whatTheReaderHasBroughtItselfIsToldOfByItselfWhenItIsMuch() throws IOException {
    fill(READER);
    read(0, CREDIT);
    fill(READER);
    server.wake();
    assertThat(batches()).hasSize(1);
    fill(READER);
    server.wake();
    assertThat(batches()).hasSize(2);
    assertThat(batches().getLast().entries()).isEmpty();
    assertThat(batches().getLast().through()).isEqualTo(3 * ENTRIES);
  }

  @Test
  void nothingIsSentBeyondTheCreditUntilThereIsMore() throws IOException {
    fill(null);
    read(0, 1);
    assertThat(batches()).hasSize(1);
    server.credit(CREDIT);
    assertThat(batches().getLast().through()).isEqualTo(ENTRIES);
  }

  @Test
  void aReaderOfWhatWasDroppedIsToldToCompare() throws IOException {
    fill(null);
    try (Transaction transaction = store.begin()) {
      transaction.truncateLog(10);
      transaction.commit(Durability.DISK);
    }
    read(9, CREDIT);
    assertThat(sent.messages).hasSize(1);
    assertThat(sent.messages.getFirst()).isEqualTo(head().state("www"));
  }

  @Test
  void whatIsNotDroppedIsStillRead() throws IOException {
    fill(null);
    try (Transaction transaction = store.begin()) {
      transaction.truncateLog(10);
      transaction.commit(Durability.DISK);
    }
    read(10, CREDIT);
    assertThat(batches().getFirst().entries().getFirst().sequence()).isEqualTo(11);
  }

  /** Two files, written one after the other. */
  private void writeTwoFiles() throws IOException {
    try (Transaction transaction = store.begin()) {
      for (String path : List.of("one", "two")) {
        write(transaction, path, path.hashCode());
      }
      transaction.commit(Durability.DISK);
    }
  }

  private static void write(Transaction transaction, String path, long content) {
    Version version =
        new Version(
            transaction.nextDot(OWN),
            RelativePath.of(path),
            new Content.File(new ContentHash(content, 0, 0, 0), 10),
            new Attributes(0644, 1),
            1,
            List.of(),
            null,
            false);
    transaction.cover(version.dot());
    transaction.put(version);
    transaction.append(new Event(List.of(version), Set.of(), Set.of()), null, 1);
  }

  private List<Long> inlined() {
    return batches().stream()
        .flatMap(batch -> batch.inline().stream())
        .map(inline -> inline.hash().bytes())
        .map(bytes -> java.nio.ByteBuffer.wrap(bytes).getLong())
        .toList();
  }

  @Test
  void contentsRideAlongWithWhatWasWrittenSinceTheFirstScan() throws IOException {
    writeTwoFiles();
    scanned = 1;
    read(0, CREDIT);
    assertThat(inlined()).containsExactly((long) "two".hashCode());
  }

  @Test
  void aReaderThatKnowsOfNothingGetsTheContentsThatTheFirstScanHasFoundToo() throws IOException {
    writeTwoFiles();
    scanned = Long.MAX_VALUE;
    fresh = true;
    read(0, CREDIT);
    assertThat(inlined()).hasSize(2);
  }

  @Test
  void aContentThatSomebodyElseHasPutAtThePathTooDoesNotRideAlong() throws IOException {
    writeTwoFiles();
    try (Transaction transaction = store.begin()) {
      write(transaction, "two", "two".hashCode());
      transaction.commit(Durability.DISK);
    }
    read(0, CREDIT);
    assertThat(inlined()).containsExactly((long) "one".hashCode());
  }
}
