package io.dirsync.it.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A peer that sends more of its log than it was given credit for. */
final class FloodTest {
  private final Trace trace = new Trace(false);
  private final Scheduler scheduler = new Scheduler(1, trace);
  private final Network network = new Network(scheduler, trace);

  private SimNode node(String name, String peer) {
    return new SimNode(name, scheduler, network, peer);
  }

  @Test
  void itIsCutOffAndReadAgainWhenItKeepsToTheProtocol() throws IOException {
    SimNode writer = node("n0", "n1");
    SimNode reader = node("n1", "n0");
    writer.start();
    reader.start();
    scheduler.pass(Duration.ofMinutes(1));
    network.flood("n1");
    writer.write("one", "content");
    scheduler.pass(Duration.ofSeconds(1));
    assertThat(network.cuts())
        .anyMatch(reason -> reason.endsWith("more came of the log than was asked for"));
    network.drain("n1");
    scheduler.pass(Duration.ofMinutes(1));
    writer.write("two", "content");
    scheduler.pass(Duration.ofMinutes(1));
    assertThat(reader.tree()).containsOnlyKeys("one", "two").isEqualTo(writer.tree());
  }
}
