package io.dirsync.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Conflicts that end by themselves, between two real daemons. */
class PoliciesIT {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final String BASE = "1\n2\n3\n4\n5\n";

  @RegisterExtension private final TestCluster cluster = new TestCluster();

  private static void configure(TestNode node) throws IOException {
    Files.writeString(
        node.config(),
        """

        conflict = [
          { match = "*.txt", policy = "text" },
          { match = "*.log", policy = "union" },
          { match = "of-a/", policy = "prefer:a" },
          { match = "*.conf", policy = "manual" },
        ]
        """,
        StandardOpenOption.APPEND);
  }

  private static void write(TestNode node, Map<String, String> files) throws IOException {
    for (var file : files.entrySet()) {
      Path path = node.root().resolve(file.getKey());
      Files.createDirectories(path.getParent());
      Files.writeString(path, file.getValue());
    }
  }

  private static boolean inTrash(TestNode node, String text) throws IOException {
    try (Stream<Path> files = Files.walk(node.root().resolve(".dirsync/trash"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (Files.readString(file).equals(text)) {
          return true;
        }
      }
    }
    return false;
  }

  @Test
  void eachPatternsConflictsEndAsItsPolicySaysOnBothNodesAndNothingIsLost() throws Exception {
    TestNode a = cluster.node("a");
    TestNode b = cluster.node("b");
    TestCluster.join(a, b);
    configure(a);
    configure(b);
    a.dirsync("config", "check").succeeded();
    write(
        a,
        Map.of(
            "page.txt",
            BASE,
            "same.txt",
            BASE,
            "app.log",
            "1\n",
            "of-a/x",
            "1",
            "nginx.conf",
            "1"));
    TestCluster.start(a, b);
    TestCluster.converge(a, b);
    await("a and b to hold the ancestors")
        .atMost(SOON)
        .until(() -> ancestors(a) == 1 && ancestors(b) == 1);

    b.stop();
    write(
        a,
        Map.of(
            "page.txt",
            "a\n2\n3\n4\n5\n",
            "same.txt",
            "1\na\n3\n4\n5\n",
            "app.log",
            "1\na\n",
            "of-a/x",
            "by a",
            "nginx.conf",
            "by a"));
    await("a to have recorded it").until(() -> a.peer().get("behindFiles").getAsLong() == 5);
    write(
        b,
        Map.of(
            "page.txt",
            "1\n2\n3\n4\nb\n",
            "same.txt",
            "1\nb\n3\n4\n5\n",
            "app.log",
            "1\nb\n",
            "of-a/x",
            "by b",
            "nginx.conf",
            "by b"));
    b.start();
    for (TestNode node : List.of(a, b)) {
      await("what policies make of it on " + node.name())
          .atMost(SOON)
          .untilAsserted(
              () -> {
                assertThat(node.root().resolve("page.txt")).hasContent("a\n2\n3\n4\nb\n");
                assertThat(node.root().resolve("app.log")).hasContent("1\na\nb\n");
                assertThat(node.root().resolve("of-a/x")).hasContent("by a");
                assertThat(node.conflicts()).hasSize(2);
              });
    }
    TestCluster.converge(a, b);
    for (JsonObject conflict : b.conflicts()) {
      boolean text = conflict.get("path").getAsString().equals("same.txt");
      JsonObject copy = conflict.getAsJsonArray("copies").get(0).getAsJsonObject();
      assertThat(conflict.get("policy").getAsString()).isEqualTo(text ? "text" : "manual");
      assertThat(copy.get("keptUntil").isJsonNull()).isEqualTo(!text);
      if (text) {
        assertThat(conflict.get("left").getAsString()).isEqualTo("they changed the same lines");
      }
    }
    assertThat(b.dirsync("conflicts").succeeded().out())
        .contains("same.txt  left by the policy 'text': they changed the same lines")
        .contains("nginx.conf  kept until you decide");
    for (String lost : List.of("a\n2\n3\n4\n5\n", "1\na\n")) {
      assertThat(inTrash(a, lost)).as("what a wrote is in its trash: " + lost).isTrue();
    }
    for (String lost : List.of("1\n2\n3\n4\nb\n", "1\nb\n", "by b")) {
      assertThat(inTrash(b, lost)).as("what b wrote is in its trash: " + lost).isTrue();
    }
    for (TestNode node : List.of(a, b)) {
      // What the other wrote may have been settled before it was ever on this disk.
      String own = node.name();
      String other = own.equals("a") ? "b" : "a";
      String page = node.root().resolve("page.txt").toString();
      assertThat(node.dirsync("why", page).succeeded().out())
          .containsPattern(
              "the policy 'text'.* put it together of what several nodes wrote \\(rule 9\\)")
          .containsPattern(
              "gone: " + own + " .*  10 B  .*\\n.*/.dirsync/trash/.*/(conflicts/)?page.txt")
          .containsPattern("gone: " + other + " .*  10 B  ")
          .containsPattern("the policy 'text'.* made one file of it and of others \\(rule 9\\)");
      assertThat(node.dirsync("why", node.root().resolve("of-a/x").toString()).succeeded().out())
          .containsPattern("the policy 'prefer:a' \\(for .*\\) ended a conflict in favour of it")
          .containsPattern(
              own.equals("b") ? "gone: b .*\\n.*/.dirsync/trash/.*/of-a/x.*~" : "gone: b .*  4 B  ")
          .containsPattern("the policy 'prefer:a' .* ended the conflict in favour of another");
      assertThat(node.dirsync("why", node.root().resolve("same.txt").toString()).succeeded().out())
          .contains(
              "the policy 'text' leaves that to people: they changed the same lines (rule 9)");
      assertThat(node.dirsync("log", node.root().toString()).succeeded().out())
          .containsPattern("wrote  page.txt  10 B  by the policy 'text'")
          .containsPattern("wrote  app.log  6 B  by the policy 'union'")
          .contains("dropped a version  of-a/x");
    }
  }

  private static long ancestors(TestNode node) throws IOException {
    Path directory = node.root().resolve(".dirsync/ancestors");
    if (!Files.exists(directory)) {
      return 0;
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.count();
    }
  }
}
