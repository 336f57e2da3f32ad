package io.dirsync.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.protocol.Connection;
import io.dirsync.protocol.Limits;
import io.dirsync.protocol.Message;
import io.dirsync.protocol.NodeId;
import io.dirsync.protocol.Transport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Connections of one peer that come while there is one. */
final class PeerLinkTest {
  private static final NodeId OWN = NodeId.of(new byte[32]);
  private static final NodeId PEER = NodeId.of(filled());

  private final ManualLane lane = new ManualLane();
  private final SystemEnvironment environment = new SystemEnvironment(1);
  private final PeerLink link =
      new PeerLink(
          new PeerSettings("peer", PEER, List.of()),
          OWN,
          "own",
          1,
          new NoNetwork(),
          environment,
          lane,
          _ -> Map.of());

  private static byte[] filled() {
    byte[] bytes = new byte[32];
    bytes[0] = 1;
    return bytes;
  }

  @AfterEach
  void close() {
    environment.close();
  }

  private End connected(String address, long instance) {
    End end = new End(address);
    end.handler = link.accept(end, false);
    end.handler.onMessage(new Message.Hello(Limits.VERSION, "peer", Set.of(), instance));
    return end;
  }

  @Test
  void aNewConnectionOfTheSameProcessTakesTheOldOnesPlaceAtOnce() {
    End before = connected("here", 7);
    End after = connected("here", 7);
    assertThat(before.closed).isEqualTo("a newer connection takes its place");
    assertThat(after.closed).isEmpty();
    assertThat(link.trouble()).isEmpty();
  }

  @Test
  void anotherProcessTakesThePlaceOfOneThatDoesNotAnswerAnyMore() {
    End before = connected("here", 7);
    End after = connected("here", 8);
    assertThat(before.sent).contains(new Message.Ping(1));
    assertThat(before.closed).isEmpty();
    lane.pass();
    assertThat(before.closed).isEqualTo("a newer connection takes its place");
    assertThat(after.closed).isEmpty();
    assertThat(link.connected()).isTrue();
    assertThat(link.trouble()).isEmpty();
  }

  @Test
  void anotherProcessBesideOneThatAnswersIsACopyOfIt() {
    End before = connected("here", 7);
    connected("there", 8);
    before.handler().onMessage(new Message.Pong(1));
    assertThat(link.trouble())
        .contains("two machines have its key and run at once, at here and there");
    assertThat(before.closed).isEqualTo("another machine with the same key is connected");
  }

  @Test
  void twoMachinesAreToldOfForAMinuteAfterTheyWereLastSeen() {
    End before = connected("here", 7);
    End after = connected("there", 8);
    before.handler().onMessage(new Message.Pong(1));
    pass(Duration.ofSeconds(40));
    connected("here again", 7);
    after.handler().onMessage(new Message.Pong(1));
    pass(Duration.ofSeconds(55));
    assertThat(link.trouble())
        .contains("two machines have its key and run at once, at there and here again");
    pass(Duration.ofSeconds(5));
    assertThat(link.trouble()).isEmpty();
  }

  /** What is looked at is looked at every five seconds. */
  private void pass(Duration time) {
    for (long i = 0; i < time.toSeconds(); i += 5) {
      lane.pass();
    }
  }

  @Test
  void anAnswerThatNobodyWaitsForSaysNothing() {
    End only = connected("here", 7);
    only.handler().onMessage(new Message.Pong(1));
    assertThat(link.trouble()).isEmpty();
    assertThat(only.closed).isEmpty();
  }

  @Test
  void whoIsAskedForLifeAnswers() {
    End end = connected("here", 7);
    end.handler().onMessage(new Message.Ping(1));
    assertThat(end.sent).contains(new Message.Pong(1));
  }

  @Test
  void afterAConnectionThatWentSoonTheNextIsLookedAtAgainWhateverTheLogHas() {
    connected("here", 7).close("it was cut");
    assertThat(lane.later).isEmpty();
    connected("here", 8);
    assertThat(lane.later).hasSize(1);
  }

  @Test
  void aPeerThatCannotBeReachedIsTriedLessAndLessOftenAndNeverInStepWithOthers() {
    Unreachable network = new Unreachable();
    PeerLink dialing =
        new PeerLink(
            new PeerSettings("peer", PEER, List.of("one:1", "two:2")),
            OWN,
            "own",
            1,
            network,
            environment,
            lane,
            _ -> Map.of());
    dialing.start();
    for (int i = 0; i < 40; i++) {
      lane.pass();
    }
    assertThat(network.dialed).hasSize(41).startsWith("one:1", "two:2", "one:1");
    long ceiling = 100;
    for (Duration delay : lane.delays) {
      assertThat(delay.toMillis()).isBetween(ceiling / 2, ceiling);
      ceiling = Math.min(2 * ceiling, 15_000);
    }
    assertThat(Set.copyOf(lane.delays.subList(10, 40))).as("by chance").hasSizeGreaterThan(15);
    assertThat(dialing.trouble()).contains("connection refused");
  }

  private static final class Unreachable implements Transport {
    private final List<String> dialed = new ArrayList<>();

    @Override
    public String listen(String address, Predicate<NodeId> known, Acceptor acceptor) {
      throw new AssertionError("nobody listens");
    }

    @Override
    public void dial(String address, NodeId expected, Acceptor acceptor, Consumer<String> failed) {
      dialed.add(address);
      failed.accept("connection refused");
    }

    @Override
    public void close() {
      // Nothing is open.
    }
  }

  /** Runs tasks at once, and those for later when told. */
  private static final class ManualLane implements Lane {
    private final List<Runnable> later = new ArrayList<>();
    private final List<Duration> delays = new ArrayList<>();

    @Override
    public void execute(Runnable task) {
      task.run();
    }

    @Override
    public void after(Duration delay, Runnable task) {
      delays.add(delay);
      later.add(task);
    }

    void pass() {
      List<Runnable> due = List.copyOf(later);
      later.clear();
      due.forEach(Runnable::run);
    }

    @Override
    public void close() {
      later.clear();
    }
  }

  private static final class NoNetwork implements Transport {
    @Override
    public String listen(String address, Predicate<NodeId> known, Acceptor acceptor) {
      throw new AssertionError("nobody listens");
    }

    @Override
    public void dial(String address, NodeId expected, Acceptor acceptor, Consumer<String> failed) {
      throw new AssertionError("nobody dials");
    }

    @Override
    public void close() {
      // Nothing is open.
    }
  }

  private static final class End implements Connection {
    final List<Message> sent = new ArrayList<>();
    private final String address;
    private Connection.Handler handler = new Ignoring();
    String closed = "";

    End(String address) {
      this.address = address;
    }

    Connection.Handler handler() {
      return handler;
    }

    @Override
    public NodeId peer() {
      return PEER;
    }

    @Override
    public String address() {
      return address;
    }

    @Override
    public void send(Message message) {
      sent.add(message);
    }

    @Override
    public boolean writable() {
      return true;
    }

    @Override
    public void close(String reason) {
      if (closed.isEmpty()) {
        closed = reason;
        handler.onClosed(reason);
      }
    }

    @Override
    public Traffic traffic() {
      return new Traffic(0, 0);
    }
  }

  private static final class Ignoring implements Connection.Handler {
    @Override
    public void onMessage(Message message) {
      throw new AssertionError("not accepted yet");
    }

    @Override
    public void onWritable() {
      // Not accepted yet.
    }

    @Override
    public void onClosed(String reason) {
      // Not accepted yet.
    }
  }
}
