package io.dirsync.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonElement;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Nodes whose folders are filled already when they meet for the first time. */
final class JoinIT {
  private static final int EQUAL = 300;
  private static final int BODY_BYTES = 20_000;
  private static final int OWN = 50;
  private static final int DIFFERENT = 20;

  /** A file's name, hash, times and size, and what goes around it. */
  private static final long NAMES_BYTES = 1_000;

  @RegisterExtension final TestCluster cluster = new TestCluster();

  /** Files that all have, files of the node's own, and files that differ from node to node. */
  private static void fill(TestNode node, int seed) throws IOException {
    Path equal = Files.createDirectories(node.root().resolve("equal"));
    for (int i = 0; i < EQUAL; i++) {
      Files.write(equal.resolve("f" + i), CheckedFiles.content(i, BODY_BYTES));
    }
    Path own = Files.createDirectories(node.root().resolve("of-" + node.name()));
    for (int i = 0; i < OWN; i++) {
      Files.write(own.resolve("f" + i), CheckedFiles.content(seed * 1_000 + i, 100));
    }
    Path different = Files.createDirectories(node.root().resolve("different"));
    for (int i = 0; i < DIFFERENT; i++) {
      Files.write(different.resolve("f" + i), CheckedFiles.content(seed * 2_000 + i, 100));
    }
  }

  /** On the wire between this node and all its peers, in both directions. */
  private static long wireBytes(TestNode node) throws IOException, InterruptedException {
    long sum = 0;
    for (JsonElement peer : node.folder().getAsJsonArray("peers")) {
      sum += peer.getAsJsonObject().get("sentBytes").getAsLong();
      sum += peer.getAsJsonObject().get("receivedBytes").getAsLong();
    }
    return sum;
  }

  private static void assertUnion(TestNode node, List<TestNode> filled) throws Exception {
    assertThat(CheckedFiles.count(node.root().resolve("equal"))).isEqualTo(EQUAL);
    for (TestNode each : filled) {
      assertThat(CheckedFiles.count(node.root().resolve("of-" + each.name()))).isEqualTo(OWN);
    }
    assertThat(CheckedFiles.count(node.root().resolve("different"))).isEqualTo(DIFFERENT);
    await("every file that differed on " + node.name())
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () -> {
              assertThat(node.conflicts()).hasSize(DIFFERENT);
              assertThat(node.conflicts())
                  .allMatch(c -> c.getAsJsonArray("copies").size() == filled.size() - 1);
            });
    assertThat(contents(node.root().resolve(".dirsync/conflicts")))
        .as("conflict copies, among them what lost its name and is in the trash on %s", node.name())
        .containsAll(contents(node.root().resolve(".dirsync/trash")));
  }

  private static Set<String> contents(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return Set.of();
    }
    Set<String> contents = new HashSet<>();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        contents.add(Files.readString(file, StandardCharsets.ISO_8859_1));
      }
    }
    return contents;
  }

  @Test
  void twoFilledTreesThatMeetLoseNothingAndEqualFilesAreNotSent() throws Exception {
    TestNode a = cluster.node("a");
    TestNode b = cluster.node("b");
    TestCluster.join(a, b);
    fill(a, 1);
    fill(b, 2);
    TestCluster.start(a, b);
    TestCluster.converge(a, b);
    for (TestNode node : List.of(a, b)) {
      assertUnion(node, List.of(a, b));
    }
    assertThat(wireBytes(a))
        .as("of %,d bytes that both had", (long) EQUAL * BODY_BYTES)
        .isLessThan(2 * (EQUAL + 2L * (OWN + DIFFERENT)) * NAMES_BYTES);
  }

  @Test
  void aThirdFilledNodeThatJoinsTwoFilledOnesLosesNothingAndIsNotSentWhatItHas() throws Exception {
    TestNode a = cluster.node("a");
    TestNode b = cluster.node("b");
    TestNode c = cluster.node("c");
    for (TestNode node : List.of(a, b)) {
      node.knows(node == a ? b : a);
    }
    a.shares(TestCluster.FOLDER, b);
    b.shares(TestCluster.FOLDER, a);
    fill(a, 1);
    fill(b, 2);
    fill(c, 3);
    TestCluster.start(a, b);
    TestCluster.converge(a, b);
    a.stop();
    b.stop();
    for (TestNode node : List.of(a, b)) {
      node.knows(c);
      c.knows(node);
      node.shareAlsoWith(c.name());
    }
    c.shares(TestCluster.FOLDER, a, b);
    TestCluster.start(a, b, c);
    TestCluster.convergeAll(a, b, c);
    for (TestNode node : List.of(a, b, c)) {
      assertUnion(node, List.of(a, b, c));
    }
    assertThat(wireBytes(c))
        .as("of %,d bytes that all had", (long) EQUAL * BODY_BYTES)
        .isLessThan(4 * (EQUAL + 3L * (OWN + DIFFERENT)) * NAMES_BYTES);
  }
}
