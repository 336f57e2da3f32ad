package io.dirsync.engine.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.conflict.Merge;
import io.dirsync.engine.store.FolderStore.Durability;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.engine.store.MemoryFolderStore;
import io.dirsync.model.Attributes;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.Cursor;
import io.dirsync.model.Dot;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.LogEpochs;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Version;
import io.dirsync.protocol.Limits;
import io.dirsync.protocol.Message;
import io.dirsync.protocol.wire.MessageEncoder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Two live sets that are compared: what it costs, and that afterwards they are the same. */
final class StateComparisonTest {
  private static final ReplicaId A = new ReplicaId("a", 1);
  private static final ReplicaId B = new ReplicaId("b", 2);
  private static final int FILES = 300_000;
  private static final int SEEDS = 60;

  private final MemoryFolderStore reader = new MemoryFolderStore();
  private final MemoryFolderStore server = new MemoryFolderStore();

  /** What went over the wire, in both directions. */
  private long bytes;

  private long messages;
  private long entriesSent;
  private long bytesOfEntries;

  private static Version file(Dot dot) {
    String name =
        "directory-" + dot.counter() % 500 + "/file-" + dot.replica().node() + dot.counter();
    return new Version(
        dot,
        RelativePath.of(name),
        new Content.File(new ContentHash(dot.counter(), 1, 2, 3), 4_096),
        new Attributes(0644, dot.counter(), "www-data", "www-data"),
        dot.counter(),
        List.of(),
        null,
        false);
  }

  private static void fill(MemoryFolderStore store, ReplicaId replica, int files)
      throws IOException {
    try (Transaction transaction = store.begin()) {
      for (int i = 1; i <= files; i++) {
        Dot dot = new Dot(replica, i);
        transaction.cover(dot);
        transaction.put(file(dot));
      }
      transaction.commit(Durability.DISK);
    }
  }

  private static void remove(MemoryFolderStore store, List<Dot> dots) throws IOException {
    try (Transaction transaction = store.begin()) {
      dots.forEach(transaction::remove);
      transaction.commit(Durability.DISK);
    }
  }

  private static List<LiveEntry> live(MemoryFolderStore store) {
    List<LiveEntry> entries = new ArrayList<>();
    store.readLive(
        null,
        entry -> {
          entries.add(entry);
          return true;
        });
    return entries;
  }

  private Head head() {
    return new Head(
        B,
        server.floor(),
        server.end(),
        new Message.Known(server.vector(), server.beyond()),
        LogEpochs.NONE);
  }

  /** The reader asks, and takes in all answers. */
  private void compare() throws IOException {
    SentMessages sent = new SentMessages();
    LogServer log =
        new LogServer(
            "www", sent, server, this::head, () -> 0, (_, _) -> Optional.empty(), Runnable::run);
    StateDivider divider = new StateDivider(reader);
    Message.ReadState request =
        new Message.ReadState(
            "www", 1, Cursor.START, Limits.CREDIT_BYTES_MAX, divider.divide(null, null));
    count(request);
    log.readState(request, A);
    boolean ended = false;
    for (int at = 0; at < sent.messages.size(); at++) {
      Message message = sent.messages.get(at);
      count(message);
      switch (message) {
        case Message.StateDiffers(String _, long number, var after, var through) -> {
          Message.StateStretches answer =
              new Message.StateStretches(
                  "www", number, after, through, divider.divide(after, through));
          count(answer);
          log.divided(answer);
        }
        case Message.StateBatch batch -> take(batch);
        case Message.StateEnd end -> {
          ended = true;
          try (Transaction transaction = reader.begin()) {
            Merge.join(transaction, end.known().vector(), end.known().beyond());
            transaction.commit(Durability.DISK);
          }
        }
        default -> throw new AssertionError("unexpected: " + message);
      }
    }
    assertThat(ended).as("the comparison comes to its end").isTrue();
  }

  private void count(Message message) {
    byte[] frame = MessageEncoder.encode(message);
    assertThat(frame.length).isLessThan(Limits.CONTROL_FRAME_BYTES_MAX);
    bytes += frame.length;
    messages++;
  }

  private void take(Message.StateBatch batch) throws IOException {
    entriesSent += batch.entries().size();
    if (!batch.entries().isEmpty()) {
      bytesOfEntries += MessageEncoder.encode(batch).length;
    }
    List<LiveEntry> mine = new ArrayList<>();
    reader.readLive(
        batch.after(),
        entry -> {
          boolean within = batch.through() == null || entry.dot().compareTo(batch.through()) <= 0;
          if (within) {
            mine.add(entry);
          }
          return within;
        });
    try (Transaction transaction = reader.begin()) {
      Merge.take(
          transaction,
          Merge.comparison(
              transaction,
              batch.entries(),
              mine,
              dot -> batch.known().vector().covers(dot) || batch.known().beyond().contains(dot)),
          false);
      transaction.commit(Durability.DISK);
    }
  }

  @Test
  void ofManyFilesWithoutADifferenceOnlyTheDigestsOfAFewStretchesAreSent() throws IOException {
    fill(reader, A, FILES);
    fill(server, A, FILES);
    compare();
    assertThat(entriesSent).isZero();
    assertThat(messages).isEqualTo(2);
    assertThat(bytes).isLessThan((long) Limits.STRETCHES_MAX * Limits.STRETCH_BYTES);
  }

  @ParameterizedTest
  @CsvSource({"1, 30000", "10, 30000", "100, 30000", "10, 300000"})
  void theTrafficGrowsWithTheDifferenceAndNotWithTheFiles(int differences, int files)
      throws IOException {
    fill(reader, A, files);
    fill(server, A, files);
    List<Dot> removed = new ArrayList<>();
    for (int i = 0; i < differences; i++) {
      removed.add(new Dot(A, 7 + (long) i * (files / differences)));
    }
    remove(server, removed);
    compare();
    assertThat(live(reader)).isEqualTo(live(server));
    assertThat(entriesSent).isLessThanOrEqualTo((long) differences * StateDivider.SHORT);
    // The digests of the whole, and for each difference those of its stretch and a short stretch.
    assertThat(bytes).isLessThan(12_000 + differences * 9_000L);
  }

  @Test
  void twoNodesThatHaveNothingInCommonSendAllAndLittleMore() throws IOException {
    fill(reader, A, 20_000);
    fill(server, B, 20_000);
    compare();
    assertThat(live(reader)).hasSize(40_000);
    assertThat(entriesSent).isEqualTo(20_000);
    // Of what the reader alone has, the server says stretch by stretch that it has nothing there.
    assertThat(bytes - bytesOfEntries).isLessThan(2L * Limits.STRETCHES_MAX * 200);
  }

  @Test
  void whateverDiffersTheReaderKnowsAllAfterwardsAndKeepsWhatTheServerDoesNotKnow()
      throws IOException {
    for (int seed = 1; seed <= SEEDS; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      StateComparisonTest test = new StateComparisonTest();
      int common = random.nextInt(3_000);
      fill(test.reader, A, common);
      fill(test.server, A, common + random.nextInt(2) * random.nextInt(300));
      fill(test.server, B, random.nextInt(2) * random.nextInt(300));
      List<Dot> kept = new ArrayList<>();
      ReplicaId own = new ReplicaId(random.nextBoolean() ? "0" : "z", 3);
      fill(test.reader, own, random.nextInt(40));
      test.reader.readLive(
          null,
          entry -> {
            if (entry.dot().replica().equals(own)) {
              kept.add(entry.dot());
            }
            return true;
          });
      List<Dot> removed = new ArrayList<>();
      List<Version> shelved = new ArrayList<>();
      for (int i = 1; i <= common; i++) {
        switch (random.nextInt(common / 5 + 10)) {
          case 0 -> removed.add(new Dot(A, i));
          case 1 -> shelved.add(file(new Dot(A, i)).shelve());
          default -> {}
        }
      }
      try (Transaction transaction = test.server.begin()) {
        removed.forEach(transaction::remove);
        shelved.forEach(transaction::put);
        transaction.commit(Durability.DISK);
      }
      test.compare();
      List<LiveEntry> expected = new ArrayList<>(live(test.server));
      kept.forEach(dot -> expected.add(file(dot)));
      assertThat(live(test.reader))
          .as("seed %d", seed)
          .containsExactlyInAnyOrderElementsOf(expected);
    }
  }
}
