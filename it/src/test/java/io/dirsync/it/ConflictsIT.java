package io.dirsync.it;

import static io.dirsync.it.TestCluster.FOLDER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonObject;
import io.dirsync.it.Program.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What people do about conflicts, between two real daemons. */
class ConflictsIT {
  private static final Duration SOON = Duration.ofSeconds(30);

  @RegisterExtension private final TestCluster cluster = new TestCluster();

  @SuppressWarnings("NullAway.Init") // made before each test
  private TestNode a;

  @SuppressWarnings("NullAway.Init")
  private TestNode b;

  @BeforeEach
  void makeConflicts() throws Exception {
    a = cluster.node("a");
    b = cluster.node("b");
    TestCluster.join(a, b);
    Program.script(a.root(), "for i in 1 2 3 4; do echo base > page$i.html; done");
    TestCluster.start(a, b);
    TestCluster.converge(a, b);
    b.stop();
    Program.script(a.root(), "for i in 1 2 3 4; do echo of a > page$i.html; done");
    await("a to have recorded it").until(() -> a.peer().get("behindFiles").getAsLong() == 4);
    Program.script(b.root(), "for i in 1 2 3 4; do echo of b > page$i.html; done");
    b.start();
    TestCluster.converge(a, b);
    awaitConflicts(4);
  }

  private void awaitConflicts(int count) {
    for (TestNode node : List.of(a, b)) {
      await("conflicts on " + node.name())
          .atMost(SOON)
          .until(() -> node.conflicts().size() == count);
    }
  }

  private static String id(TestNode node, String path) throws Exception {
    for (JsonObject conflict : node.conflicts()) {
      if (conflict.get("path").getAsString().equals(path)) {
        return conflict.get("id").getAsString();
      }
    }
    throw new AssertionError(node.name() + " lists no conflict of " + path);
  }

  private static String read(TestNode node, String path) throws IOException {
    return Files.readString(node.root().resolve(path)).strip();
  }

  /** Whether some file in the trash holds a text. */
  private static boolean inTrash(TestNode node, String text) throws IOException {
    try (Stream<Path> files = Files.walk(node.root().resolve(".dirsync/trash"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (Files.readString(file).strip().equals(text)) {
          return true;
        }
      }
    }
    return false;
  }

  private void awaitBoth(String path, String text) {
    for (TestNode node : List.of(a, b)) {
      await(path + " on " + node.name()).atMost(SOON).until(() -> read(node, path).equals(text));
    }
  }

  @Test
  void aConflictIsShownAndEndedAsPeopleSayOnEveryNodeAndThatCanBeUndone() throws Exception {
    String winner = read(a, "page1.html").substring(3);
    String loser = winner.equals("a") ? "b" : "a";
    String page1 = id(a, "page1.html");

    Ended shown = b.dirsync("conflicts", "show", page1, "--diff").succeeded();
    assertThat(shown.out())
        .contains(page1 + "  " + FOLDER + "  page1.html")
        .contains("shown  " + winner)
        .contains("copy   " + loser)
        .contains("-of " + winner)
        .contains("+of " + loser);

    Ended trial =
        a.dirsync("conflicts", "resolve", "--all", "--keep", loser, "--dry-run").succeeded();
    assertThat(trial.out().lines()).hasSize(4).allMatch(line -> line.contains("would keep"));
    assertThat(a.conflicts()).hasSize(4);
    assertThat(a.dirsync("conflicts", "resolve", page1, "--keep", "nobody").ended(1).error())
        .contains("'nobody' wrote none of the versions of page1.html; they are by a, b");
    assertThat(a.dirsync("conflicts", "resolve", "0000", "--keep", "both").ended(1).error())
        .contains("there is no conflict '0000' here");

    String page2 = id(a, "page2.html");
    String page3 = id(a, "page3.html");
    a.dirsync("conflicts", "resolve", page1, "--keep", loser).succeeded();
    awaitConflicts(3);
    awaitBoth("page1.html", "of " + loser);
    assertThat(inTrash(a, "of " + winner)).isTrue();
    assertThat(inTrash(b, "of " + winner)).isTrue();

    Ended both = b.dirsync("conflicts", "resolve", page2, "--keep", "both").succeeded();
    String beside = both.out().strip().replaceFirst("^.* ", "");
    assertThat(beside).startsWith("page2~" + loser + "-").endsWith(".html");
    awaitConflicts(2);
    awaitBoth("page2.html", "of " + winner);
    awaitBoth(beside, "of " + loser);

    Path merged = Files.writeString(cluster.directory().resolve("merged"), "of both\n");
    a.dirsync("conflicts", "resolve", page3, "--keep", merged.toString()).succeeded();
    awaitConflicts(1);
    awaitBoth("page3.html", "of both");

    b.dirsync("conflicts", "resolve", "--all", "--keep", "newest").succeeded();
    awaitConflicts(0);
    awaitBoth("page4.html", "of " + winner);
    TestCluster.converge(a, b);

    a.dirsync("conflicts", "undo", page1, page3).succeeded();
    awaitConflicts(2);
    awaitBoth("page1.html", "of " + winner);
    awaitBoth("page3.html", "of " + winner);
    String kept =
        b.conflicts()
            .getFirst()
            .getAsJsonArray("copies")
            .get(0)
            .getAsJsonObject()
            .get("file")
            .getAsString();
    assertThat(read(b, kept)).isEqualTo("of " + loser);
    assertThat(a.dirsync("conflicts", "undo", page1).ended(1).error()).contains("nothing is known");
    assertThat(a.dirsync("conflicts", "undo", page2).ended(1).error())
        .contains("what was resolved on another node is undone there");
    TestCluster.converge(a, b);
  }

  @Test
  void aPathSaysWhyItShowsWhatItShowsAndWhatWasDoneToIt() throws Exception {
    String winner = read(a, "page1.html").substring(3);
    String loser = winner.equals("a") ? "b" : "a";
    for (TestNode node : List.of(a, b)) {
      String path = node.root().resolve("page1.html").toString();
      List<String> why = node.dirsync("why", path).succeeded().out().lines().toList();
      assertThat(why).hasSize(5);
      assertThat(why.getFirst()).isEqualTo("page1.html in " + FOLDER + " shows a file");
      assertThat(why.get(1)).startsWith("  " + winner + "  ").endsWith("  " + path);
      assertThat(why.get(2)).isEqualTo("      the path shows this content (rule 2)");
      assertThat(why.get(3)).startsWith("  " + loser + "  ").contains("/.dirsync/conflicts/page1");
      assertThat(why.get(4)).contains("conflict copy (rule 2)");
    }
    Program.script(a.root(), "rm page1.html ; mv page2.html new.html");
    TestCluster.converge(a, b);
    assertThat(b.dirsync("why", b.root().resolve("page1.html").toString()).succeeded().out())
        .contains("page1.html in " + FOLDER + " shows nothing")
        .contains("was a conflict copy when someone wrote or removed the path")
        .contains("(rule 6)");

    String log = b.dirsync("log", b.root().toString()).succeeded().out();
    assertThat(log)
        .containsPattern("  b  wrote  page1.html  5 B\n")
        .containsPattern("  a  wrote  page1.html  5 B  \\(from a\\)\n")
        .containsPattern("  -  removed  page1.html  \\(from a\\)\n")
        .containsPattern("  a  moved here  new.html  5 B  from page2.html  \\(from a\\)\n");
    assertThat(b.dirsync("log", b.root().resolve("page1.html").toString()).succeeded().out())
        .contains("page1.html")
        .doesNotContain("page2.html");
    assertThat(b.dirsync("log", cluster.directory().toString()).ended(1).error())
        .contains("lies in no folder of this node; there are: " + FOLDER);
  }
}
