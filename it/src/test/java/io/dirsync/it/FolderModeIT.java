package io.dirsync.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Folders that go one way only, between two real daemons. */
class FolderModeIT {
  private static final Duration SOON = Duration.ofSeconds(60);

  @RegisterExtension private final TestCluster cluster = new TestCluster();

  private static void mode(TestNode node, String mode) throws IOException {
    Files.writeString(node.config(), "\nmode = \"" + mode + "\"\n", StandardOpenOption.APPEND);
  }

  private static List<String> drift(TestNode node) throws Exception {
    return node.dirsync("folder", "drift", TestCluster.FOLDER).succeeded().out().lines().toList();
  }

  @Test
  void whatDriftsOnAReceiverIsListedAndPutBackAndASenderTakesNothingIn() throws Exception {
    TestNode a = cluster.node("a");
    TestNode b = cluster.node("b");
    TestCluster.join(a, b);
    mode(a, "send-only");
    mode(b, "receive-only");
    Program.script(
        a.root(), "mkdir d; for i in 1 2 3; do echo $i > f$i; done; echo in > d/in; ln -s f1 link");
    TestCluster.start(a, b);
    TestCluster.awaitConnected(a, b);
    a.flush();
    TestCluster.awaitEqual(a.root(), b.root());
    assertThat(drift(b)).containsExactly("no drift");
    assertThat(b.folder().get("mode").getAsString()).isEqualTo("receive-only");

    Program.script(
        b.root(),
        "echo drift > f1; rm f2 link; chmod 600 f3; mkdir e; echo new > e/new; mv d/in d/out");
    await("the drift on b")
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(drift(b))
                    .containsExactlyInAnyOrder(
                        "changed  f1",
                        "removed  f2",
                        "removed  link",
                        "attributes  f3",
                        "added  e",
                        "added  e/new",
                        "removed  d/in",
                        "added  d/out"));
    assertThat(b.dirsync("status").succeeded().out())
        .contains("8 paths differ here from what is received: dirsync folder drift data");
    assertThat(a.dirsync("folder", "drift", TestCluster.FOLDER).ended(1).error())
        .contains("folder data is send-only here");

    b.stop();
    b.start();
    Program.script(a.root(), "echo more > f4");
    a.flush();
    assertThat(b.root().resolve("f4")).hasContent("more\n");
    await("the drift after a restart").atMost(SOON).until(() -> drift(b).size() == 8);
    assertThat(a.root().resolve("e")).doesNotExist();
    assertThat(a.root().resolve("f1")).hasContent("1\n");

    assertThat(b.dirsync("folder", "revert", TestCluster.FOLDER).succeeded().out())
        .contains("8 paths go back to what was received; what differed goes to the trash");
    TestCluster.awaitEqual(a.root(), b.root());
    assertThat(drift(b)).containsExactly("no drift");
    try (Stream<Path> files = Files.walk(b.root().resolve(".dirsync/trash"))) {
      List<String> kept =
          files
              .filter(Files::isRegularFile)
              .map(file -> file.getFileName().toString().replaceFirst("~.*", ""))
              .toList();
      assertThat(kept).contains("f1", "new");
    }
    a.flush();
  }
}
