package io.dirsync.it.sim;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.engine.MaxDelete;
import io.dirsync.engine.NodeControl.Decided;
import io.dirsync.engine.NodeStatus;
import io.dirsync.watcher.Hint;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Deletions by a peer that are more than may go at once, and more than are worked on at once. */
final class HeldDeletionsTest {
  private static final int FILES = 6_000;

  /** Before anything else is done that would have it go on. */
  private static final Duration SOON = Duration.ofSeconds(5);

  private static final byte[] DIRECTORY = "d".getBytes(UTF_8);

  private final Trace trace = new Trace(false);
  private final Scheduler scheduler = new Scheduler(1, trace);
  private final Network network = new Network(scheduler, trace);
  private final SimNode here = node("n0", "n1");
  private final SimNode there = node("n1", "n0").holdingDeletionsBeyond(new MaxDelete(20, 50));

  private SimNode node(String name, String peer) {
    return new SimNode(name, scheduler, network, peer);
  }

  @BeforeEach
  void aPeerDeletesThemAll() throws IOException {
    here.user().mkdir(DIRECTORY);
    for (int i = 0; i < FILES; i++) {
      here.user().write(("d/" + i).getBytes(UTF_8), ("content " + i).getBytes(UTF_8));
    }
    here.start();
    there.start();
    scheduler.pass(Duration.ofSeconds(30));
    assertThat(there.tree()).hasSize(FILES + 1);
    here.user().remove(DIRECTORY);
    here.tell(new Hint.Rescan(new byte[0]));
    here.tell(new Hint.Touched(DIRECTORY));
    scheduler.pass(SOON);
    assertThat(here.tree()).isEmpty();
  }

  private Decided decide(boolean putBack) {
    CompletableFuture<Decided> done = there.process().decide(SimNode.FOLDER, putBack);
    scheduler.pass(Duration.ofSeconds(30));
    return done.join();
  }

  @Test
  void allThatStayAreCountedAndGoWhenTheyAreLet() throws IOException {
    assertThat(there.tree()).hasSize(FILES + 1);
    assertThat(there.folder().state()).isEqualTo(NodeStatus.State.HELD);
    assertThat(there.folder().reason()).contains("6,000 files");
    assertThat(decide(false).byPeers()).isEqualTo(FILES);
    assertThat(there.tree()).isEmpty();
  }

  @Test
  void allThatStayAreCountedAfterARestartToo() throws IOException {
    there.kill();
    there.start();
    scheduler.pass(SOON);
    assertThat(there.folder().reason()).contains("6,000 files");
  }

  @Test
  void allThatStayArePutBackAtOnce() {
    assertThat(decide(true).byPeers()).isEqualTo(FILES);
    assertThat(there.folder().state()).isEqualTo(NodeStatus.State.IN_SYNC);
    assertThat(here.tree()).isEqualTo(there.tree()).hasSize(FILES + 1);
  }
}
