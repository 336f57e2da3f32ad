package io.dirsync.engine.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.engine.store.FolderStore.Durability;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.engine.store.MemoryFolderStore;
import io.dirsync.model.Dot;
import io.dirsync.model.Event;
import io.dirsync.model.LogEpochs;
import io.dirsync.model.ReplicaId;
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

  private final MemoryFolderStore store = new MemoryFolderStore();
  private final SentMessages sent = new SentMessages();
  private final LogServer server =
      new LogServer("www", sent, store, this::head, (_, _) -> Optional.empty(), Runnable::run);

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
    server.readLog(new Message.ReadLog("www", after, credit, 0), READER);
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
}
