package io.dirsync.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Three nodes in a line, a - b - c: what a and c write reaches the other one by b alone. More
 * rounds of writing by {@code -Ddirsync.it.rounds=N}.
 */
final class LineIT {
  private static final int PATHS = 200;
  private static final int ROUNDS = Integer.getInteger("dirsync.it.rounds", 2);
  private static final Duration SOON = Duration.ofSeconds(60);

  @RegisterExtension final TestCluster cluster = new TestCluster();

  /** What was written apart from the others, and lost the name: owed as a conflict copy. */
  private final Set<String> losing = new HashSet<>();

  private int written;

  @Test
  void writersOnAllThreeConvergeThoughTheMiddleIsAwayTwiceAndEachLosingWriteIsKeptOnAll()
      throws Exception {
    TestNode a = cluster.node("a");
    TestNode b = cluster.node("b");
    TestNode c = cluster.node("c");
    List<TestNode> all = List.of(a, b, c);
    TestCluster.line(a, b, c);
    TestCluster.start(a, b, c);
    TestCluster.awaitConnected(a, b, c);

    writeAtOnce(all, ROUNDS);
    b.stop();
    Map<String, Set<String>> apart = writeAtOnce(all, ROUNDS);
    b.start();
    TestCluster.convergeAll(a, b, c);
    noteLosers(a, apart);

    writeAtOnce(all, ROUNDS);
    b.kill();
    apart = writeAtOnce(all, ROUNDS);
    b.start();
    TestCluster.convergeAll(a, b, c);
    noteLosers(c, apart);

    writeAtOnce(all, ROUNDS);
    TestCluster.convergeAll(a, b, c);
    assertThat(losing).as("two losers a path, each time").hasSize(2 * 2 * PATHS);
    for (TestNode node : all) {
      await("every losing write on " + node.name())
          .atMost(SOON)
          .untilAsserted(() -> assertThat(copies(node)).containsAll(losing));
    }
    await("the same conflicts everywhere")
        .atMost(SOON)
        .untilAsserted(
            () -> {
              assertThat(listed(b)).isEqualTo(listed(a));
              assertThat(listed(c)).isEqualTo(listed(a));
            });

    c.dirsync("conflicts", "resolve", "--all", "--keep", "newest").succeeded();
    for (TestNode node : all) {
      await("no conflict on " + node.name()).atMost(SOON).until(() -> node.conflicts().isEmpty());
    }
    TestCluster.convergeAll(a, b, c);
    for (TestNode node : all) {
      assertThat(node.conflicts()).isEmpty();
      assertThat(CheckedFiles.count(node.root().resolve("shared"))).isEqualTo(PATHS);
    }
  }

  /**
   * Writes all paths on all nodes at the same time, so many times.
   *
   * @return what each node wrote last, by path
   */
  private Map<String, Set<String>> writeAtOnce(List<TestNode> nodes, int rounds) throws Exception {
    Map<String, Set<String>> last = new TreeMap<>();
    int from = written;
    written += rounds;
    try (ExecutorService threads = Executors.newFixedThreadPool(nodes.size())) {
      List<Future<Map<String, String>>> writers = new ArrayList<>();
      for (TestNode node : nodes) {
        writers.add(threads.submit(() -> write(node, from, rounds)));
      }
      for (Future<Map<String, String>> writer : writers) {
        writer
            .get()
            .forEach((path, text) -> last.computeIfAbsent(path, _ -> new HashSet<>()).add(text));
      }
    }
    return last;
  }

  private static Map<String, String> write(TestNode node, int from, int rounds) throws IOException {
    Map<String, String> last = new TreeMap<>();
    Files.createDirectories(node.root().resolve("shared"));
    for (int round = from; round < from + rounds; round++) {
      for (int i = 0; i < PATHS; i++) {
        String path = "shared/" + i;
        String text = path + " by " + node.name() + " in round " + round;
        Files.writeString(node.root().resolve(path), text);
        last.put(path, text);
      }
    }
    return last;
  }

  /** Of what was written while nobody heard of the others, one a path is shown. */
  private void noteLosers(TestNode node, Map<String, Set<String>> apart) throws IOException {
    for (var each : apart.entrySet()) {
      String shown = Files.readString(node.root().resolve(each.getKey()));
      assertThat(each.getValue()).as("what may be shown at %s", each.getKey()).contains(shown);
      Set<String> lost = new HashSet<>(each.getValue());
      lost.remove(shown);
      losing.addAll(lost);
    }
  }

  /** The contents of all conflict copies that a node lists. */
  private static Set<String> copies(TestNode node) throws IOException, InterruptedException {
    Set<String> contents = new HashSet<>();
    for (JsonObject conflict : node.conflicts()) {
      for (JsonElement copy : conflict.getAsJsonArray("copies")) {
        Path file = node.root().resolve(copy.getAsJsonObject().get("file").getAsString());
        contents.add(Files.readString(file));
      }
    }
    return contents;
  }

  /** What a node lists, as it does, but for what depends on the node that is asked. */
  private static List<String> listed(TestNode node) throws IOException, InterruptedException {
    List<String> listed = new ArrayList<>();
    for (JsonObject conflict : node.conflicts()) {
      String id = conflict.get("id") + " shows " + conflict.get("shown");
      listed.add(id);
      for (JsonElement copy : conflict.getAsJsonArray("copies")) {
        copy.getAsJsonObject().remove("keptUntil");
        listed.add(id + " not " + copy);
      }
    }
    return listed;
  }
}
