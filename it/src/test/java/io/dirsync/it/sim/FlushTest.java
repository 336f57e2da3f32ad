package io.dirsync.it.sim;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.engine.NodeControl.Flushed;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What was written before a flush was asked for is with the peers after it. */
final class FlushTest {
  private final Trace trace = new Trace(false);
  private final Scheduler scheduler = new Scheduler(1, trace);
  private final Network network = new Network(scheduler, trace);
  private final SimNode here = node("n0", "n1");
  private final SimNode there = node("n1", "n0");

  private SimNode node(String name, String peer) {
    return new SimNode(name, scheduler, network, peer);
  }

  @ParameterizedTest
  @ValueSource(strings = {"elsewhere", "d", ".dirsync/cookies", ".dirsync", ""})
  void itEndsWhicheverDirectoryIsNotWatched(String directory) throws IOException {
    here.user().mkdir("d".getBytes(UTF_8));
    here.notWatching(directory).start();
    there.start();
    scheduler.pass(Duration.ofSeconds(10));
    here.write("d/f", "content");
    CompletableFuture<Flushed> done =
        here.process().flush(Optional.of(SimNode.FOLDER), Duration.ofSeconds(30));
    scheduler.pass(Duration.ofSeconds(31));
    assertThat(done).isCompletedWithValueMatching(flushed -> flushed.unreachable().isEmpty());
    assertThat(there.tree()).containsKey("d/f");
  }
}
