package io.dirsync.it.sim;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dirsync.engine.NodeControl.Scanned;
import io.dirsync.watcher.Hint;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What a node says of a comparison of the whole tree that was asked for. */
class ScanTest {
  private static final byte[] FILE = "f".getBytes(UTF_8);

  private final Trace trace = new Trace(false);
  private final Scheduler scheduler = new Scheduler(1, trace);
  private final SimNode node = new SimNode("a", scheduler, new Network(scheduler, trace));

  private Scanned scan() {
    CompletableFuture<Scanned> done = node.process().scan(SimNode.FOLDER);
    scheduler.pass(Duration.ofMinutes(1));
    return done.join();
  }

  @Test
  void aFileThatWasReadTheMomentItWasWrittenIsReadAgainAndNotCalledChanged() throws Exception {
    node.start();
    scheduler.pass(Duration.ofMinutes(1));
    node.user().write(FILE, "1".getBytes(UTF_8));
    node.tell(new Hint.Closed(FILE));
    scheduler.pass(Duration.ofMinutes(1));
    assertThat(scan()).isEqualTo(new Scanned(1, 0));
  }

  @Test
  void whatTheWatcherMissedIsCalledChangedOnce() throws Exception {
    node.start();
    scheduler.pass(Duration.ofMinutes(1));
    node.user().write(FILE, "1".getBytes(UTF_8));
    assertThat(scan()).isEqualTo(new Scanned(1, 1));
    assertThat(scan()).isEqualTo(new Scanned(1, 0));
  }

  @Test
  void aWriteThatKeepsTheLengthAndSetsTheTimeBackIsSeen() throws Exception {
    node.start();
    node.user().write(FILE, "1".getBytes(UTF_8));
    node.user().setMtime(FILE, 1_000_000_000L);
    scheduler.pass(Duration.ofMinutes(1));
    assertThat(scan()).isEqualTo(new Scanned(1, 0));
    node.user().write(FILE, "2".getBytes(UTF_8));
    node.user().setMtime(FILE, 1_000_000_000L);
    assertThat(scan()).isEqualTo(new Scanned(1, 1));
  }

  @Test
  void aFileWhoseTimeOfChangeAloneIsAnotherIsNotCalledChanged() throws Exception {
    node.start();
    node.user().write(FILE, "1".getBytes(UTF_8));
    node.user().setMtime(FILE, 1_000_000_000L);
    scheduler.pass(Duration.ofMinutes(1));
    scan();
    node.user().setMtime(FILE, 1_000_000_000L);
    assertThat(scan()).isEqualTo(new Scanned(1, 0));
  }

  @Test
  void whoWaitsForAFolderThatHaltsMeanwhileIsTold() throws Exception {
    node.start();
    scheduler.pass(Duration.ofMinutes(1));
    CompletableFuture<Scanned> done = node.process().scan(SimNode.FOLDER);
    node.tell(new Hint.RootGone());
    scheduler.pass(Duration.ofMinutes(1));
    assertThat(done).isCompletedExceptionally();
    assertThatThrownBy(done::join).hasMessageContaining("was halted");
  }

  @Test
  void aMoveOverAFileThatNobodyToldOfIsSeenAsOne() throws Exception {
    byte[] other = "g".getBytes(UTF_8);
    node.start();
    node.user().write(FILE, "1".getBytes(UTF_8));
    node.user().write(other, "2".getBytes(UTF_8));
    scheduler.pass(Duration.ofMinutes(1));
    scan();
    node.user().rename(other, FILE);
    scan();
    assertThat(node.liveVersions())
        .singleElement()
        .satisfies(version -> assertThat(version.movedFrom()).isNotNull());
  }
}
