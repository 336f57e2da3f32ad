package io.dirsync.it;

import static io.dirsync.it.TestCluster.FOLDER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A machine that was copied, and runs beside its copy. */
final class TwinsIT {
  private static final Duration SOON = Duration.ofSeconds(90);

  /** Less than the minute that it is told of if nothing ends it. */
  private static final Duration TOLD_MAX = Duration.ofSeconds(30);

  @RegisterExtension final TestCluster cluster = new TestCluster();
  private TestNode a;
  private TestNode b;

  @BeforeEach
  void makeTwoNodes() throws Exception {
    a = cluster.node("a");
    b = cluster.node("b");
    TestCluster.join(a, b);
    for (int i = 0; i < 20; i++) {
      Files.writeString(a.root().resolve("f" + i), "content " + i);
    }
    TestCluster.start(a, b);
    TestCluster.converge(a, b);
    a.stop();
  }

  private static void awaitHalted(TestNode node) {
    await(node.name() + " to be halted, and to say what to do")
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(node.status().get("summary").getAsString())
                    .startsWith(
                        "Folder data is halted: two running nodes are copies of one another")
                    .contains("Stop dirsync on the copy")
                    .contains("dirsync folder resume " + FOLDER + " --as-new"));
  }

  private void assertNothingWasLost(TestNode node) throws Exception {
    for (int i = 2; i < 20; i++) {
      assertThat(node.root().resolve("f" + i)).hasContent("content " + i);
    }
  }

  @Test
  void bothHaltUntilTheCopyIsStoppedAndTheOperatorSaysThatItGoesOn() throws Exception {
    TestNode copy = cluster.copyOf(a);
    Files.writeString(a.root().resolve("f0"), "written on the machine");
    Files.delete(copy.root().resolve("f1"));
    a.start();
    await("b to know one of them").atMost(SOON).until(b::connected);
    copy.start();
    awaitHalted(a);
    awaitHalted(copy);
    await("b to say so")
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(b.peer().get("trouble").getAsString())
                    .contains("two machines have its key and run at once"));
    assertNothingWasLost(b);

    copy.stop();
    a.stop();
    a.start();
    awaitHalted(a);
    assertThat(a.dirsync("folder", "resume", FOLDER, "--as-stale").ended(1).error())
        .contains("still cannot run");
    Files.writeString(a.root().resolve("meanwhile"), "new");
    a.dirsync("folder", "resume", FOLDER, "--as-new").succeeded();
    await("b to tell no more of what is over")
        .atMost(TOLD_MAX)
        .untilAsserted(() -> assertThat(b.peer().get("trouble").isJsonNull()).isTrue());
    TestCluster.converge(a, b);
    assertThat(b.status().get("summary").getAsString()).doesNotContain("Peer a");
    assertNothingWasLost(a);
    assertThat(b.root().resolve("f0")).hasContent("written on the machine");
    assertThat(b.root().resolve("meanwhile")).hasContent("new");
    Files.writeString(b.root().resolve("f0"), "written later");
    TestCluster.converge(a, b);
    assertThat(a.root().resolve("f0")).hasContent("written later");
  }

  @Test
  void aCopyWithAKeyOfItsOwnAndTheSameDatabaseIsFoundByItsName() throws Exception {
    TestNode copy = cluster.nodeIn("other", "a");
    Path databases = a.data().resolve("folders");
    Program.script(copy.root(), "cp -a '" + databases + "' '" + copy.data() + "'");
    Program.script(a.root(), "cp -a . '" + copy.root() + "'");
    copy.knows(b);
    copy.shares(FOLDER, b);
    b.stop();
    b.knows("copy", copy.id(), copy.listen());
    b.shareAlsoWith("copy");
    TestCluster.start(a, b, copy);
    for (TestNode node : List.of(a, copy)) {
      awaitHalted(node);
    }
    assertNothingWasLost(b);

    for (TestNode node : List.of(a, copy)) {
      node.dirsync("folder", "resume", FOLDER, "--as-new").succeeded();
    }
    TestCluster.convergeAll(a, b, copy);
    assertNothingWasLost(copy);
    Files.writeString(copy.root().resolve("of the copy"), "copy");
    TestCluster.convergeAll(copy, b, a);
    assertThat(a.root().resolve("of the copy")).hasContent("copy");
  }
}
