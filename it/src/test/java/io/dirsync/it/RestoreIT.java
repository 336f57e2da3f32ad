package io.dirsync.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.apache.commons.io.file.PathUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A root or a database that is lost, empty, or restored from a backup. */
final class RestoreIT {
  @RegisterExtension final TestCluster cluster = new TestCluster();

  @Test
  void aRootRestoredFromAnOlderCopyIsHeldAndBroughtUpToDateAsStale() throws Exception {
    TestNode a = cluster.node("a");
    TestNode b = cluster.node("b");
    restoreTheRootOf(a, b);

    assertThat(b.root().resolve("changed")).hasContent("new");
    assertThat(b.root().resolve("removed")).doesNotExist();
    Files.writeString(a.root().resolve("meanwhile"), "written while it was halted");
    assertThat(a.dirsync("folder", "resume", TestCluster.FOLDER, "--as-stale").succeeded().out())
        .contains("3 files that differed from what this node knew: to the trash, for 30 days")
        .contains(a.root().resolve(".dirsync/trash").toString());
    TestCluster.converge(a, b);
    assertThat(a.root().resolve("meanwhile")).doesNotExist();
    assertThat(Program.script(a.root(), "cat .dirsync/trash/*/meanwhile~*").out())
        .isEqualTo("written while it was halted");
    assertThat(a.dirsync("why", a.root().resolve("meanwhile").toString()).succeeded().out())
        .contains("  also in the trash: " + a.root().resolve(".dirsync/trash"))
        .contains("/meanwhile~");
    assertThat(a.folder().getAsJsonArray("notes").toString())
        .contains("3 files in it were not what this node knew", ".dirsync/trash", "for 30 days");
    assertThat(a.dirsync("status").succeeded().out()).contains("copy it from there to its place");
    assertThat(a.root().resolve("changed")).hasContent("new");
    assertThat(a.root().resolve("removed")).doesNotExist();
    assertThat(a.root().resolve("added")).hasContent("added");
    assertThat(a.conflicts()).isEmpty();
  }

  @Test
  void aRootRestoredFromAnOlderCopyTakesTheLeadAsTruth() throws Exception {
    TestNode a = cluster.node("a");
    TestNode b = cluster.node("b");
    restoreTheRootOf(a, b);

    assertThat(a.dirsync("folder", "resume", TestCluster.FOLDER, "--as-truth").exitCode()).isZero();
    TestCluster.converge(a, b);
    assertThat(b.root().resolve("changed")).hasContent("old");
    assertThat(b.root().resolve("removed")).hasContent("removed");
    assertThat(b.root().resolve("added")).doesNotExist();
    assertThat(a.dirsync("folder", "resume", TestCluster.FOLDER, "--as-truth").error())
        .contains("there is nothing to resume");
  }

  /** Ends with the folder of the first node halted. */
  private void restoreTheRootOf(TestNode a, TestNode b) throws Exception {
    TestCluster.join(a, b);
    Files.writeString(a.root().resolve("kept"), "kept");
    Files.writeString(a.root().resolve("changed"), "old");
    Files.writeString(a.root().resolve("removed"), "removed");
    TestCluster.start(a, b);
    TestCluster.converge(a, b);
    a.stop();
    Path backup = cluster.directory("backup");
    copy(a.root(), backup);
    a.start();
    Files.writeString(a.root().resolve("changed"), "new");
    Files.writeString(a.root().resolve("added"), "added");
    Files.delete(a.root().resolve("removed"));
    TestCluster.converge(a, b);
    a.stop();

    // As people do: over what is there, but for what they have removed before.
    Program.script(a.root(), "find . -mindepth 1 -not -type d -delete");
    copy(backup, a.root());
    a.start();
    assertThat(a.awaitHalted())
        .contains(
            "restored from an older copy",
            "dirsync folder resume " + TestCluster.FOLDER + " --as-stale",
            "dirsync folder resume " + TestCluster.FOLDER + " --as-truth");
  }

  private static void copy(Path from, Path to) throws Exception {
    var copied = Program.script(from, "cp -a . '" + to + "'");
    assertThat(copied.exitCode()).as(copied.error()).isZero();
  }

  @Test
  void aNodeWhoseDatabaseWasDeletedJoinsAgainAndNothingIsLost() throws Exception {
    TestNode a = cluster.node("a");
    TestNode b = cluster.node("b");
    TestCluster.join(a, b);
    for (int i = 0; i < 200; i++) {
      Files.writeString(a.root().resolve("f" + i), "content " + i);
    }
    TestCluster.start(a, b);
    TestCluster.converge(a, b);
    a.kill();
    PathUtils.deleteDirectory(a.data().resolve("folders"));
    Files.writeString(a.root().resolve("of a"), "a");
    Files.writeString(a.root().resolve("f1"), "changed on a");
    Files.writeString(b.root().resolve("of b"), "b");
    Files.writeString(b.root().resolve("f2"), "changed on b");
    a.start();
    TestCluster.converge(a, b);
    assertThat(a.root().resolve("of b")).hasContent("b");
    assertThat(b.root().resolve("of a")).hasContent("a");
    assertThat(b.root().resolve("f150")).hasContent("content 150");
    assertThat(Stream.of(contents(a, "f1"), contents(a, "f2")).toList())
        .as("both sides' writes, shown or kept as conflict copies")
        .allMatch(found -> found.contains("changed on"));
  }

  private static String contents(TestNode node, String name) throws Exception {
    return new String(
        Program.script(node.root(), "grep -rh . '" + name + "' .dirsync/conflicts || true")
            .output(),
        java.nio.charset.StandardCharsets.UTF_8);
  }

  @Test
  void anEmptyRootHaltsTheFolderAndItGoesOnByItselfWhenTheRightOneIsBack() throws Exception {
    TestNode a = cluster.node("a");
    TestNode b = cluster.node("b");
    TestCluster.join(a, b);
    Files.writeString(a.root().resolve("f"), "f");
    TestCluster.start(a, b);
    TestCluster.converge(a, b);
    a.stop();
    Path aside = a.root().resolveSibling("aside");
    Files.move(a.root(), aside);
    Files.createDirectory(a.root());
    a.start();
    assertThat(a.awaitHalted()).contains("is a file system not mounted?");
    assertThat(b.root().resolve("f")).hasContent("f");
    Files.delete(a.root());
    Files.move(aside, a.root());
    await("the folder to go on")
        .atMost(Duration.ofSeconds(60))
        .until(() -> !a.folder().get("state").getAsString().equals("halted"));
    Files.writeString(b.root().resolve("g"), "g");
    TestCluster.converge(a, b);
    assertThat(a.root().resolve("g")).hasContent("g");
  }

  @Test
  void aRootThatIsLostForGoodIsFilledAgainByThePeersWhenItsDatabaseIsRemovedToo() throws Exception {
    TestNode a = cluster.node("a");
    TestNode b = cluster.node("b");
    TestCluster.join(a, b);
    Program.script(a.root(), "mkdir d ; printf f > f ; printf in > d/in");
    TestCluster.start(a, b);
    TestCluster.converge(a, b);
    Files.move(a.root(), a.root().resolveSibling("lost"));
    Files.createDirectory(a.root());
    await("a to halt")
        .atMost(Duration.ofSeconds(60))
        .until(() -> a.folder().get("state").getAsString().equals("halted"));
    a.stop();
    PathUtils.deleteDirectory(a.data().resolve("folders").resolve(TestCluster.FOLDER));
    a.start();
    TestCluster.converge(a, b);
    for (TestNode node : new TestNode[] {a, b}) {
      assertThat(node.root().resolve("f")).hasContent("f");
      assertThat(node.root().resolve("d/in")).hasContent("in");
      assertThat(node.conflicts()).isEmpty();
    }
  }

  @Test
  void aRootEmptiedUnderARunningDaemonHaltsTheFolderAndTheStatusSaysWhatToDo() throws Exception {
    TestNode a = cluster.node("a");
    TestNode b = cluster.node("b");
    TestCluster.join(a, b);
    Files.writeString(a.root().resolve("f"), "f");
    TestCluster.start(a, b);
    TestCluster.converge(a, b);
    Path aside = a.root().resolveSibling("aside");
    Files.move(a.root(), aside);
    await("a to halt and say what to do")
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () ->
                assertThat(a.status().get("summary").getAsString())
                    .startsWith("Folder data is halted: its root ")
                    .contains("make it or mount it, and it starts by itself"));
    assertThat(b.root().resolve("f")).hasContent("f");
    Files.createDirectory(a.root());
    await("the empty root to be told from the right one")
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () ->
                assertThat(a.status().get("summary").getAsString())
                    .contains("is a file system not mounted?")
                    .contains("it goes on when the root is back"));
    Files.delete(a.root());
    Files.move(aside, a.root());
    await("the folder to go on")
        .atMost(Duration.ofSeconds(60))
        .until(() -> !a.folder().get("state").getAsString().equals("halted"));
    Files.writeString(a.root().resolve("g"), "g");
    TestCluster.converge(a, b);
    assertThat(b.root().resolve("f")).hasContent("f");
  }

  @Test
  void aDatabaseRestoredFromABackupGoesOnWithTheRootOfTodayAndNothingIsDeleted() throws Exception {
    TestNode a = cluster.node("a");
    TestNode b = cluster.node("b");
    backUpAndGoOn(a, b);
    PathUtils.deleteDirectory(a.data());
    Files.createDirectory(a.data());
    copy(cluster.directory("image").resolve("data"), a.data());
    a.start();
    assertBothAreOfToday(a, b);
    assertThat(a.log()).contains("is older than its root: it goes on as");
  }

  @Test
  void aMachineRestoredWholeFromAnImageCatchesUpAndNothingIsDeleted() throws Exception {
    TestNode a = cluster.node("a");
    TestNode b = cluster.node("b");
    backUpAndGoOn(a, b);
    Path image = cluster.directory("image");
    for (String part : new String[] {"data", "root"}) {
      Path now = a.root().resolveSibling(part);
      Program.script(now, "find . -mindepth 1 -delete");
      copy(image.resolve(part), now);
    }
    a.start();
    assertBothAreOfToday(a, b);
    assertThat(a.log()).contains("its database was set back. It goes on as");
  }

  /** Ends with the first node stopped, and in {@code image} what it was when fewer was written. */
  private void backUpAndGoOn(TestNode a, TestNode b) throws Exception {
    TestCluster.join(a, b);
    for (int i = 0; i < 20; i++) {
      Files.writeString(a.root().resolve("f" + i), "content " + i);
    }
    Files.writeString(b.root().resolve("of b"), "b");
    TestCluster.start(a, b);
    TestCluster.converge(a, b);
    a.stop();
    Path image = cluster.directory("image");
    for (String part : new String[] {"data", "root"}) {
      copy(a.root().resolveSibling(part), Files.createDirectory(image.resolve(part)));
    }
    a.start();
    Files.writeString(a.root().resolve("f1"), "changed on a");
    Files.writeString(a.root().resolve("new of a"), "new");
    Files.delete(a.root().resolve("f2"));
    TestCluster.converge(a, b);
    Files.writeString(b.root().resolve("f3"), "changed on b");
    TestCluster.converge(a, b);
    a.stop();
    Files.writeString(b.root().resolve("new of b"), "new");
  }

  private static void assertBothAreOfToday(TestNode a, TestNode b) throws Exception {
    TestCluster.awaitConnected(a, b);
    TestCluster.converge(a, b);
    for (TestNode node : new TestNode[] {a, b}) {
      assertThat(node.root().resolve("f0")).hasContent("content 0");
      assertThat(node.root().resolve("f1")).hasContent("changed on a");
      assertThat(node.root().resolve("f3")).hasContent("changed on b");
      assertThat(node.root().resolve("of b")).hasContent("b");
      assertThat(node.root().resolve("new of a")).hasContent("new");
      assertThat(node.root().resolve("new of b")).hasContent("new");
      assertThat(node.root().resolve("f2")).doesNotExist();
      assertThat(node.conflicts()).isEmpty();
    }
    // Whoever writes there from now on is heard.
    Files.writeString(a.root().resolve("f1"), "again");
    TestCluster.converge(a, b);
    assertThat(b.root().resolve("f1")).hasContent("again");
  }
}
