package io.dirsync.it;

import static io.dirsync.it.TestCluster.FOLDER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Deletions of a large part of a folder, which wait until somebody approves of them. */
final class BrakesIT {
  private static final int FILES = 200;
  private static final int GONE = 150;
  private static final String BOUNDS = "max_delete = \"25%\"\nmax_delete_files = 40\n";
  private static final String REMOVE_MOST = "for i in $(seq 150); do rm dir/$i; done";
  private static final Duration SOON = Duration.ofSeconds(60);

  @RegisterExtension final TestCluster cluster = new TestCluster();
  private TestNode a;
  private TestNode b;

  @BeforeEach
  void makeTwoNodes() throws Exception {
    a = cluster.node("a");
    b = cluster.node("b");
    TestCluster.join(a, b);
    Program.script(
        a.root(), "mkdir dir ; for i in $(seq 200); do printf 'content %s' $i > dir/$i; done");
  }

  private static void holdMoreOn(TestNode node) throws IOException {
    Files.writeString(node.config(), BOUNDS, StandardOpenOption.APPEND);
  }

  private void startBoth() throws Exception {
    TestCluster.start(a, b);
    TestCluster.converge(a, b);
  }

  private static void awaitHeld(TestNode node, String sentence) {
    await(node.name() + " to hold deletions")
        .atMost(SOON)
        .untilAsserted(
            () -> {
              assertThat(node.folder().get("state").getAsString()).isEqualTo("held");
              assertThat(node.folder().get("reason").getAsString())
                  .contains(sentence)
                  .contains("max_delete is 25 % and 40 files")
                  .contains("'dirsync approve " + FOLDER + "' lets the deletions go");
            });
    assertThatItSaysSo(node);
  }

  private static void assertThatItSaysSo(TestNode node) {
    await("the status of " + node.name())
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(node.dirsync("status").succeeded().out())
                    .startsWith("Folder data is held: ")
                    .contains("! held")
                    .contains("→ dirsync approve " + FOLDER));
  }

  private static long count(TestNode node) throws IOException {
    return CheckedFiles.count(node.root().resolve("dir"));
  }

  private static void awaitFile(TestNode node, String name, String content) {
    Path file = node.root().resolve(name);
    await(name + " on " + node.name())
        .atMost(SOON)
        .untilAsserted(() -> assertThat(file).hasContent(content));
  }

  /** While deletions wait, everything else goes on, both ways. */
  private void assertTheRestGoesOn() throws Exception {
    Files.writeString(a.root().resolve("of a"), "a");
    Files.writeString(b.root().resolve("of b"), "b");
    Files.writeString(a.root().resolve("dir/200"), "changed");
    awaitFile(b, "of a", "a");
    awaitFile(a, "of b", "b");
    awaitFile(b, "dir/200", "changed");
  }

  @Test
  void whatIsFoundGoneAtTheStartIsNotSentBeforeItIsApprovedOf() throws Exception {
    holdMoreOn(a);
    startBoth();
    a.stop();
    Program.script(a.root(), REMOVE_MOST);
    a.start();
    awaitHeld(a, "150 files are gone here, and their deletion is sent to nobody yet");
    assertTheRestGoesOn();
    assertThat(count(b)).as("not one of them is sent").isEqualTo(FILES);
    assertThat(a.dirsync("flush").ended(9).error())
        .contains("deletions in folder data are held for approval");

    a.stop();
    a.start();
    awaitHeld(a, "150 files are gone here");
    assertThat(count(b)).isEqualTo(FILES);

    assertThat(a.dirsync("approve", FOLDER).succeeded().out())
        .contains("150 deletions made here are sent");
    TestCluster.converge(a, b);
    assertThat(count(b)).isEqualTo(FILES - GONE);
    assertThat(a.folder().get("state").getAsString()).isEqualTo("in sync");
    assertThat(a.dirsync("approve", FOLDER).ended(1).error()).contains("holds nothing");
  }

  @Test
  void whatWasDeletedByMistakeComesBackInsteadIfTheOperatorSaysSo() throws Exception {
    holdMoreOn(a);
    startBoth();
    a.stop();
    Program.script(a.root(), "rm -r dir");
    a.start();
    awaitHeld(a, "200 files are gone here");
    a.dirsync("approve", FOLDER, "--put-back").succeeded();
    TestCluster.converge(a, b);
    assertThat(count(a)).isEqualTo(FILES);
    assertThat(a.root().resolve("dir/7")).hasContent("content 7");
    assertThat(a.conflicts()).isEmpty();
  }

  @Test
  void whoCopiesTheFilesBackNeedsNoApproval() throws Exception {
    holdMoreOn(a);
    startBoth();
    a.stop();
    Path aside = cluster.directory("aside");
    Files.move(a.root().resolve("dir"), aside.resolve("dir"));
    a.start();
    awaitHeld(a, "200 files are gone here");
    Files.move(aside.resolve("dir"), a.root().resolve("dir"));
    await("nothing to be held any more")
        .atMost(SOON)
        .until(() -> a.folder().get("state").getAsString().equals("in sync"));
    TestCluster.converge(a, b);
    assertThat(count(b)).isEqualTo(FILES);
  }

  @Test
  void deletionsThatComeOneAfterTheOtherAreCountedTogether() throws Exception {
    holdMoreOn(a);
    startBoth();
    for (int from = 1; from <= GONE; from += 30) {
      Program.script(
          a.root(), "for i in $(seq " + from + " " + (from + 29) + "); do rm dir/$i; done");
      a.dirsync("flush");
    }
    awaitHeld(a, "files are gone here, and their deletion is sent to nobody yet");
    assertTheRestGoesOn();
    assertThat(count(b)).as("a quarter may go").isGreaterThanOrEqualTo(FILES - FILES / 4);
    a.dirsync("approve", FOLDER).succeeded();
    TestCluster.converge(a, b);
    assertThat(count(b)).isEqualTo(FILES - GONE);
  }

  @Test
  void whatAPeerHasDeletedStaysUntilItIsApprovedOf() throws Exception {
    holdMoreOn(b);
    startBoth();
    b.stop();
    Program.script(a.root(), REMOVE_MOST);
    await("a to have recorded it")
        .atMost(SOON)
        .until(() -> a.peer().get("behindFiles").getAsLong() >= GONE);
    b.start();
    awaitHeld(b, "150 files that peers have deleted stay here still");
    assertTheRestGoesOn();
    assertThat(count(b)).isEqualTo(FILES);

    b.stop();
    b.start();
    awaitHeld(b, "150 files that peers have deleted stay here still");
    assertThat(count(b)).isEqualTo(FILES);

    assertThat(b.dirsync("approve", FOLDER).succeeded().out())
        .contains("150 made by peers are done here");
    TestCluster.converge(a, b);
    assertThat(count(b)).isEqualTo(FILES - GONE);
    await("b to be done")
        .atMost(SOON)
        .until(() -> b.folder().get("state").getAsString().equals("in sync"));
  }

  @Test
  void whatAPeerHasDeletedByMistakeComesBackToThePeerIfTheOperatorSaysSo() throws Exception {
    holdMoreOn(b);
    startBoth();
    b.stop();
    Program.script(a.root(), REMOVE_MOST);
    await("a to have recorded it")
        .atMost(SOON)
        .until(() -> a.peer().get("behindFiles").getAsLong() >= GONE);
    b.start();
    awaitHeld(b, "150 files that peers have deleted stay here still");
    assertThat(b.dirsync("approve", FOLDER, "--put-back").succeeded().out())
        .contains("150 files come back everywhere");
    TestCluster.converge(b, a);
    assertThat(count(a)).isEqualTo(FILES);
    assertThat(a.root().resolve("dir/7")).hasContent("content 7");
  }

  @Test
  void movesAreNoDeletions() throws Exception {
    holdMoreOn(a);
    holdMoreOn(b);
    startBoth();
    Program.script(a.root(), "mv dir elsewhere");
    TestCluster.converge(a, b);
    assertThat(CheckedFiles.count(b.root().resolve("elsewhere"))).isEqualTo(FILES);
    a.stop();
    Program.script(a.root(), "mkdir new ; mv elsewhere/* new/");
    a.start();
    TestCluster.converge(a, b);
    assertThat(CheckedFiles.count(b.root().resolve("new"))).isEqualTo(FILES);
    for (TestNode node : new TestNode[] {a, b}) {
      assertThat(node.log()).doesNotContain("are held");
    }
  }
}
