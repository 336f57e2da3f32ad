package io.dirsync.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dirsync.it.Program.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The program that measures is itself tried, in its smallest form: its figures mean nothing then.
 */
final class CompareIT {
  private static final Path BENCH = Path.of("bench").toAbsolutePath();
  private static final List<String> WORKLOADS =
      List.of("W1", "W2", "W3a", "W3b", "W3c", "W4 meeting", "W4", "W5", "W6", "W7", "W8", "W10");

  @RegisterExtension final TestCluster cluster = new TestCluster();

  @BeforeEach
  void needPython() throws InterruptedException {
    assumeTrue(Program.works("python3", "--version"), "python3 is not installed");
  }

  @Test
  void everyWorkloadEndsWithEqualTreesAndHasItsRow() throws Exception {
    Path document = cluster.directory("document").resolve("table.md");
    Files.writeString(
        document,
        """
        before
        <!-- compare: begin -->
        an older table
        <!-- compare: end -->
        <!-- grow: begin -->
        <!-- grow: end -->
        <!-- micro: begin -->
        <!-- micro: end -->
        behind
        """);
    Ended ended =
        compare("--scale", "tiny", "--peers", "dirsync", "--write", document.toString())
            .succeeded();
    assertThat(ended.out()).doesNotContain("failed");
    String written = Files.readString(document);
    assertThat(written)
        .startsWith("before\n<!-- compare: begin -->\n" + ended.out() + "<!-- compare: end -->\n")
        .contains("<!-- compare: end -->\n<!-- grow: begin -->\n<!-- grow: end -->\n")
        .endsWith("<!-- micro: begin -->\n<!-- micro: end -->\nbehind\n")
        .doesNotContain("an older table");
    for (String workload : WORKLOADS) {
      assertThat(ended.out())
          .containsPattern("\\| \\*\\*" + workload + "\\*\\* .*\\| [\\d.,]+ \\|");
    }
    assertThat(ended.out())
        .containsPattern("ms both ways at once, p99 \\| [\\d.,]+ \\|")
        .containsPattern("ms beside a large file on its way, p99 \\| [\\d.,]+ \\|");
  }

  @Test
  void aTreeOfASizeThatIsAskedForHasItsRow() throws Exception {
    Ended ended = compare("--scale", "tiny", "--grow", "100").succeeded();
    assertThat(ended.out()).containsPattern("\\n\\| 100( \\| [\\d.,]+){7} \\|\\n");
  }

  @Test
  void microbenchmarksHaveOtherProgramsBesideThem() throws Exception {
    Path results = cluster.directory().resolve("jmh.json");
    String result =
        """
        {"benchmark": "io.dirsync.it.bench.delta.RollingScanBenchmark.%s", "jdkVersion": "25",
         "params": {"mebibytes": "64"}, "primaryMetric": {"score": %s, "scoreUnit": "ms/op"}}
        """;
    Files.writeString(
        results,
        "[%s, %s]".formatted(result.formatted("dirsync", 389.93), result.formatted("rdiff", 1730)));
    Ended ended = compare("--micro", results.toString()).succeeded();
    assertThat(ended.out())
        .contains("| rolling scan, mebibytes 64: ms | 389.9 | rdiff 1,730.0 |\n");
  }

  @Test
  void aDocumentWithoutMarksIsRefusedBeforeAnythingIsMeasured() throws Exception {
    Path document = cluster.directory().resolve("plain.md");
    Files.writeString(document, "no marks\n");
    Ended ended = compare("--scale", "full", "--write", document.toString()).ended(1);
    assertThat(ended.error()).contains("plain.md has no lines <!-- compare: begin -->");
    assertThat(Files.readString(document)).isEqualTo("no marks\n");
  }

  @Test
  void runsOfTwoFilesInOneAreRefusedInsteadOfMadeATable() throws Exception {
    compare("--scale", "tiny", "--workloads", "W2", "--peers", "dirsync").succeeded();
    Path runs = cluster.directory("runs").resolve("runs.jsonl");
    assertThat(compare("--table", runs.toString()).succeeded().out()).contains("| **W2** ");
    String once = Files.readString(runs);
    Files.writeString(runs, once + once);
    assertThat(compare("--table", runs.toString()).ended(1).error())
        .contains("runs.jsonl:3: here begins another --out");
    Files.writeString(runs, once.lines().skip(1).collect(Collectors.joining("\n")));
    assertThat(compare("--table", runs.toString()).ended(1).error())
        .contains("runs.jsonl is no file that --out has written");
  }

  @Test
  void aRunAfterWhichTreesDifferHasFailed() throws Exception {
    Path trees = cluster.directory("trees");
    Program.script(
        trees,
        """
        mkdir a; cd a
        for name in content mode mtime size same; do echo "$name" >"$name"; done
        ln -s here link; mkdir directory
        cp -a . ../b; cd ../b
        echo CONTENT >content; touch -r ../a/content content
        chmod 600 mode; touch -d @1 mtime; echo more >>size; ln -sfn there link; touch new
        rmdir directory; echo file >directory
        mkdir .own; echo own >.own/file
        """);
    String program =
        """
        import sys
        sys.path.insert(0, sys.argv[1])
        sys.dont_write_bytecode = True
        import trees
        print("\\n".join(trees.differences("a", "b", 1, (".own",))))
        """;
    String told =
        Program.run(trees, Map.of(), List.of("python3", "-c", program, BENCH.toString()))
            .succeeded()
            .out();
    assertThat(told.lines().map(line -> line.substring(0, line.indexOf(':'))))
        .containsExactly(
            "'content'", "'directory'", "'link'", "'mode'", "'mtime'", "'new'", "'size'");
  }

  @Test
  void aPeerThatIsNotInstalledIsNamedWithItsPackage() throws Exception {
    Path python =
        Path.of(
            Program.script(Path.of("/"), "python3 -c 'import sys; print(sys.executable)'")
                .out()
                .strip());
    Ended ended =
        Program.run(
            cluster.directory(),
            Map.of("PATH", cluster.directory("nothing").toString()),
            List.of(python.toString(), BENCH + "/compare", "--peers", "lsyncd,unison"));
    assertThat(ended.ended(1).error())
        .contains("not installed: lsyncd, rsync, unison")
        .contains("apt-get install lsyncd rsync unison");
  }

  private Ended compare(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(BENCH + "/compare"));
    command.addAll(
        List.of("--dirsync", launcher().toString(), "--data", cluster.directory().toString()));
    command.addAll(List.of("--out", cluster.directory("runs").resolve("runs.jsonl").toString()));
    command.addAll(List.of(arguments));
    return Program.run(cluster.directory(), Map.of("LC_ALL", "C.UTF-8"), command);
  }

  /** What packaging built, as one command; its own launcher might build again. */
  private Path launcher() throws IOException {
    Path script = cluster.directory().resolve("dirsync");
    String text =
        """
        #!/bin/sh
        export MALLOC_ARENA_MAX=2
        case $1 in
          daemon) exec %s "$@" ;;
          *) exec %s "$@" ;;
        esac
        """;
    Files.writeString(script, text.formatted(start("daemon"), start("status")));
    assertThat(script.toFile().setExecutable(true)).isTrue();
    return script;
  }

  private static String start(String kind) {
    List<String> command = Distribution.command(kind);
    List<String> quoted =
        command.subList(0, command.size() - 1).stream().map(word -> "'" + word + "'").toList();
    return String.join(" ", quoted);
  }
}
