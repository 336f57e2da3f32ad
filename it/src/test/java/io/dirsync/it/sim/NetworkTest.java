package io.dirsync.it.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.protocol.Connection;
import io.dirsync.protocol.Message;
import io.dirsync.protocol.NodeId;
import io.dirsync.protocol.Transport;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class NetworkTest {
  private static final int SEEDS = 200;
  private static final int PINGS = 50;
  private static final long SECOND_NANOS = 1_000_000_000L;

  private record Outcome(long trace, List<Long> came, List<String> closed, List<String> failed) {}

  /** A dials B and sends numbered pings; after some steps the connection is cut, if at all. */
  private static Outcome run(long seed, int stepsBeforeCut) throws IOException {
    Trace trace = new Trace(false);
    Scheduler scheduler = new Scheduler(seed, trace);
    Network network = new Network(scheduler, trace);
    NodeId idOfA = id(1);
    NodeId idOfB = id(2);
    Outcome outcome = new Outcome(0, new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    Transport a = network.port("a", idOfA, scheduler.queue("a"));
    Transport b = network.port("b", idOfB, scheduler.queue("b"));
    b.listen(
        "b",
        idOfA::equals,
        connection -> {
          connection.send(new Message.Ping(0));
          return new Recorder(outcome);
        });
    a.dial(
        "b",
        idOfB,
        connection -> {
          for (long number = 1; number <= PINGS; number++) {
            connection.send(new Message.Ping(number));
          }
          return new Recorder(new Outcome(0, new ArrayList<>(), outcome.closed, List.of()));
        },
        outcome.failed::add);
    long until = scheduler.now() + SECOND_NANOS;
    int steps = 0;
    while (scheduler.step() || scheduler.advance(until)) {
      if (++steps == stepsBeforeCut) {
        network.cut("b", "a");
      }
    }
    return new Outcome(trace.hash(), outcome.came, outcome.closed, outcome.failed);
  }

  private static NodeId id(int number) {
    byte[] digest = new byte[32];
    digest[0] = (byte) number;
    return NodeId.of(digest);
  }

  private record Recorder(Outcome outcome) implements Connection.Handler {
    @Override
    public void onMessage(Message message) {
      if (message instanceof Message.Ping(long number)) {
        outcome.came.add(number);
      }
    }

    @Override
    public void onWritable() {}

    @Override
    public void onClosed(String reason) {
      outcome.closed.add(reason);
    }
  }

  private static List<Long> pings(int count) {
    List<Long> numbers = new ArrayList<>();
    for (long number = 1; number <= count; number++) {
      numbers.add(number);
    }
    return numbers;
  }

  @Test
  void carriesEverythingInOrderHoweverTheBytesAreCutIntoPieces() throws IOException {
    for (long seed = 0; seed < SEEDS; seed++) {
      Outcome outcome = run(seed, Integer.MAX_VALUE);
      assertThat(outcome.came).as("seed %d", seed).isEqualTo(pings(PINGS));
      assertThat(outcome.closed).as("seed %d", seed).isEmpty();
      assertThat(outcome.failed).as("seed %d", seed).isEmpty();
    }
  }

  @Test
  void aCutLosesTheRestAndIsToldToEachSideOnce() throws IOException {
    int cutInBetween = 0;
    for (long seed = 0; seed < SEEDS; seed++) {
      Outcome outcome = run(seed, 20);
      assertThat(outcome.came).as("seed %d", seed).isEqualTo(pings(outcome.came.size()));
      assertThat(outcome.closed.size() + outcome.failed.size()).as("seed %d", seed).isEqualTo(2);
      cutInBetween += outcome.came.isEmpty() || outcome.came.size() == PINGS ? 0 : 1;
    }
    assertThat(cutInBetween).isGreaterThan(SEEDS / 2);
  }

  @Test
  void aPeerThatIsKeptApartOrDoesNotListenIsNotReached() throws IOException {
    Trace trace = new Trace(false);
    Scheduler scheduler = new Scheduler(1, trace);
    Network network = new Network(scheduler, trace);
    List<String> failures = new ArrayList<>();
    Transport a = network.port("a", id(1), scheduler.queue("a"));
    Transport b = network.port("b", id(2), scheduler.queue("b"));
    Transport.Acceptor nobody =
        _ -> {
          throw new AssertionError("nobody was to be connected");
        };
    b.listen("b", id(1)::equals, nobody);
    network.part("a", "b");
    a.dial("b", id(2), nobody, failures::add);
    a.dial("c", id(3), nobody, failures::add);
    while (scheduler.step() || scheduler.advance(scheduler.now())) {
      // Until nothing is left to do.
    }
    assertThat(scheduler.advance(scheduler.now() + SECOND_NANOS)).isTrue();
    while (scheduler.step() || scheduler.advance(scheduler.now() + SECOND_NANOS)) {
      // The answers come a little later.
    }
    assertThat(failures).containsExactlyInAnyOrder("nobody answers at b", "nobody answers at c");
  }

  @Test
  void twoRunsOfOneSeedLeaveTheSameTraceAndTwoSeedsDoNot() throws IOException {
    assertThat(run(7, 20).trace).isEqualTo(run(7, 20).trace);
    assertThat(run(7, 20).trace).isNotEqualTo(run(8, 20).trace);
  }
}
