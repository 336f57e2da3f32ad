package io.dirsync.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Whose files are on the other side: as the folder asks, and as far as the daemon may. */
final class OwnersIT {
  private static final Duration SHOWN_MAX = Duration.ofSeconds(30);

  @RegisterExtension final TestCluster cluster = new TestCluster();
  private TestNode a;
  private TestNode b;

  @BeforeEach
  void makeTwoNodes() throws Exception {
    assumeTrue(Program.works("test", "-w", "/proc/sys/vm/drop_caches"), "this account is not root");
    a = cluster.node("a");
    b = cluster.node("b");
    TestCluster.join(a, b);
  }

  /** From the next start on the folder asks for owners on a node. */
  private static void carry(TestNode node) throws IOException {
    Files.writeString(node.config(), "owner = true\n", StandardOpenOption.APPEND);
  }

  /** Owner and group of a name, as the system calls them. */
  private static String owner(TestNode node, String name) throws Exception {
    return Program.script(node.root(), "stat -c %U:%G '" + name + "'").out().strip();
  }

  private static void awaitOwner(TestNode node, String name, String owner) {
    await(name + " on " + node.name() + " to be of " + owner)
        .atMost(SHOWN_MAX)
        .untilAsserted(() -> assertThat(owner(node, name)).isEqualTo(owner));
  }

  @Test
  void ownersAndGroupsOfEveryKindAreCarriedBothWaysByTheirNames() throws Exception {
    carry(a);
    carry(b);
    Program.script(
        a.root(),
        "mkdir d ; printf f > d/f ; ln -s f d/l ; head -c 400000 /dev/urandom > big ; printf r > r ;"
            + " chown -h daemon:games d d/f d/l big");
    TestCluster.start(a, b);
    TestCluster.converge(a, b);
    for (String name : new String[] {"d", "d/f", "d/l", "big"}) {
      awaitOwner(b, name, "daemon:games");
    }
    awaitOwner(b, "r", "root:root");

    Program.script(b.root(), "chown -h bin:daemon d d/f d/l ; chgrp games r ; printf new > d/f");
    TestCluster.converge(a, b);
    for (String name : new String[] {"d", "d/f", "d/l"}) {
      awaitOwner(a, name, "bin:daemon");
    }
    awaitOwner(a, "r", "root:games");
    awaitOwner(a, "big", "daemon:games");
  }

  @Test
  void aDaemonThatMayNotGiveFilesAwayCarriesAllButTheirOwnersAndSaysSo() throws Exception {
    carry(a);
    carry(b);
    b.through("setpriv", "--bounding-set=-chown", "--inh-caps=-all");
    Program.script(
        a.root(), "mkdir d ; printf f > d/f ; ln -s f d/l ; chown -h daemon:games d d/*");
    TestCluster.start(a, b);
    TestCluster.converge(a, b);
    assertThat(b.problems()).isEmpty();
    assertThat(b.status().get("summary").getAsString()).contains("owner = true");
    assertThat(owner(b, "d/f")).isEqualTo("root:root");

    Program.script(b.root(), "printf more >> d/f ; printf b > d/of-b ; chmod 600 d/f");
    TestCluster.converge(a, b);
    assertThat(owner(a, "d/f"))
        .as("what cannot be set is not taken for a change")
        .isEqualTo("daemon:games");
    assertThat(owner(a, "d")).isEqualTo("daemon:games");
  }

  @Test
  void aFolderThatAsksForOwnersLaterThanItsPeerTakesThemOnInsteadOfItsOwn() throws Exception {
    carry(a);
    Program.script(
        a.root(), "mkdir d ; printf f > d/f ; ln -s f d/l ; chown -h daemon:games d d/*");
    TestCluster.start(a, b);
    TestCluster.converge(a, b);
    assertThat(owner(b, "d/f")).as("nobody has asked for it").isEqualTo("root:root");
    b.stop();
    carry(b);
    b.start();
    TestCluster.converge(a, b);
    for (String name : new String[] {"d", "d/f", "d/l"}) {
      awaitOwner(b, name, "daemon:games");
      assertThat(owner(a, name)).isEqualTo("daemon:games");
    }
  }
}
