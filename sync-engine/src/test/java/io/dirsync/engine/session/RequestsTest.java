package io.dirsync.engine.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.engine.Lane;
import io.dirsync.model.ContentHash;
import io.dirsync.model.RelativePath;
import io.dirsync.protocol.Message;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How long who has asked for something waits for it. */
final class RequestsTest {
  private static final ContentHash HASH = new ContentHash(1, 2, 3, 4);
  private static final RelativePath PATH = RelativePath.of("f");

  /** Looks in a row with nothing to show until the usual patience ends. */
  private static final int LOOKS = 12;

  private final SentMessages sent = new SentMessages();
  private final Later lane = new Later();
  private final Requests requests = new Requests("peer", sent, lane);
  private final Supplier supplier = requests.of("www");

  private static final class Later implements Lane {
    final ArrayDeque<Runnable> tasks = new ArrayDeque<>();

    @Override
    public void execute(Runnable task) {
      task.run();
    }

    @Override
    public void after(Duration delay, Runnable task) {
      assertThat(delay.multipliedBy(LOOKS)).isEqualTo(Requests.PATIENCE);
      tasks.add(task);
    }

    @Override
    public void close() {
      tasks.clear();
    }
  }

  private static final class Waiting implements Supplier.DeltaReply {
    final List<String> told = new ArrayList<>();
    boolean peersTurn = true;
    Duration patience = Requests.PATIENCE;

    @Override
    public void signatureWanted() {
      told.add("signature");
    }

    @Override
    public void data(long offset, byte[] bytes, boolean last) {
      told.add("data");
    }

    @Override
    public void failed(String reason) {
      told.add("failed");
    }

    @Override
    public void unanswered(String reason) {
      told.add("unanswered");
    }

    @Override
    public boolean isPeersTurn() {
      return peersTurn;
    }

    @Override
    public Duration patience() {
      return patience;
    }
  }

  private long fetch(Waiting reply) {
    return supplier.fetch(HASH, PATH, 0, 1000, reply);
  }

  /** The peer is asked for a sign of life so often, and gives it. */
  private void looks(int count) {
    for (int i = 0; i < count; i++) {
      lane.tasks.remove().run();
      assertThat(sent.messages.getLast()).isEqualTo(new Message.Ping(Message.Ping.AMONG_CONTENTS));
      requests.on(new Message.Pong(Message.Ping.AMONG_CONTENTS));
    }
  }

  @Test
  void whatIsAskedForLaterIsWaitedForLonger() {
    Waiting first = new Waiting();
    Waiting second = new Waiting();
    long number = fetch(first);
    looks(LOOKS / 2);
    fetch(second);
    looks(LOOKS / 2);
    assertThat(first.told).containsExactly("unanswered");
    assertThat(second.told).isEmpty();
    assertThat(sent.of(Message.Cancel.class)).containsExactly(new Message.Cancel(number));
    looks(LOOKS / 2);
    assertThat(second.told).containsExactly("unanswered");
    assertThat(lane.tasks).as("nothing is left to wait for").isEmpty();
  }

  @Test
  void whatComesOfOneCountsForAll() {
    Waiting first = new Waiting();
    Waiting second = new Waiting();
    fetch(first);
    long number = fetch(second);
    looks(LOOKS - 1);
    requests.on(new Message.Data(number, 0, new byte[1], false));
    looks(LOOKS);
    assertThat(first.told).isEmpty();
    looks(1);
    assertThat(first.told).containsExactly("unanswered");
    assertThat(second.told).containsExactly("data", "unanswered");
  }

  @Test
  void whileThisNodeHasToDoSomethingFirstNoTimePasses() {
    Waiting reply = new Waiting();
    long number = supplier.fetchDelta(HASH, PATH, HASH, reply);
    requests.on(new Message.SignatureWanted(number));
    reply.peersTurn = false;
    looks(10 * LOOKS);
    reply.peersTurn = true;
    looks(LOOKS - 1);
    assertThat(reply.told).containsExactly("signature");
    looks(1);
    assertThat(reply.told).containsExactly("signature", "unanswered");
  }

  @Test
  void whoAsksForMuchWorkIsMorePatient() {
    Waiting reply = new Waiting();
    reply.patience = Requests.PATIENCE.multipliedBy(3);
    supplier.fetchDelta(HASH, PATH, HASH, reply);
    looks(3 * LOOKS - 1);
    assertThat(reply.told).isEmpty();
    looks(1);
    assertThat(reply.told).containsExactly("unanswered");
  }

  @Test
  void aPeerThatHasLeftSomethingUnansweredIsMuteUntilItAnswers() {
    fetch(new Waiting());
    looks(LOOKS);
    assertThat(requests.mute()).isTrue();
    long number = fetch(new Waiting());
    assertThat(requests.mute()).isTrue();
    requests.on(new Message.FetchFailed(number, "not here"));
    assertThat(requests.mute()).isFalse();
  }

  @Test
  void whatComesTooLateIsNotTakenAnyMore() {
    Waiting reply = new Waiting();
    long number = fetch(reply);
    looks(LOOKS);
    requests.on(new Message.Data(number, 0, new byte[1000], true));
    assertThat(reply.told).containsExactly("unanswered");
  }

  @Test
  void whenNothingIsAskedForNobodyLooks() {
    long number = fetch(new Waiting());
    requests.on(new Message.Data(number, 0, new byte[1000], true));
    lane.tasks.remove().run();
    assertThat(sent.of(Message.Ping.class)).isEmpty();
    assertThat(lane.tasks).isEmpty();
    fetch(new Waiting());
    assertThat(lane.tasks).as("and again when something is").hasSize(1);
    requests.close("the connection was closed");
    lane.tasks.remove().run();
    assertThat(lane.tasks).isEmpty();
  }
}
