package io.dirsync.it.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A node that is connected and answers, but sends no content that it is asked for. */
final class MutePeerTest {
  /** Too much to ride along with the log. */
  private static final String LARGE = "large ".repeat(20_000);

  private final Scheduler scheduler = new Scheduler(1, new Trace(false));
  private final Network network = new Network(scheduler, new Trace(false));

  private SimNode node(String name, String... peers) {
    return new SimNode(name, scheduler, network, peers);
  }

  @ParameterizedTest
  @ValueSource(strings = {"n0", "n1"})
  void whatOneDoesNotSendComesFromAnother(String mute) throws IOException {
    SimNode writer = node("n0", "n1", "n2");
    SimNode other = node("n1", "n0", "n2");
    SimNode reader = node("n2", "n0", "n1");
    for (SimNode node : List.of(writer, other, reader)) {
      node.start();
    }
    scheduler.pass(Duration.ofMinutes(1));
    network.part("n2", "n0");
    network.part("n2", "n1");
    for (int i = 0; i < 10; i++) {
      writer.write("large" + i, LARGE + i);
    }
    scheduler.pass(Duration.ofMinutes(1));
    assertThat(other.tree()).isEqualTo(writer.tree());
    network.mute(mute);
    network.healAll();
    scheduler.pass(Duration.ofMinutes(3));
    assertThat(reader.tree()).hasSize(10).isEqualTo(writer.tree());
  }

  @Test
  void fromTheOnlyOneItComesWhenThatSendsAgainAndOtherFilesGoOnMeanwhile() throws IOException {
    SimNode writer = node("n0", "n1");
    SimNode reader = node("n1", "n0");
    writer.start();
    reader.start();
    scheduler.pass(Duration.ofMinutes(1));
    network.mute("n0");
    writer.write("large", LARGE);
    // An hour is more attempts than a content of a node's own takes to be given up.
    scheduler.pass(Duration.ofHours(1));
    writer.write("small", "rides along");
    scheduler.pass(Duration.ofMinutes(1));
    assertThat(reader.tree()).containsOnlyKeys("small");
    network.unmute("n0");
    scheduler.pass(Duration.ofMinutes(4));
    assertThat(reader.tree()).hasSize(2).isEqualTo(writer.tree());
  }
}
