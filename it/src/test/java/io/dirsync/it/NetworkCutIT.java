package io.dirsync.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Two daemons in network namespaces of their own, and a cable between them that fails. */
final class NetworkCutIT {
  private static final Duration NOTICED_MAX = Duration.ofSeconds(90);

  @RegisterExtension final TestCluster cluster = new TestCluster();
  private NetworkPair network;
  private TestNode a;
  private TestNode b;

  @BeforeEach
  void makeTwoNodes() throws Exception {
    assumeTrue(NetworkPair.possible(), "this account may not make network namespaces");
    network = new NetworkPair();
    a = cluster.node("a", network.address(0) + ":7342").through(network.on(0));
    b = cluster.node("b", network.address(1) + ":7342").through(network.on(1));
    TestCluster.join(a, b);
    Program.script(a.root(), "mkdir old ; for i in $(seq 200); do printf $i > old/$i; done");
    TestCluster.start(a, b);
    TestCluster.converge(a, b);
  }

  @AfterEach
  void removeTheNetwork() throws Exception {
    if (network != null) {
      network.close();
    }
  }

  @Test
  void aShortCutIsMadeUpForAndNothingIsLost() throws Exception {
    network.cut();
    writeOnBothSides();
    // It waits for two seconds in vain: nobody has noticed yet that the cable is out.
    a.dirsync("flush", "--timeout", "2s").ended(8);
    network.plugIn();
    assertNothingIsLost();
  }

  @Test
  void aNetworkThatSwallowsEverythingIsNoticedAndMadeUpForWhenItIsBack() throws Exception {
    network.swallow();
    writeOnBothSides();
    for (TestNode node : new TestNode[] {a, b}) {
      await(node.name() + " to notice").atMost(NOTICED_MAX).until(() -> !node.connected());
      assertThat(node.status().get("summary").getAsString()).contains("is not connected");
      assertThat(node.peer().get("behindFiles").getAsLong()).isPositive();
    }
    assertThat(a.dirsync("flush").ended(6).error()).contains("not reachable: b");
    writeMore(a.root(), "a-late");
    network.deliver();
    assertNothingIsLost();
    assertThat(b.root().resolve("a-late")).hasContent("a-late");
  }

  @Test
  void aCutInTheMiddleOfAManyFilesAndABigOneIsMadeUpFor() throws Exception {
    Program.script(
        a.root(),
        """
        head -c 150000000 /dev/urandom > big
        mkdir many ; for i in $(seq 4000); do printf $i > many/$i; done
        """);
    await("it to be under way").until(() -> CheckedFiles.count(b.root()) > 400);
    network.swallow();
    Program.script(b.root(), "rm -r old ; printf b > of-b");
    await("b to notice").atMost(NOTICED_MAX).until(() -> !b.connected());
    network.deliver();
    TestCluster.converge(a, b);
    assertThat(a.root().resolve("old")).doesNotExist();
    assertThat(CheckedFiles.count(b.root().resolve("many"))).isEqualTo(4000);
  }

  private void writeOnBothSides() throws Exception {
    Program.script(
        a.root(),
        "mkdir a ; for i in $(seq 300); do printf a$i > a/$i; done ; rm old/1?? ; printf A > old/1");
    Program.script(
        b.root(),
        "mkdir b ; for i in $(seq 300); do printf b$i > b/$i; done ; rm old/2 ; mv old/3 old/moved");
  }

  private static void writeMore(Path root, String name) throws Exception {
    Program.script(root, "printf " + name + " > " + name);
  }

  private void assertNothingIsLost() throws Exception {
    TestCluster.converge(a, b);
    for (TestNode node : new TestNode[] {a, b}) {
      Path root = node.root();
      assertThat(CheckedFiles.count(root.resolve("a"))).isEqualTo(300);
      assertThat(CheckedFiles.count(root.resolve("b"))).isEqualTo(300);
      assertThat(root.resolve("b/300")).hasContent("b300");
      assertThat(root.resolve("old/1")).hasContent("A");
      assertThat(root.resolve("old/moved")).hasContent("3");
      assertThat(root.resolve("old/2")).doesNotExist();
      assertThat(CheckedFiles.count(root.resolve("old"))).isEqualTo(200 - 100 - 1);
      assertThat(node.conflicts()).isEmpty();
    }
  }
}
