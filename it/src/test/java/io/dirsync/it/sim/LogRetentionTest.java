package io.dirsync.it.sim;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.watcher.Hint;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How long a node keeps what it has logged. */
final class LogRetentionTest {
  private static final int CHANGES = 5_000;

  /** Kept though every peer has it, and let grow before it is dropped. */
  private static final long SPARE = 2 * 1_000;

  private final Scheduler scheduler = new Scheduler(1, new Trace(false));
  private final Network network = new Network(scheduler, new Trace(false));
  private final SimNode writer = node("n0", "n1", "n2");
  private final SimNode present = node("n1", "n0", "n2");
  private final SimNode away = node("n2", "n0", "n1");

  private SimNode node(String name, String... peers) {
    return new SimNode(name, scheduler, network, peers);
  }

  /** One of three nodes is away while another one writes, and removes what all had. */
  private void writeWhileOneIsAway() throws IOException {
    for (SimNode node : List.of(writer, present, away)) {
      node.start();
    }
    writer.write("removed", "before");
    writer.write("kept", "before");
    scheduler.pass(Duration.ofMinutes(2));
    assertThat(away.tree()).containsKeys("removed", "kept");
    network.part("n2", "n0");
    network.part("n2", "n1");
    writer.remove("removed");
    for (int i = 0; i < CHANGES; i++) {
      writer.write("churned", "content " + i);
      // Each of them is seen.
      scheduler.pass(Duration.ofMillis(10));
    }
    scheduler.pass(Duration.ofMinutes(5));
    assertThat(present.tree()).isEqualTo(writer.tree());
  }

  private void rejoin() {
    network.healAll();
    scheduler.pass(Duration.ofMinutes(10));
    assertThat(away.tree()).isEqualTo(writer.tree());
    assertThat(away.tree()).doesNotContainKey("removed");
  }

  @Test
  void whatSomePeerHasNotGotIsKeptAndDroppedWhenItHas() throws IOException {
    writeWhileOneIsAway();
    // Writes that follow one another at once may be seen as one.
    assertThat(writer.logEntries()).isGreaterThan(2 * SPARE);
    rejoin();
    writer.write("last", "word");
    scheduler.pass(Duration.ofMinutes(2));
    assertThat(writer.logEntries()).isLessThanOrEqualTo(SPARE);
    assertThat(present.logEntries()).isLessThanOrEqualTo(SPARE);
  }

  @Test
  void noMoreIsKeptForOneThatIsAwayThanIsConfiguredAndItComparesWhenItIsBack() throws IOException {
    long most = 1_500;
    for (SimNode node : List.of(writer, present, away)) {
      node.keepingLogEntries(most);
    }
    writeWhileOneIsAway();
    assertThat(writer.logEntries()).isLessThanOrEqualTo(most + SPARE / 2);
    assertThat(present.logEntries()).isLessThanOrEqualTo(most + SPARE / 2);
    rejoin();
  }

  @Test
  void theLogOfANodeThatNobodySharesWithDoesNotGrowForEver() throws IOException {
    SimNode alone = new SimNode("n9", scheduler, network);
    alone.start();
    for (int i = 0; i < CHANGES; i++) {
      alone.user().write("churned".getBytes(UTF_8), ("content " + i).getBytes(UTF_8));
      alone.tell(new Hint.Closed("churned".getBytes(UTF_8)));
      scheduler.pass(Duration.ofMillis(10));
    }
    scheduler.pass(Duration.ofMinutes(2));
    assertThat(alone.logEntries()).isPositive().isLessThanOrEqualTo(SPARE);
  }
}
