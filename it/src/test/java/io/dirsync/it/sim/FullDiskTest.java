package io.dirsync.it.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.engine.TransferBounds;
import io.dirsync.fs.MemoryVolume.Operation;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A file for which there is no room. */
final class FullDiskTest {
  private static final Duration WHILE = Duration.ofMinutes(5);
  private static final int CAPACITY_BYTES = 4 << 20;

  private final Scheduler scheduler = new Scheduler(1, new Trace(false));
  private final Network network = new Network(scheduler, new Trace(false));
  private final AtomicInteger writes = new AtomicInteger();

  private final SimNode here = new SimNode("n0", scheduler, network, "n1");
  private final SimNode there =
      new SimNode(
          "n1",
          scheduler,
          network,
          0,
          List.of("n0"),
          TransferBounds.USUAL,
          (_, operation, _) -> {
            if (operation == Operation.WRITE) {
              writes.incrementAndGet();
            }
          },
          clock -> new SimMemoryDisk(clock, CAPACITY_BYTES));

  @Test
  void whatFindsNoRoomIsNotFetchedAgainBeforeThereIsMore() throws IOException {
    there.write("old", "o".repeat(CAPACITY_BYTES / 2));
    here.start();
    there.start();
    scheduler.pass(WHILE);
    writes.set(0);
    here.write("large", "l".repeat(3 * CAPACITY_BYTES / 4));
    scheduler.pass(WHILE);
    assertThat(there.folder().problems()).isNotEmpty();
    assertThat(there.tree()).containsOnlyKeys("old");
    int first = writes.get();
    assertThat(first).isPositive();
    here.write("small", "s");
    scheduler.pass(WHILE);
    assertThat(there.tree()).containsOnlyKeys("old", "small");
    assertThat(writes.get() - first).as("writes, of the small file").isEqualTo(1);

    there.remove("old");
    scheduler.pass(WHILE);
    assertThat(there.tree()).containsOnlyKeys("large", "small");
    assertThat(there.folder().problems()).isEmpty();
  }
}
