package io.dirsync.it.sim;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.engine.FolderMode;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What comes of conflict copies that nobody resolves. */
class ConflictExpiryTest {
  private static final Duration KEEP = Duration.ofDays(2);

  private final Trace trace = new Trace(false);
  private final Scheduler scheduler = new Scheduler(1, trace);
  private final Network network = new Network(scheduler, trace);

  private final SimNode a = node("a", "b");
  private final SimNode b = node("b", "a");

  private SimNode node(String name, String peer) {
    return new SimNode(name, scheduler, network, peer).keepingConflictsFor(KEEP);
  }

  @BeforeEach
  void bothWriteOnePage() throws IOException {
    a.user().write("page".getBytes(UTF_8), "of a".getBytes(UTF_8));
    b.user().write("page".getBytes(UTF_8), "of b".getBytes(UTF_8));
    a.start();
    b.start();
  }

  @Test
  void theyGoToTheTrashOnEveryNodeWhenTheirTimeIsOverAndTheStatusTellsBefore() throws Exception {
    scheduler.pass(Duration.ofHours(4));
    for (SimNode node : List.of(a, b)) {
      assertThat(node.filesIn(".dirsync/conflicts")).hasSize(1);
      assertThat(node.folder().problems())
          .containsExactly(
              "1 conflict copy goes to the trash within 3 days unless resolved: dirsync conflicts");
    }
    String copy = a.filesIn(".dirsync/conflicts").getFirst();
    String page = a.tree().get("page");

    scheduler.pass(KEEP.minusHours(6));
    assertThat(a.filesIn(".dirsync/conflicts")).containsExactly(copy);
    assertThat(b.filesIn(".dirsync/conflicts")).containsExactly(copy);

    scheduler.pass(Duration.ofHours(6));
    for (SimNode node : List.of(a, b)) {
      assertThat(node.filesIn(".dirsync/conflicts")).isEmpty();
      assertThat(node.filesIn(".dirsync/trash")).contains(copy);
      assertThat(node.tree().get("page")).isEqualTo(page);
      assertThat(node.folder().conflicts()).isZero();
      assertThat(node.folder().problems()).isEmpty();
    }
  }

  @Test
  void aNodeThatNoLongerSendsOrReceivesSaysNothingOfAnEndThatItDoesNotMake() throws Exception {
    scheduler.pass(Duration.ofHours(1));
    assertThat(keptUntil(a)).isPositive();
    for (SimNode node : List.of(a, b)) {
      node.kill();
    }
    a.in(FolderMode.SEND_ONLY);
    b.in(FolderMode.RECEIVE_ONLY);
    for (SimNode node : List.of(a, b)) {
      node.start();
      scheduler.pass(Duration.ofHours(2));
      assertThat(keptUntil(node)).isZero();
      assertThat(node.folder().problems()).isEmpty();
    }
    long logged = a.logged();
    scheduler.pass(KEEP.plusHours(2));
    assertThat(a.filesIn(".dirsync/conflicts")).as("nothing is removed here").hasSize(1);
    assertThat(b.filesIn(".dirsync/conflicts")).isEmpty();
    assertThat(a.logged()).as("it ends the conflict once").isEqualTo(logged + 1);
    scheduler.pass(KEEP);
    assertThat(a.logged()).isEqualTo(logged + 1);
  }

  private static long keptUntil(SimNode node) {
    return node.process().conflicts().getFirst().copies().getFirst().keptUntilMillis();
  }

  @Test
  void aCopyThatNothingSpeaksOfGoesToTheTrashAndTheOthersStay() throws Exception {
    scheduler.pass(Duration.ofMinutes(10));
    a.user().write(".dirsync/conflicts/page@b.0.7".getBytes(UTF_8), "stray".getBytes(UTF_8));
    a.stepClock(Duration.ofDays(1).toNanos());
    scheduler.pass(Duration.ofMinutes(61));
    assertThat(a.filesIn(".dirsync/conflicts")).hasSize(2).contains("stray");

    scheduler.pass(Duration.ofHours(1));
    assertThat(a.filesIn(".dirsync/conflicts")).hasSize(1).doesNotContain("stray");
    assertThat(a.filesIn(".dirsync/trash")).containsOnlyOnce("stray");
    assertThat(b.filesIn(".dirsync/conflicts")).hasSize(1);
  }
}
