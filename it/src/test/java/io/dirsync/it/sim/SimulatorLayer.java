package io.dirsync.it.sim;

import io.dirsync.it.planted.Layer;
import java.io.IOException;

/** Histories until one fails. */
public abstract class SimulatorLayer implements Layer {
  private final int histories;

  private SimulatorLayer(int histories) {
    this.histories = histories;
  }

  abstract Plan plan(long seed);

  @Override
  public Verdict run() throws IOException {
    for (long seed = 1; seed <= histories; seed++) {
      String fault = fault(plan(seed));
      if (!fault.isEmpty()) {
        return new Verdict(seed, fault);
      }
    }
    return new Verdict(histories, "");
  }

  private static String fault(Plan plan) throws IOException {
    try {
      return String.join("; ", Simulation.run(plan, false).faults());
    } catch (RuntimeException | AssertionError e) {
      return plan + ": " + e;
    }
  }

  /** Users, cuts and kills. */
  public static final class Usual extends SimulatorLayer {
    public Usual() {
      super(600);
    }

    @Override
    Plan plan(long seed) {
      return Plan.of(seed);
    }
  }

  /** The same, and users act on the very path that is about to change. */
  public static final class Meddling extends SimulatorLayer {
    public Meddling() {
      super(2_000);
    }

    @Override
    Plan plan(long seed) {
      return Plan.of(seed).withMeddling();
    }
  }

  /** The same, and somebody sets the clocks. */
  public static final class Clocks extends SimulatorLayer {
    public Clocks() {
      super(100);
    }

    @Override
    Plan plan(long seed) {
      return Plan.of(seed).withClockSteps();
    }
  }

  /** The same, contents come in pieces, and roots are set back to older copies. */
  public static final class StaleRoots extends SimulatorLayer {
    public StaleRoots() {
      super(300);
    }

    @Override
    Plan plan(long seed) {
      return Plan.of(seed).inPieces().withStaleRoots();
    }
  }

  /** The same, and machines lose their power. */
  public static final class PowerCuts extends SimulatorLayer {
    public PowerCuts() {
      super(2_000);
    }

    @Override
    Plan plan(long seed) {
      return Plan.of(seed).withPowerCuts().withMeddling();
    }
  }
}
