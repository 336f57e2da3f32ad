package io.dirsync.it.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dirsync.engine.NodeControl.Flushed;
import io.dirsync.engine.NodeStatus.State;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What two whole nodes tell their operators. */
final class StatusTest {
  private static final Duration WHILE = Duration.ofMinutes(5);

  private final Scheduler scheduler = new Scheduler(1, new Trace(false));
  private final Network network = new Network(scheduler, new Trace(false));
  private final SimNode a = node("a", "b");
  private final SimNode b = node("b", "a");

  private SimNode node(String name, String peer) {
    return new SimNode(name, scheduler, network, peer);
  }

  private static String summary(SimNode node) {
    return node.process().status().summary();
  }

  @BeforeEach
  void startBoth() throws Exception {
    a.write("first", "of a");
    a.write("second", "of a");
    a.start();
    b.start();
    scheduler.pass(WHILE);
    assertThat(b.tree()).isEqualTo(a.tree());
    assertThat(summary(a)).isEqualTo("Folder www is in sync with b (lag 0.0 s).");
  }

  @Test
  void aPeerThatIsConnectedAndDoesNotRunTheFolderIsNotSaidToBeAway() throws Exception {
    b.unmount();
    b.start();
    scheduler.pass(WHILE);
    String trouble = "folder www does not run there, or is not shared with this node";
    assertThat(a.folder().peers().getFirst().trouble()).isEqualTo(trouble);
    assertThat(summary(a))
        .isEqualTo("Peer b is connected, but " + trouble + ". See 'dirsync status' on b.");
    assertThat(a.folder().state()).isEqualTo(State.IN_SYNC);
    assertThat(a.folder().reason()).isEqualTo("peer b is connected, but " + trouble);

    CompletableFuture<Flushed> flushed = a.process().flush(Optional.empty(), Duration.ofMinutes(1));
    scheduler.pass(WHILE);
    assertThat(flushed.join().unreachable()).isEmpty();
    assertThat(flushed.join().refused()).containsEntry("b", trouble);

    b.mount();
    b.start();
    scheduler.pass(WHILE);
    assertThat(summary(a)).isEqualTo("Folder www is in sync with b (lag 0.0 s).");
    assertThat(a.folder().reason()).isNull();
  }

  private void assertToldOfTheDatabaseForADay(String what) {
    assertThat(a.folder().state()).isEqualTo(State.IN_SYNC);
    assertThat(a.folder().problems()).isEmpty();
    assertThat(a.folder().reason()).isNull();
    assertThat(a.folder().notes()).hasSize(1);
    assertThat(summary(a))
        .startsWith("Folder www is in sync with b (lag 0.0 s). Folder www: its database " + what)
        .contains("; it compares with its peers.")
        .endsWith("may be back, and what was changed may have conflict copies.");
    assertThat(b.folder().notes()).isEmpty();
    scheduler.pass(Duration.ofHours(25));
    assertThat(a.folder().notes()).isEmpty();
    assertThat(summary(a)).isEqualTo("Folder www is in sync with b (lag 0.0 s).");
  }

  @Test
  void whoNamesAFolderThatThereIsNotIsToldWhichThereAre() {
    assertThatThrownBy(() -> a.process().drift("ww"))
        .hasMessage("there is no folder 'ww' here; there are: www");
  }

  @Test
  void aFileThatIsWrittenFiveTimesWhileThePeerIsAwayIsOneFileBehind() throws Exception {
    network.part("a", "b");
    for (int i = 0; i < 5; i++) {
      a.write("first", "of a, " + i);
      scheduler.pass(WHILE);
    }
    assertThat(a.folder().peers().getFirst().behindFiles()).isEqualTo(1);
    assertThat(a.folder().peers().getFirst().behindBytes()).isEqualTo("of a, 0".length());
    assertThat(summary(a)).isEqualTo("Peer b is not connected; 1 change waits for it.");
    network.healAll();
    scheduler.pass(WHILE);
    assertThat(a.folder().peers().getFirst().behindFiles()).isZero();
  }

  @Test
  void aPathWithTwoCopiesIsOneConflictInTheStatusAsInTheList() throws Exception {
    for (int i = 0; i < 2; i++) {
      network.part("a", "b");
      a.write("first", "of a, " + i);
      b.write("first", "of b, " + i);
      scheduler.pass(WHILE);
      network.healAll();
      scheduler.pass(WHILE);
    }
    for (SimNode node : List.of(a, b)) {
      assertThat(node.process().conflicts()).hasSize(1);
      assertThat(node.process().conflicts().getFirst().copies()).hasSize(2);
      assertThat(node.folder().conflicts()).isEqualTo(1);
      assertThat(summary(node)).isEqualTo("1 conflict needs you.");
    }
  }

  @Test
  void whoseDatabaseWasLostIsToldForADayAndWhatWasDeletedMeanwhileIsBackIndeed() throws Exception {
    a.loseDatabase();
    b.remove("first");
    scheduler.pass(WHILE);
    assertThat(b.tree()).doesNotContainKey("first");
    a.start();
    scheduler.pass(WHILE);
    assertThat(b.tree()).containsKey("first");
    assertThat(a.folder().notes().getFirst()).contains(" UTC although its root was in use; ");
    a.kill();
    a.start();
    scheduler.pass(WHILE);
    assertToldOfTheDatabaseForADay("was new at ");
  }

  @Test
  void whoseDatabaseIsOlderThanItsRootIsToldForADay() throws Exception {
    a.backUp();
    a.start();
    a.write("third", "of a");
    scheduler.pass(WHILE);
    a.restoreDatabase();
    a.start();
    scheduler.pass(WHILE);
    assertToldOfTheDatabaseForADay("was older than its root at ");
  }

  @Test
  void aFolderWhoseRootWasSetBackSaysTheCommandsWithItsOwnName() throws Exception {
    a.copyRoot();
    a.start();
    a.write("third", "of a");
    scheduler.pass(WHILE);
    assertThat(a.setRootBack()).isTrue();
    a.start();
    scheduler.pass(WHILE);
    assertThat(summary(a))
        .startsWith("Folder www is halted: its root was restored from an older copy; ")
        .contains(
            "'dirsync folder resume www --as-stale' brings",
            "'dirsync folder resume www --as-truth' makes");
  }

  @Test
  void aDatabaseThatIsNewWithItsRootIsNothingToTellOf() {
    assertThat(a.folder().notes()).isEmpty();
    assertThat(b.folder().notes()).isEmpty();
  }
}
