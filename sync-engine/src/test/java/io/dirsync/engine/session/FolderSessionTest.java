package io.dirsync.engine.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.engine.Lane;
import io.dirsync.engine.Signatures;
import io.dirsync.engine.SystemEnvironment;
import io.dirsync.engine.TransferBounds;
import io.dirsync.engine.scan.ContentHasher;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.MemoryFolderStore;
import io.dirsync.fs.MemoryVolume;
import io.dirsync.model.Attributes;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.Cursor;
import io.dirsync.model.Dot;
import io.dirsync.model.Event;
import io.dirsync.model.LogEpochs;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Version;
import io.dirsync.model.VersionVector;
import io.dirsync.protocol.Limits;
import io.dirsync.protocol.Message;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a node says and does as it reads a peer's log. */
final class FolderSessionTest {
  private static final ReplicaId OWN = new ReplicaId("own", 1);
  private static final ReplicaId PEER = new ReplicaId("peer", 1);
  private static final long FLOOR = 10;
  private static final long END = 20;
  private static final long SECOND_RUN = 15;
  private static final LogEpochs EPOCHS =
      new LogEpochs(List.of(new LogEpochs.Epoch(1, 71), new LogEpochs.Epoch(SECOND_RUN, 72)));

  private final SentMessages sent = new SentMessages();
  private final Host host = new Host();
  private final LogCredit credit = new LogCredit();
  private final MemoryFolderStore store = new MemoryFolderStore();
  private final SystemEnvironment environment = new SystemEnvironment(1);
  private final ArrayDeque<Runnable> worker = new ArrayDeque<>();
  private final ArrayDeque<Runnable> later = new ArrayDeque<>();
  private final Signatures signatures = new Signatures(TransferBounds.USUAL, environment);
  private final FolderSession session =
      new FolderSession(
          "peer",
          "www",
          sent,
          credit,
          new Requests("peer", sent, new AtOnce()),
          store,
          new MemoryVolume(InstantSource.system()),
          signatures,
          (_, _) -> Optional.empty(),
          worker::add,
          new AtOnce(),
          host);

  @AfterEach
  void close() {
    signatures.close();
    environment.close();
  }

  private static VersionVector vector(Map<ReplicaId, Long> counters) {
    return new VersionVector(new TreeMap<>(counters));
  }

  private void introduced(Map<ReplicaId, Long> known) {
    begunToIntroduce(known);
    work();
  }

  private void begunToIntroduce(Map<ReplicaId, Long> known) {
    session.on(new Message.FolderState("www", PEER, FLOOR, END, vector(known), EPOCHS));
  }

  private void work() {
    while (!worker.isEmpty()) {
      worker.poll().run();
    }
  }

  private void took(long through, long ticket) {
    session.took(new Message.LogBatch("www", List.of(), List.of(), through, END, null), ticket);
  }

  @Test
  void aPeerMaySendWhatItWasAskedForAndWhatItIsGivenBackAndNoMore() {
    Message.LogBatch batch = batch(Limits.INLINE_BYTES_MAX);
    long each = LogServer.creditOf(batch);
    assertThat(credit.take(batch)).as("before it is asked").isFalse();
    host.cursor = EPOCHS.at(FLOOR);
    introduced(Map.of());
    long granted = sent.of(Message.ReadLog.class).getFirst().creditBytes();
    assertThat(come(batch))
        .as("the last one may take more than is left")
        .isBetween(granted, granted + each);
    for (int i = 0; i < 3; i++) {
      session.took(batch, 1 + i);
    }
    session.settle(9);
    assertThat(sent.of(Message.Credit.class).getFirst().bytes()).isEqualTo(3 * each);
    assertThat(come(batch)).isBetween(each, 3 * each);
  }

  @Test
  void whatWasTooMuchBeforeItWasAskedAnewIsNotMissingAfterwards() {
    Message.LogBatch batch = batch(Limits.INLINE_BYTES_MAX);
    credit.ask(1);
    credit.ask(1);
    assertThat(credit.take(batch)).as("it has not heard yet").isTrue();
    assertThat(credit.take(batch)).as("it has heard").isTrue();
    assertThat(credit.take(batch)).isFalse();
  }

  private long come(Message.LogBatch batch) {
    long come = 0;
    while (credit.take(batch)) {
      come += LogServer.creditOf(batch);
    }
    return come;
  }

  @Test
  void whatOneAskedForBeforeAskingAnewMayStillCome() {
    host.cursor = EPOCHS.at(FLOOR);
    introduced(Map.of());
    introduced(Map.of());
    List<Message.ReadLog> asked = sent.of(Message.ReadLog.class);
    assertThat(asked).hasSize(2);
    assertThat(come(batch(Limits.INLINE_BYTES_MAX)))
        .isGreaterThanOrEqualTo(2 * asked.getFirst().creditBytes());
  }

  private static Message.LogBatch batch(int contentBytes) {
    byte[] content = new byte[contentBytes];
    return new Message.LogBatch(
        "www",
        List.of(),
        List.of(new Message.Inline(ContentHasher.hash(content), content)),
        FLOOR + 1,
        END,
        null);
  }

  @Test
  void aNodeOfWhichAPeerKnowsMoreThanItselfWasSetBack() {
    introduced(Map.of(OWN, 6L));
    assertThat(host.setBack).isEqualTo(1);
  }

  @Test
  void aNodeOfWhichAPeerKnowsAsMuchGoesOnAsItWas() {
    introduced(Map.of(OWN, 5L));
    assertThat(host.setBack).isZero();
  }

  @Test
  void aLogThatReachesBackToTheCursorIsReadFromThere() {
    host.cursor = EPOCHS.at(FLOOR);
    introduced(Map.of());
    assertThat(sent.of(Message.ReadLog.class)).hasSize(1);
    assertThat(sent.of(Message.ReadLog.class).getFirst().after()).isEqualTo(FLOOR);
    assertThat(sent.of(Message.ReadState.class)).isEmpty();
  }

  @Test
  void aLogThatDoesNotReachBackToTheCursorIsCompared() {
    host.cursor = EPOCHS.at(FLOOR - 1);
    introduced(Map.of());
    assertThat(sent.of(Message.ReadState.class)).hasSize(1);
    assertThat(sent.of(Message.ReadLog.class)).isEmpty();
  }

  @Test
  void aLogThatEndsBeforeTheCursorWasSetBackAndIsCompared() {
    host.cursor = new Cursor(END + 1, EPOCHS.at(END).epoch());
    introduced(Map.of());
    assertThat(sent.of(Message.ReadState.class)).hasSize(1);
    assertThat(sent.of(Message.ReadLog.class)).isEmpty();
  }

  @Test
  void aLogThatAnotherRunHasWrittenAnewUnderTheSameNumbersIsCompared() {
    host.cursor = new Cursor(SECOND_RUN, EPOCHS.at(SECOND_RUN - 1).epoch());
    introduced(Map.of());
    assertThat(sent.of(Message.ReadState.class)).hasSize(1);
    assertThat(sent.of(Message.ReadLog.class)).isEmpty();
  }

  @Test
  void aNodeOfWhoseLogAPeerHasReadMoreThanThereIsWasSetBack() {
    introduced(Map.of());
    session.on(new Message.ReadState("www", 1, new Cursor(END + 1, 72), 1, List.of()));
    assertThat(host.setBack).isEqualTo(1);
  }

  @Test
  void aNodeOfWhoseLogAPeerHasReadWhatAnotherRunWroteWasSetBack() {
    introduced(Map.of());
    session.on(new Message.ReadState("www", 1, new Cursor(SECOND_RUN, 71), 1, List.of()));
    assertThat(host.setBack).isEqualTo(1);
  }

  @Test
  void aNodeWhoseLogBeginsAfterWhatAPeerHasReadWasNotSetBackForThat() {
    host.floor = FLOOR;
    introduced(Map.of());
    session.on(new Message.ReadState("www", 1, new Cursor(FLOOR - 1, 70), 1, List.of()));
    session.on(new Message.ReadState("www", 2, EPOCHS.at(SECOND_RUN), 1, List.of()));
    assertThat(host.setBack).isZero();
  }

  @Test
  void whatAPeerHasBroughtIsSentToItOnlyIfItHasLostIt() throws IOException {
    Event brought =
        new Event(
            List.of(
                new Version(
                    new Dot(PEER, 1),
                    RelativePath.of("f"),
                    Content.Directory.VALUE,
                    new Attributes(0755, 0),
                    1,
                    List.of(),
                    null,
                    false)),
            Set.of(),
            Set.of());
    try (FolderStore.Transaction transaction = store.begin()) {
      transaction.append(brought, PEER, 1);
      transaction.commit(FolderStore.Durability.DISK);
    }
    host.end = 1;
    host.cursor = EPOCHS.at(FLOOR);
    introduced(Map.of());
    session.on(new Message.ReadLog("www", 0, 4096, 0));
    work();
    assertThat(sent.of(Message.LogBatch.class).getLast().entries()).isEmpty();

    host.cursor = new Cursor(END + 1, 72);
    introduced(Map.of());
    session.on(new Message.ReadLog("www", 0, 4096, 0));
    work();
    assertThat(sent.of(Message.LogBatch.class).getLast().entries())
        .containsExactly(new Message.LogEntry(1, brought));
  }

  @Test
  void ofTwoComparisonsThatFollowUponEachOtherOnlyTheSecondIsAskedFor() {
    host.cursor = EPOCHS.at(FLOOR - 1);
    begunToIntroduce(Map.of());
    begunToIntroduce(Map.of());
    work();
    assertThat(sent.of(Message.ReadState.class)).hasSize(1);
    assertThat(sent.of(Message.ReadState.class).getFirst().comparison()).isEqualTo(2);
  }

  @Test
  void aComparisonThatIsNoLongerNeededDoesNotEndTheReadingOfTheLog() {
    host.cursor = EPOCHS.at(FLOOR - 1);
    begunToIntroduce(Map.of());
    host.cursor = EPOCHS.at(FLOOR);
    begunToIntroduce(Map.of());
    work();
    assertThat(sent.of(Message.ReadState.class)).isEmpty();
    assertThat(sent.of(Message.ReadLog.class)).hasSize(1);
  }

  @Test
  void whatBelongsToAnOlderComparisonIsPassedOver() {
    host.cursor = EPOCHS.at(FLOOR - 1);
    introduced(Map.of());
    introduced(Map.of());
    Message.Known known = new Message.Known(vector(Map.of()), Set.of());
    Message.StateEnd end = new Message.StateEnd("www", 1, END, known);
    session.on(new Message.StateBatch("www", 1, null, null, List.of(), known));
    session.on(new Message.StateDiffers("www", 1, null, null));
    session.on(end);
    work();
    // It had been taken in just before the newer one was asked for.
    session.took(end, 1);
    assertThat(host.taken).isEmpty();
    assertThat(sent.of(Message.StateStretches.class)).isEmpty();
    assertThat(sent.of(Message.ReadLog.class)).isEmpty();

    Message.StateEnd second = new Message.StateEnd("www", 2, END, known);
    session.on(second);
    session.took(second, 2);
    assertThat(host.taken).containsExactly(second);
    assertThat(sent.of(Message.ReadLog.class)).hasSize(1);
  }

  @Test
  void aBatchOfTheLogThatIsTakenInWhileAComparisonIsAskedForDoesNotEndIt() {
    host.cursor = EPOCHS.at(FLOOR);
    introduced(Map.of());
    host.cursor = EPOCHS.at(FLOOR - 1);
    introduced(Map.of());
    took(END, 1);
    assertThat(sent.of(Message.ReadLog.class)).hasSize(1);
  }

  @Test
  void noMoreIsAskedForThanContentsThatCameAreUsedButFilesThatCannotBeWrittenHoldUpNobody() {
    host.cursor = EPOCHS.at(FLOOR);
    introduced(Map.of());
    tookWithContent();
    session.settle(Long.MAX_VALUE);
    assertThat(sent.of(Message.Credit.class)).hasSize(1);

    host.unusedBytes = 4 << 20;
    tookWithContent();
    session.settle(Long.MAX_VALUE);
    session.settle(Long.MAX_VALUE);
    assertThat(sent.of(Message.Credit.class)).hasSize(1);
    host.unusedBytes = 0;
    session.settle(Long.MAX_VALUE);
    assertThat(sent.of(Message.Credit.class)).hasSize(2);

    host.unusedBytes = 4 << 20;
    tookWithContent();
    session.settle(Long.MAX_VALUE);
    assertThat(sent.of(Message.Credit.class)).hasSize(2);
    assertThat(later).hasSize(1);
    later.poll().run();
    assertThat(sent.of(Message.Credit.class)).hasSize(3);
    assertThat(later).isEmpty();
  }

  private void tookWithContent() {
    Message.Inline inline = new Message.Inline(new ContentHash(1, 2, 3, 4), new byte[100]);
    session.took(new Message.LogBatch("www", List.of(), List.of(inline), FLOOR + 1, END, null), 1);
  }

  @Test
  void aLogIsReadOnFromWhatAnEarlierRunHasWritten() {
    host.cursor = EPOCHS.at(SECOND_RUN - 1);
    introduced(Map.of());
    assertThat(sent.of(Message.ReadLog.class)).hasSize(1);
    assertThat(sent.of(Message.ReadLog.class).getFirst().after()).isEqualTo(SECOND_RUN - 1);
  }

  @Test
  void nothingIsReadBeforeTheFirstScanHasEnded() {
    host.ready = false;
    introduced(Map.of());
    assertThat(sent.messages).isEmpty();
    host.ready = true;
    session.startReading();
    work();
    assertThat(sent.messages).hasSize(1);
  }

  @Test
  void aPeerWithATwinIsNotRead() {
    host.alone = false;
    introduced(Map.of());
    session.startReading();
    assertThat(sent.messages).isEmpty();
    assertThat(session.replica()).isNull();
  }

  @Test
  void whoIsToldOfATwinHears() {
    session.on(new Message.Twins("www", "here and there"));
    assertThat(host.twins).containsExactly("here and there");
  }

  @Test
  void onlyWhatIsDoneOnTheDiskIsAcknowledged() {
    host.cursor = EPOCHS.at(FLOOR);
    introduced(Map.of());
    took(12, 1);
    took(14, 2);
    took(16, 3);
    session.settle(1);
    assertThat(sent.of(Message.Applied.class)).isEmpty();
    session.settle(3);
    assertThat(sent.of(Message.Applied.class)).containsExactly(new Message.Applied("www", 14));
    session.settle(Long.MAX_VALUE);
    assertThat(sent.of(Message.Applied.class)).last().isEqualTo(new Message.Applied("www", 16));
  }

  @Test
  void whatIsDoneOfTheLogOfAPeerThatBeganAnewIsAcknowledgedFromItsBeginning() {
    host.cursor = EPOCHS.at(FLOOR);
    introduced(Map.of());
    took(16, 1);
    session.settle(Long.MAX_VALUE);
    host.cursor = Cursor.START;
    session.on(
        new Message.FolderState(
            "www", new ReplicaId("peer", 2), 0, 3, vector(Map.of()), LogEpochs.NONE));
    took(3, 2);
    session.settle(Long.MAX_VALUE);
    assertThat(sent.of(Message.Applied.class)).last().isEqualTo(new Message.Applied("www", 3));
  }

  private final class AtOnce implements Lane {
    @Override
    public void execute(Runnable task) {
      task.run();
    }

    @Override
    public void after(Duration delay, Runnable task) {
      later.add(task);
    }

    @Override
    public void close() {
      later.clear();
    }
  }

  private static final class Host implements FolderSession.Host {
    int setBack;
    Cursor cursor = Cursor.START;
    boolean ready = true;
    boolean alone = true;
    long floor = 0;
    long unusedBytes = 0;
    long end = END;
    final List<String> twins = new ArrayList<>();
    final List<Long> acknowledged = new ArrayList<>();
    final List<Message> taken = new ArrayList<>();

    @Override
    public Head head() {
      return new Head(
          OWN, floor, end, new Message.Known(vector(Map.of(OWN, 5L)), Set.of()), EPOCHS);
    }

    @Override
    public boolean ready() {
      return ready;
    }

    @Override
    public boolean empty() {
      return false;
    }

    @Override
    public Cursor cursor(ReplicaId replica) {
      return cursor;
    }

    @Override
    public void setBack() {
      setBack++;
    }

    @Override
    public void take(FolderSession session, Message.LogBatch batch) {
      throw new IllegalStateException("nothing is sent here");
    }

    @Override
    public void take(FolderSession session, Message.StateBatch batch) {
      taken.add(batch);
    }

    @Override
    public void take(FolderSession session, Message.StateEnd end) {
      taken.add(end);
    }

    @Override
    public boolean introduced(FolderSession session, ReplicaId replica) {
      return alone;
    }

    @Override
    public void twin(FolderSession session, String where) {
      twins.add(where);
    }

    @Override
    public long scanned() {
      return 0;
    }

    @Override
    public void acknowledged(FolderSession session, long sequence) {
      acknowledged.add(sequence);
    }

    @Override
    public int dirty() {
      return 0;
    }

    @Override
    public long unusedBytes() {
      return unusedBytes;
    }

    @Override
    public void changed() {
      // Nobody shows it.
    }
  }
}
