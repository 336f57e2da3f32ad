package io.dirsync.it.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.engine.NodeStatus.State;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two machines with one database, each with a key of its own, that only a third one sees. */
final class TwinsTest {
  private static final Duration WHILE = Duration.ofMinutes(2);
  private static final int SEEDS = 300;

  /** Until the three have greeted one another, and for a while after that. */
  private static final int STEPS_MAX = 600;

  private final Trace trace = new Trace(false);

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void bothHaltWheneverAConnectionOrAProcessEnds(boolean killed) throws Exception {
    for (int seed = 0; seed < SEEDS; seed++) {
      Scheduler scheduler = new Scheduler(seed, trace);
      Network network = new Network(scheduler, trace);
      SimNode machine = new SimNode("a", scheduler, network, "b");
      SimNode copy = new SimNode("c", scheduler, network, "b");
      SimNode witness = new SimNode("b", scheduler, network, "a", "c");
      machine.write("f", "of a");
      machine.start();
      witness.start();
      scheduler.pass(WHILE);
      machine.kill();
      copy.copying(machine);
      machine.start();
      copy.start();
      int steps = scheduler.random().nextInt(STEPS_MAX);
      while (steps-- > 0 && (scheduler.step() || scheduler.advance(Long.MAX_VALUE))) {
        // Up to any moment.
      }
      interrupt(network, witness, scheduler.random().nextBoolean() ? machine : copy, killed);
      scheduler.pass(WHILE);
      for (SimNode node : new SimNode[] {machine, copy}) {
        assertThat(node.folder().state())
            .as("%s, seed %d", node.name(), seed)
            .isEqualTo(State.HALTED);
      }
      assertThat(witness.tree()).containsKey("f");
    }
  }

  private static void interrupt(Network network, SimNode witness, SimNode node, boolean killed)
      throws IOException {
    network.cut(witness.name(), node.name());
    if (killed) {
      witness.kill();
      witness.start();
    }
  }
}
