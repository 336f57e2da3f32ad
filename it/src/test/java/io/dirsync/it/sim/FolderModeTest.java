package io.dirsync.it.sim;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dirsync.engine.FolderMode;
import io.dirsync.engine.NodeControl;
import io.dirsync.watcher.Hint;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Folders that only send, or only receive, on whole nodes. */
class FolderModeTest {
  private static final Duration WHILE = Duration.ofMinutes(5);

  private final Trace trace = new Trace(false);
  private final Scheduler scheduler = new Scheduler(1, trace);
  private final Network network = new Network(scheduler, trace);

  private SimNode node(String name, String peer, FolderMode mode) {
    return new SimNode(name, scheduler, network, peer).in(mode);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private static List<String> drift(SimNode node) {
    return node.process().drift(SimNode.FOLDER).stream()
        .map(each -> each.difference() + " " + each.path())
        .toList();
  }

  /** Each writes what the other has not seen. */
  private void bothWrite(SimNode a, SimNode b, String... names) throws IOException {
    for (String name : names) {
      a.write(name, "of a");
      b.write(name, "of b");
    }
    a.start();
    b.start();
    scheduler.pass(WHILE);
  }

  private void startAnew(SimNode node, FolderMode mode) throws IOException {
    node.kill();
    node.in(mode).start();
    scheduler.pass(WHILE);
  }

  private long revert(SimNode node) {
    CompletableFuture<Long> done = node.process().revert(SimNode.FOLDER);
    scheduler.pass(WHILE);
    return done.join();
  }

  @Test
  void whatIsWrittenWhereOnlyIsReceivedGoesNowhereIsListedAndCanBePutBack() throws Exception {
    SimNode a = node("a", "b", FolderMode.TWO_WAY);
    SimNode b = node("b", "a", FolderMode.RECEIVE_ONLY);
    for (String name : List.of("changed", "removed", "moved", "mode", "same")) {
      a.write(name, "of a: " + name);
    }
    a.user().mkdir(bytes("d"));
    a.write("d/in", "of a: in");
    a.start();
    b.start();
    scheduler.pass(WHILE);
    Map<String, String> sent = a.tree();
    assertThat(b.tree()).isEqualTo(sent);
    assertThat(drift(b)).isEmpty();
    long logged = b.logged();

    b.write("changed", "of b");
    b.write("added", "of b: added");
    b.user().mkdir(bytes("e"));
    b.write("e/in", "of b: in");
    b.tell(new Hint.Touched(bytes("e")));
    b.tell(new Hint.Rescan(bytes("e")));
    b.remove("removed");
    b.user().rename(bytes("moved"), bytes("moved on"));
    b.tell(new Hint.Moved(bytes("moved"), bytes("moved on"), false));
    b.user().setMode(bytes("mode"), 0600);
    b.tell(new Hint.Touched(bytes("mode")));
    b.remove("d/in");
    scheduler.pass(WHILE);
    assertThat(drift(b))
        .containsExactlyInAnyOrder(
            "CHANGED changed",
            "ADDED added",
            "ADDED e",
            "ADDED e/in",
            "REMOVED removed",
            "REMOVED moved",
            "ADDED moved on",
            "ATTRIBUTES mode",
            "REMOVED d/in");
    assertThat(a.tree()).isEqualTo(sent);
    assertThat(b.logged()).as("changes that b has made").isEqualTo(logged);
    assertThat(b.folder().drift()).isEqualTo(9);
    assertThat(b.folder().problems())
        .containsExactly("9 paths differ here from what is received: dirsync folder drift www");

    b.kill();
    b.start();
    scheduler.pass(WHILE);
    assertThat(drift(b)).hasSize(9);
    assertThat(revert(b)).isEqualTo(9);
    assertThat(b.tree()).isEqualTo(sent);
    assertThat(drift(b)).isEmpty();
    assertThat(b.filesIn(".dirsync/trash")).contains("of b", "of b: added", "of b: in");
    assertThat(b.folder().problems()).isEmpty();
    assertThat(b.logged()).as("changes that b has made").isEqualTo(logged);
    assertThat(a.tree()).isEqualTo(sent);
  }

  @Test
  void whatHasTheContentThatADriftedFileHadComesFromThePeer() throws Exception {
    SimNode a = node("a", "b", FolderMode.TWO_WAY);
    SimNode b = node("b", "a", FolderMode.RECEIVE_ONLY);
    a.write("f", "1");
    a.start();
    b.start();
    scheduler.pass(WHILE);
    b.write("f", "drift");
    scheduler.pass(WHILE);
    b.kill();
    a.write("g", "1");
    scheduler.pass(WHILE);
    b.start();
    scheduler.pass(WHILE);
    assertThat(SimUsers.contentOf(b.tree().get("g"))).isEqualTo("1");
    assertThat(SimUsers.contentOf(b.tree().get("f"))).isEqualTo("drift");
    assertThat(b.folder().problems())
        .containsExactly("1 path differs here from what is received: dirsync folder drift www");
  }

  @Test
  void whatPeersWriteOverDriftWaitsForTheRevertAndTheRestComes() throws Exception {
    SimNode a = node("a", "b", FolderMode.TWO_WAY);
    SimNode b = node("b", "a", FolderMode.RECEIVE_ONLY);
    a.write("f", "1");
    a.start();
    b.start();
    scheduler.pass(WHILE);
    b.write("f", "drift");
    scheduler.pass(WHILE);
    a.write("f", "2");
    a.write("g", "other");
    scheduler.pass(WHILE);
    assertThat(SimUsers.contentOf(b.tree().get("f"))).isEqualTo("drift");
    assertThat(SimUsers.contentOf(b.tree().get("g"))).isEqualTo("other");
    assertThat(a.folder().peers().getFirst().behindFiles()).isGreaterThan(0);
    assertThat(revert(b)).isEqualTo(1);
    assertThat(b.tree()).isEqualTo(a.tree());
    assertThat(b.filesIn(".dirsync/trash")).contains("drift");
    assertThat(a.folder().peers().getFirst().behindFiles()).isZero();
  }

  @Test
  void driftThatSomebodyTakesBackIsNoneAnyMore() throws Exception {
    SimNode a = node("a", "b", FolderMode.TWO_WAY);
    SimNode b = node("b", "a", FolderMode.RECEIVE_ONLY);
    a.write("f", "1");
    a.start();
    b.start();
    scheduler.pass(WHILE);
    b.write("added", "x");
    b.user().setMode(bytes("f"), 0600);
    b.tell(new Hint.Touched(bytes("f")));
    scheduler.pass(WHILE);
    assertThat(drift(b)).containsExactly("ADDED added", "ATTRIBUTES f");
    b.remove("added");
    b.user().setMode(bytes("f"), 0644);
    b.tell(new Hint.Touched(bytes("f")));
    scheduler.pass(WHILE);
    assertThat(drift(b)).isEmpty();
  }

  @Test
  void whatPeersWriteIsKnownWhereOnlyIsSentAndComesWhenTheModeIsChanged() throws Exception {
    SimNode a = node("a", "b", FolderMode.TWO_WAY);
    SimNode b = node("b", "a", FolderMode.SEND_ONLY);
    b.write("f", "of b");
    a.write("of a", "of a");
    a.start();
    b.start();
    scheduler.pass(WHILE);
    assertThat(SimUsers.contentOf(a.tree().get("f"))).isEqualTo("of b");
    a.user().mkdir(bytes("d"));
    a.write("d/in", "in");
    a.tell(new Hint.Rescan(bytes("d")));
    a.write("f", "of a");
    scheduler.pass(WHILE);
    assertThat(b.tree()).containsOnlyKeys("f");
    assertThat(SimUsers.contentOf(b.tree().get("f"))).isEqualTo("of b");
    assertThat(b.idle()).as("b has nothing to do").isTrue();
    assertThat(a.folder().peers().getFirst().behindFiles()).isZero();

    b.write("g", "of b");
    scheduler.pass(WHILE);
    assertThat(SimUsers.contentOf(a.tree().get("g"))).isEqualTo("of b");

    b.kill();
    b.in(FolderMode.TWO_WAY).start();
    scheduler.pass(WHILE);
    assertThat(b.tree()).isEqualTo(a.tree()).containsKeys("d/in", "of a", "f", "g");
    assertThat(SimUsers.contentOf(b.tree().get("f"))).isEqualTo("of a");
  }

  @Test
  void whatHadDriftedIsSentWhenTheModeIsChanged() throws Exception {
    SimNode a = node("a", "b", FolderMode.TWO_WAY);
    SimNode b = node("b", "a", FolderMode.RECEIVE_ONLY);
    a.write("f", "1");
    a.start();
    b.start();
    scheduler.pass(WHILE);
    b.write("f", "2");
    scheduler.pass(WHILE);
    b.kill();
    b.in(FolderMode.TWO_WAY).start();
    scheduler.pass(WHILE);
    assertThat(SimUsers.contentOf(a.tree().get("f"))).isEqualTo("2");
    assertThatThrownBy(() -> b.process().drift(SimNode.FOLDER))
        .hasMessageContaining("is two-way here");
  }

  @Test
  void aConflictIsEndedOnThePeersWhereOnlyIsSentAndIsNotListedThereAnyMore() throws Exception {
    SimNode a = node("a", "b", FolderMode.TWO_WAY);
    SimNode b = node("b", "a", FolderMode.TWO_WAY);
    bothWrite(a, b, "f", "g");
    startAnew(b, FolderMode.SEND_ONLY);
    String first = b.process().conflicts().getFirst().id();
    var ended = b.process().resolve(Set.of(first), new NodeControl.Keep.Newest(), false);
    scheduler.pass(WHILE);
    assertThat(ended.join().getFirst().peersOnly()).isTrue();
    for (SimNode node : List.of(a, b)) {
      assertThat(node.process().conflicts()).noneMatch(each -> each.id().equals(first)).hasSize(1);
      assertThat(node.folder().conflicts()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "b"})
  void whatWasEndedWhereOnlyIsSentIsUndoneOnThePeers(String kept) throws Exception {
    SimNode a = node("a", "b", FolderMode.TWO_WAY);
    SimNode b = node("b", "a", FolderMode.TWO_WAY);
    bothWrite(a, b, "f");
    Map<String, String> conflicting = a.tree();
    NodeControl.Conflict conflict = a.process().conflicts().getFirst();
    startAnew(b, FolderMode.SEND_ONLY);
    b.process().resolve(Set.of(), new NodeControl.Keep.OfNode(kept), false);
    scheduler.pass(WHILE);
    assertThat(a.user().read(bytes("f"))).isEqualTo(bytes("of " + kept));
    assertThat(a.process().conflicts()).isEmpty();
    b.process().undo(Set.of(conflict.id()));
    scheduler.pass(WHILE);
    assertThat(a.tree()).isEqualTo(conflicting);
    assertThat(a.process().conflicts())
        .extracting(NodeControl.Conflict::id)
        .containsExactly(conflict.id());
    assertThat(a.process().conflicts().getFirst().copies())
        .extracting(NodeControl.Copy::content)
        .containsExactly(conflict.copies().getFirst().content());
  }

  @Test
  void aConflictIsNotEndedWhereOnlyIsReceived() throws Exception {
    SimNode a = node("a", "b", FolderMode.TWO_WAY);
    SimNode b = node("b", "a", FolderMode.TWO_WAY);
    bothWrite(a, b, "f");
    startAnew(b, FolderMode.RECEIVE_ONLY);
    var settled = b.process().resolve(Set.of(), new NodeControl.Keep.Newest(), false).join();
    assertThat(settled).hasSize(1);
    assertThat(settled.getFirst().refused()).contains("only receives the folder 'www'");
  }
}
