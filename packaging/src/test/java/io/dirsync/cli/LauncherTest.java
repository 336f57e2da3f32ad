package io.dirsync.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code packaging/run} in a copy of the tree with a Maven that only counts and a Java that only
 * prints what it is started with; no other program but the shell's tools is on its path.
 */
@Timeout(120)
class LauncherTest {
  private static final List<String> TOOLS =
      List.of(
          "bash",
          "cat",
          "dirname",
          "env",
          "find",
          "flock",
          "grep",
          "mkdir",
          "mktemp",
          "mv",
          "readlink",
          "rm",
          "sed",
          "sleep",
          "timeout");
  private static final List<String> MODULES =
      List.of("conflict", "watcher", "protocol", "sync-engine", "packaging");

  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private @TempDir Path directory;

  private final Map<String, String> environment = new TreeMap<>();
  private Path root = Path.of("");
  private Path run = Path.of("");
  private Path bin = Path.of("");
  private Path jdks = Path.of("");

  private record Ended(int code, List<String> out, String err) {}

  @BeforeEach
  void copyTheTree() throws Exception {
    root = directory.resolve("a place with spaces/dirsync");
    bin = Files.createDirectory(directory.resolve("bin"));
    jdks = Files.createDirectory(directory.resolve("jvm"));
    for (String tool : TOOLS) {
      Path found =
          Path.of("/usr/bin", tool).toFile().exists()
              ? Path.of("/usr/bin", tool)
              : Path.of("/bin", tool);
      Files.createSymbolicLink(bin.resolve(tool), found);
    }
    for (String module : MODULES) {
      Files.createDirectories(root.resolve(module).resolve("src/main"));
      Files.writeString(root.resolve(module).resolve("pom.xml"), "");
    }
    Files.writeString(root.resolve("pom.xml"), "");
    // The machine's own JDKs must not be found.
    String script =
        Files.readString(Path.of("run"))
            .replace("/usr/lib/jvm/* /opt/java/* /opt/jdk*", "\"" + jdks + "\"/*");
    assertThat(script).contains(jdks.toString());
    run = root.resolve("packaging/run");
    script(run, script);
    Files.copy(Path.of("jvm-options"), root.resolve("packaging/jvm-options"));
    script(
        bin.resolve("mvn"),
        "#!/usr/bin/env bash\necho \"$PWD $JAVA_HOME\" >>'" + directory + "/built'\n");
    environment.put("PATH", bin.toString());
    environment.put("LC_ALL", "C.UTF-8");
  }

  private static void script(Path file, String text) throws IOException {
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Path jdk(String name, String version) throws IOException {
    Path jdk = jdks.resolve(name);
    Files.createDirectories(jdk.resolve("bin"));
    Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
    script(
        jdk.resolve("bin/java"),
        "#!/usr/bin/env bash\necho \"of $0\"; echo \"locale $LC_ALL\"\nprintf '%s\\n' \"$@\"\n");
    return jdk;
  }

  private Process start(Path command, String... arguments) throws IOException {
    List<String> line = new ArrayList<>(List.of(command.toString()));
    line.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(line).directory(directory.toFile());
    builder.environment().clear();
    builder.environment().putAll(environment);
    return builder.start();
  }

  private static Ended end(Process process) throws Exception {
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Ended(process.waitFor(), out.lines().toList(), err);
  }

  private Ended dirsync(String... arguments) throws Exception {
    return end(start(run, arguments));
  }

  private List<String> builds() throws IOException {
    Path built = directory.resolve("built");
    return Files.exists(built) ? Files.readAllLines(built) : List.of();
  }

  @Test
  void buildsOnceAndThenRunsWithItsArgumentsAsTheyAre() throws Exception {
    Path jdk = jdk("jdk-25", "25.0.3");
    Ended first = dirsync("status", "a b", "", "*");
    assertThat(first.code()).as(first.err()).isZero();
    assertThat(first.err()).isEqualTo("building dirsync, once ...\n");
    assertThat(first.out()).startsWith("of " + jdk + "/bin/java");
    assertThat(first.out()).endsWith("io.dirsync.cli.Main", "status", "a b", "", "*");
    assertThat(dirsync("status").err()).isEmpty();
    assertThat(builds()).containsExactly(root + " " + jdk);
  }

  @Test
  void buildsAgainWhenASourceIsNewer() throws Exception {
    jdk("jdk-25", "25");
    dirsync("version");
    Path source = Files.writeString(root.resolve("protocol/src/main/A.java"), "");
    Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(60)));
    assertThat(dirsync("version").err()).startsWith("building");
    assertThat(builds()).hasSize(2);
  }

  @Test
  void isFoundThroughLinksFromAnywhere() throws Exception {
    jdk("jdk-25", "25.0.3");
    Path absolute = Files.createSymbolicLink(directory.resolve("one"), run);
    Path relative = Files.createSymbolicLink(directory.resolve("two"), Path.of("one"));
    for (Path link : List.of(absolute, relative, directory.relativize(relative))) {
      Ended ended = end(start(link.isAbsolute() ? link : Path.of("./" + link), "id"));
      assertThat(ended.code()).as(ended.err()).isZero();
      assertThat(ended.out()).endsWith("io.dirsync.cli.Main", "id");
    }
    assertThat(builds()).hasSize(1);
  }

  @Test
  void twoAtOnceOnFirstUseBuildOnce() throws Exception {
    Path jdk = jdk("jdk-25", "25.0.3");
    Process first = start(run, "id");
    Process second = start(run, "id");
    assertThat(List.of(end(first).code(), end(second).code())).containsOnly(0);
    assertThat(builds()).containsExactly(root + " " + jdk);
  }

  @Test
  void saysWhatToInstallWhenThereIsNoJdk25() throws Exception {
    environment.put("JAVA_HOME", jdk("jdk-17", "17.0.1").toString());
    jdk("jdk-250", "250.1");
    Ended ended = dirsync("status");
    assertThat(ended.code()).isEqualTo(ExitCode.FAILED);
    assertThat(ended.out()).isEmpty();
    assertThat(ended.err())
        .startsWith("error: dirsync needs a JDK 25, and none was found\n")
        .contains("  why:  ", "  do:   install one", "JAVA_HOME");
    assertThat(builds()).isEmpty();
  }

  @Test
  void takesJavaHomeFirstAndTheOneOnThePathLast() throws Exception {
    Path onPath = jdk("elsewhere", "25.0.1");
    Path moved = Files.move(onPath, directory.resolve("elsewhere"));
    Files.createSymbolicLink(bin.resolve("java"), moved.resolve("bin/java"));
    assertThat(dirsync("id").out()).startsWith("of " + moved + "/bin/java");
    jdk("jdk-25", "25.0.3");
    Path home = Files.move(jdk("home", "25.0.2"), directory.resolve("home"));
    environment.put("JAVA_HOME", home.toString());
    assertThat(dirsync("id").out()).startsWith("of " + home + "/bin/java");
  }

  @Test
  void saysSoWhenMavenIsMissingAndShowsWhatAFailedBuildSaid() throws Exception {
    jdk("jdk-25", "25.0.3");
    script(bin.resolve("mvn"), "#!/usr/bin/env bash\necho 'no network'; exit 1\n");
    Ended failed = dirsync("id");
    assertThat(failed.code()).isEqualTo(ExitCode.FAILED);
    assertThat(failed.out()).isEmpty();
    assertThat(failed.err()).contains("no network\n", "error: the build failed");
    Files.delete(bin.resolve("mvn"));
    assertThat(dirsync("id").err()).contains("mvn (Maven 3.8.6 or newer) was not found");
  }

  @Test
  void givesJavaALocaleThatTakesEveryPath() throws Exception {
    jdk("jdk-25", "25.0.3");
    environment.put("LC_ALL", "C");
    assertThat(dirsync("id").out()).contains("locale C.UTF-8");
    environment.put("LC_ALL", "ja_JP.UTF-8");
    assertThat(dirsync("id").out()).contains("locale ja_JP.UTF-8");
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> found = Files.list(directory)) {
      return found.map(file -> file.getFileName().toString()).toList();
    }
  }

  @Test
  void nodesAndCommandsStartFromWhatTheBuildHasTrainedIfThatWorked() throws Exception {
    Path jdk = jdk("jdk-25", "25.0.3");
    assertThat(dirsync("sync").out()).noneMatch(option -> option.startsWith("-XX:AOT"));
    script(
        jdk.resolve("bin/java"),
        """
        #!/usr/bin/env bash
        for option in "$@"; do
          case $option in -XX:AOTCacheOutput=*) echo trained >"${option#*=}" ;; esac
        done
        printf '%s\\n' "$@"
        """);
    Path source = Files.writeString(root.resolve("protocol/src/main/A.java"), "");
    Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(60)));
    Path target = root.resolve("packaging/target");
    String ofNodes = "-XX:AOTCache=" + target.resolve("dirsync-node.aot");
    assertThat(dirsync("sync").out()).contains(ofNodes);
    assertThat(dirsync("daemon").out()).contains(ofNodes);
    assertThat(dirsync("status").out())
        .contains("-XX:AOTCache=" + target.resolve("dirsync-command.aot"));
    assertThat(names(target)).noneMatch(name -> name.startsWith("train"));
  }

  @Test
  void anInterruptedTrainingLeavesNothingBehind() throws Exception {
    Path started = Files.writeString(directory.resolve("started"), "");
    script(
        jdk("jdk-25", "25.0.3").resolve("bin/java"),
        """
        #!/usr/bin/env bash
        case " $* " in
          *' daemon '* | *' flush '*)
            echo $$ >>'STARTED'
            exec sleep 100
            ;;
        esac
        """
            .replace("STARTED", started.toString()));
    Process build = start(Path.of("/usr/bin/setsid"), run.toString(), "version");
    await("two daemons and a flush")
        .failFast("the build has ended", () -> !build.isAlive())
        .until(() -> Files.readAllLines(started).size() == 3);
    // As Ctrl-C does, to all in the foreground.
    new ProcessBuilder("kill", "-INT", "--", "-" + build.pid()).start().waitFor();
    assertThat(end(build).code()).isEqualTo(130);
    for (String process : Files.readAllLines(started)) {
      ProcessHandle.of(Long.parseLong(process)).ifPresent(left -> left.onExit().join());
    }
    assertThat(names(root.resolve("packaging/target"))).noneMatch(name -> name.startsWith("train"));
  }

  @Test
  void boundsTheMemoryOfNodesAndStartsCommandsQuickly() throws Exception {
    jdk("jdk-25", "25.0.3");
    for (String node : List.of("daemon", "sync")) {
      assertThat(dirsync(node).out()).contains("-Xmx128m").doesNotContain("-Xmx96m");
    }
    assertThat(dirsync("status").out()).contains("-Xmx96m").doesNotContain("-Xmx128m");
    assertThat(dirsync("--config", "c.toml", "daemon").out()).contains("-Xmx128m");
    assertThat(dirsync("--config=c.toml", "daemon").out()).contains("-Xmx128m");
    assertThat(dirsync("--config", "daemon", "status").out()).contains("-Xmx96m");
  }
}
