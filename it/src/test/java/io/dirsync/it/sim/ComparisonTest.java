package io.dirsync.it.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.engine.TransferBounds;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A node whose peer's log no longer goes back far enough. */
final class ComparisonTest {
  /** Long enough for anything that is going on to end, and for peers to try again. */
  private static final Duration WHILE = Duration.ofMinutes(2);

  private static final int SEEDS = 10;

  /**
   * n2 has a file that n0 has removed. n1, which never had it, learns of the removal by comparison
   * with n0; n2 hears from n1 alone.
   */
  @Test
  void whatANodeHasLearntByComparisonItsReadersLearnByComparisonToo() throws IOException {
    for (long seed = 1; seed <= SEEDS; seed++) {
      Scheduler scheduler = new Scheduler(seed, new Trace(false));
      Network network = new Network(scheduler, new Trace(false));
      SimNode origin = node("n0", List.of("n1", "n2"), scheduler, network);
      SimNode between = node("n1", List.of("n0", "n2"), scheduler, network);
      SimNode late = node("n2", List.of("n0", "n1"), scheduler, network);
      network.part("n1", "n0");
      network.part("n1", "n2");
      for (SimNode node : List.of(origin, between, late)) {
        node.start();
      }
      origin.write("x", "content");
      scheduler.pass(WHILE);
      assertThat(late.tree()).as("seed %d", seed).containsKey("x");

      network.part("n0", "n2");
      origin.remove("x");
      scheduler.pass(WHILE);
      origin.kill();
      origin.dropLog();
      origin.start();
      network.heal("n0", "n1");
      scheduler.pass(WHILE);
      network.heal("n1", "n2");
      scheduler.pass(WHILE);
      assertThat(late.tree()).as("seed %d", seed).doesNotContainKey("x");
    }
  }

  private static SimNode node(
      String name, List<String> peers, Scheduler scheduler, Network network) {
    return new SimNode(name, scheduler, network, 0, peers, TransferBounds.USUAL, (_, _, _) -> {});
  }
}
