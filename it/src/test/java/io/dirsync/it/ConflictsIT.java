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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

  private final Map<String, String> ids = new HashMap<>();

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
    for (JsonObject conflict : a.conflicts()) {
      ids.put(conflict.get("path").getAsString(), conflict.get("id").getAsString());
    }
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
        .contains("'nobody' wrote none of the versions of page1.html; they are by a, b")
        .doesNotContain("./nobody");
    Files.writeString(a.root().resolveSibling("merged"), "merged by hand");
    assertThat(a.dirsync("conflicts", "resolve", page1, "--keep", "merged").ended(1).error())
        .contains("do:   --keep ./merged ");
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
    assertThat(a.dirsync("log", a.root().resolve("page3.html").toString()).succeeded().out())
        .contains("  a  wrote  page3.html  8 B  by `conflicts resolve --keep FILE` on a")
        .doesNotContain("removed");

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
  void aConflictThatAPersonEndedSaysWhoDidHowAndWhereTheOtherBytesAre() throws Exception {
    String winner = read(a, "page1.html").substring(3);
    String loser = winner.equals("a") ? "b" : "a";
    a.dirsync("conflicts", "resolve", id(a, "page1.html"), "--keep", "newest").succeeded();
    a.dirsync("conflicts", "resolve", id(a, "page2.html"), "--keep", loser).succeeded();
    awaitConflicts(2);
    TestCluster.converge(a, b);
    for (TestNode node : List.of(a, b)) {
      assertThat(why(node, "page1.html"))
          .contains("`conflicts resolve --keep newest` on a ended a conflict in favour of it")
          .containsPattern("gone: " + loser + " .*\n.*/.dirsync/trash/.*page1.html.*~")
          .contains(
              "`conflicts resolve --keep newest` on a ended the conflict in favour of another")
          .contains("(rule 10)");
      assertThat(why(node, "page2.html"))
          .containsPattern("gone: " + winner + " .*\n.*/.dirsync/trash/.*page2.html.*~")
          .contains("`conflicts resolve --keep " + loser + "` on a gave the name to this content");
      assertThat(node.dirsync("log", node.root().resolve("page1.html").toString()).out())
          .contains(
              "  a  dropped a version  page1.html  by `conflicts resolve --keep newest` on a");
    }
    a.dirsync("conflicts", "undo", id("page1.html")).succeeded();
    awaitConflicts(3);
    TestCluster.converge(a, b);
    assertThat(why(b, "page1.html"))
        .contains("`conflicts undo` on a made it a conflict copy again (rule 10)");
  }

  private static String why(TestNode node, String path) throws Exception {
    return node.dirsync("why", node.root().resolve(path).toString()).succeeded().out();
  }

  @Test
  void anEditThatFollowedAMoveIsInTheLogOfBothNamesAndSoIsTheMove() throws Exception {
    b.stop();
    Program.script(a.root(), "echo base > f ; sync f");
    await("a to have recorded it").until(() -> a.peer().get("behindFiles").getAsLong() > 0);
    b.start();
    TestCluster.converge(a, b);
    b.stop();
    Program.script(a.root(), "mv f g");
    await("a to have recorded it").until(() -> a.peer().get("behindFiles").getAsLong() > 0);
    Program.script(b.root(), "echo edited > f");
    b.start();
    TestCluster.converge(a, b);
    awaitBoth("g", "edited");
    for (TestNode node : List.of(a, b)) {
      for (String path : List.of("f", "g")) {
        assertThat(node.dirsync("log", node.root().resolve(path).toString()).succeeded().out())
            .as("log of %s on %s", path, node.name())
            .contains("  b  wrote  f  7 B  which follows the move to g")
            .containsPattern("  a  moved (here  g  5 B  from f|away  f  to g)");
      }
    }
  }

  @Test
  void undoBringsBackExactlyWhatWasThereOnAllNodes() throws Exception {
    Program.script(a.root(), "chmod 640 page1.html ; chmod 600 page2.html");
    TestCluster.converge(a, b);
    String before = everything(a);
    assertThat(everything(b)).isEqualTo(before);
    Path merged = Files.writeString(cluster.directory().resolve("merged"), "of both\n");
    List<String> keeps = List.of("newest", "both", "a", "b", merged.toString());
    for (int i = 0; i < keeps.size(); i++) {
      TestNode node = i % 2 == 0 ? a : b;
      String id = id("page" + (i % 2 + 1) + ".html");
      // A copy that was brought back is by the node that did it.
      String keep = keeps.get(i);
      node.dirsync("conflicts", "resolve", id, "--keep", keep).succeeded();
      awaitConflicts(3);
      TestCluster.converge(a, b);
      node.dirsync("conflicts", "undo", id).succeeded();
      awaitConflicts(4);
      TestCluster.converge(a, b);
      for (TestNode each : List.of(a, b)) {
        assertThat(everything(each)).as("on %s, undone: %s", each.name(), keep).isEqualTo(before);
      }
    }
    a.dirsync("conflicts", "resolve", "--all", "--keep", "newest").succeeded();
    awaitConflicts(0);
    a.dirsync("conflicts", "undo", id("page3.html")).succeeded();
    awaitConflicts(1);
    assertThat(b.conflicts().getFirst().get("path").getAsString()).isEqualTo("page3.html");
  }

  /**
   * Names, modes, times and contents of all files, and of all conflict copies but for their dots.
   */
  private static String everything(TestNode node) throws Exception {
    return Program.script(
            node.root(),
            "for f in * .dirsync/conflicts/*; do"
                + " echo \"${f%@*} $(stat -c '%a %y' \"$f\") $(cat \"$f\")\"; done | sort")
        .succeeded()
        .out();
  }

  /** An id is the same whether or not the path is in conflict. */
  private String id(String path) {
    return java.util.Objects.requireNonNull(ids.get(path));
  }

  @Test
  void aPathSaysWhyItShowsWhatItShowsAndWhatWasDoneToIt() throws Exception {
    String winner = read(a, "page1.html").substring(3);
    String loser = winner.equals("a") ? "b" : "a";
    for (TestNode node : List.of(a, b)) {
      String path = node.root().resolve("page1.html").toString();
      List<String> why = node.dirsync("why", path).succeeded().out().lines().toList();
      assertThat(why.getFirst()).isEqualTo("page1.html in " + FOLDER + " shows a file");
      assertThat(why.get(1)).startsWith("  " + winner + "  ").contains("  5 B  ");
      assertThat(why.get(2)).isEqualTo("      " + path);
      assertThat(why.get(3)).contains("it is the newest (rule 2)");
      assertThat(why.get(4)).startsWith("  " + loser + "  ").contains("  5 B  ");
      assertThat(why.get(5)).contains("/.dirsync/conflicts/page1.html@" + loser);
      assertThat(why.get(6)).contains("conflict copy (rule 2)");
      assertThat(why.get(7)).startsWith("  gone: a  ");
      assertThat(String.join("\n", why))
          .contains(": " + node.name() + " saw it and wrote over it (rule 1)");
    }
    Program.script(a.root(), "rm page1.html ; mv page2.html new.html");
    TestCluster.converge(a, b);
    assertThat(b.dirsync("why", b.root().resolve("page1.html").toString()).succeeded().out())
        .contains("page1.html in " + FOLDER + " shows nothing")
        .contains("was a conflict copy when someone wrote or removed the path")
        .contains("(rule 6)")
        .containsPattern("gone: " + winner + " .*\n.*/.dirsync/trash/.*/page1.html~")
        .contains(": someone who saw it removed it; learnt from a (rule 1)");
    assertThat(b.dirsync("why", b.root().resolve("page2.html").toString()).succeeded().out())
        .contains(": a moved it to new.html (rule 1)");
    assertThat(b.dirsync("why", b.root().resolve("new.html").toString()).succeeded().out())
        .contains("this content, moved here from page2.html, where " + winner + " had written it");

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
