package io.dirsync.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {
  private static final String ID = "DS1-" + "A".repeat(52);

  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private @TempDir Path directory;

  /** What a command printed, and its exit code. */
  private record Ended(int code, String out, String err) {}

  private static Ended dirsync(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code = Main.run(new PrintWriter(out), new PrintWriter(err), arguments);
    return new Ended(code, out.toString(), err.toString());
  }

  private Ended node(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--config", directory.resolve("c.toml").toString()));
    return dirsync(all.toArray(String[]::new));
  }

  private void init() {
    Ended ended = node("init", "--name", "w1", "--data-dir", directory.resolve("data").toString());
    assertThat(ended.code()).as(ended.err()).isEqualTo(ExitCode.DONE);
  }

  static Stream<Arguments> wrong() {
    return Stream.of(
        argumentSet("no command", "", "a command is missing"),
        argumentSet("a typing error", "statsu", "unknown command 'statsu'; did you mean 'status'?"),
        argumentSet("no command near", "frobnicate", "unknown command 'frobnicate'"),
        argumentSet("a command of later", "plan", "'plan' is planned, but not in this version"),
        argumentSet(
            "an option", "sync a b --wach", "unknown option '--wach'; did you mean '--watch'?"),
        argumentSet("too many", "sync a b c", "unexpected argument 'c'"),
        argumentSet("too few", "sync a", "missing: B"),
        argumentSet("a required option", "init", "missing: --name NAME"),
        argumentSet("a group alone", "peer", "which of them: dirsync peer add, dirsync peer list?"),
        argumentSet("a verb of a group", "folder lst", "did you mean 'list'?"),
        argumentSet("help of nothing", "help nonsense", "unknown command 'nonsense'"),
        argumentSet("help of half", "help peer nonsense", "unknown command 'nonsense'"),
        argumentSet(
            "nothing to resolve", "conflicts resolve --keep newest", "missing: ID, or --all"),
        argumentSet("all and one", "conflicts resolve 0a --all --keep newest", "not both"),
        argumentSet(
            "nothing to keep", "conflicts resolve 0a", "missing: --keep NODE|newest|both|FILE"),
        argumentSet("a file for all", "conflicts resolve --all --keep ./f", "name one ID"),
        argumentSet("nothing to undo", "conflicts undo", "missing: ID"),
        argumentSet("nothing to explain", "why", "missing: PATH"),
        argumentSet("no time to look back", "log x --since 5", "'5' is no time"),
        argumentSet("nothing to show", "conflicts show", "missing: ID"),
        argumentSet("nothing to resume", "folder resume --as-new", "missing: NAME"),
        argumentSet("no time", "flush --timeout 60", "'60' is no time"),
        argumentSet("an id", "peer add w2 --id DS1", "is no node id"),
        argumentSet("two that are not there", "sync /no/a /no/b", "its parent does not either"));
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void aWrongCommandLineIsExplainedAndEndsWith2(String line, String problem) {
    Ended ended = dirsync(line.isEmpty() ? new String[0] : line.split(" "));
    assertThat(ended.code()).isEqualTo(ExitCode.USAGE);
    assertThat(ended.out()).isEmpty();
    assertThat(ended.err()).contains("error: ").contains(problem);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "folder resume w",
        "folder resume w --as-stale --as-truth",
        "folder resume --as-new w --as-stale",
        "folder resume w --as-stale --as-truth --as-new"
      })
  void oneOfTheWaysToResumeAFolderIsToBeChosenAndEachIsExplained(String line) {
    Ended ended = dirsync(line.split(" "));
    assertThat(ended.code()).isEqualTo(ExitCode.USAGE);
    assertThat(ended.err().lines())
        .hasSize(5)
        .startsWith("error: give exactly one of --as-stale, --as-truth, --as-new")
        .anyMatch(hint -> hint.startsWith("  --as-stale  The peers bring the root up to date"))
        .anyMatch(hint -> hint.startsWith("  --as-truth  What the root holds now"))
        .anyMatch(hint -> hint.startsWith("  --as-new    After a copy of this node"))
        .endsWith("  do:   dirsync help folder resume");
  }

  @Test
  void helpTellsOfEveryCommandAndOfEachAlone() {
    assertThat(dirsync("--help")).isEqualTo(dirsync("help"));
    assertThat(dirsync("help").out()).contains("sync ", "status ", "conflicts ", "help ");
    for (String command :
        List.of(
            "sync",
            "daemon",
            "init",
            "id",
            "peer add",
            "peer list",
            "folder add",
            "folder list",
            "status",
            "flush",
            "scan",
            "approve",
            "conflicts",
            "conflicts list",
            "config check",
            "version",
            "help")) {
      List<String> words = new ArrayList<>(List.of(command.split(" ")));
      words.add("--help");
      Ended asOption = dirsync(words.toArray(String[]::new));
      assertThat(asOption.out()).startsWith("Usage: dirsync " + command);
      words.removeLast();
      words.addFirst("help");
      assertThat(dirsync(words.toArray(String[]::new))).isEqualTo(asOption);
    }
  }

  @Test
  void aMissingConfigurationEndsWith7AndAMissingDaemonWith3() {
    for (String command : List.of("status", "id", "daemon", "flush", "config check")) {
      Ended ended = node(command.split(" "));
      assertThat(ended.code()).as(command).isEqualTo(ExitCode.CONFIGURATION);
      assertThat(ended.err()).contains("there is no configuration").contains("dirsync init");
    }
    init();
    for (String command :
        List.of("status", "scan www", "approve www", "conflicts", "flush --timeout 1ms")) {
      Ended ended = node(command.split(" "));
      assertThat(ended.code()).as(command).isEqualTo(ExitCode.NOT_REACHABLE);
      assertThat(ended.err()).contains("error: no dirsync daemon answers").contains("  do:   ");
    }
  }

  @Test
  void aNodeIsSetUpByScriptsWithoutADaemonAndTwiceIsAsOnce() throws Exception {
    Path root = Files.createDirectory(directory.resolve("www"));
    String[][] commands = {
      {"init", "--name", "w1", "--data-dir", directory.resolve("data").toString()},
      {"peer", "add", "w2", "--id", ID, "--address", "h:1"},
      {"folder", "add", "www", root.toString(), "--peers", "w2"},
      {"config", "check"}
    };
    for (int time = 0; time < 2; time++) {
      for (String[] command : commands) {
        Ended ended = node(command);
        assertThat(ended.code()).as(ended.err()).isEqualTo(ExitCode.DONE);
        assertThat(ended.err()).isEmpty();
      }
    }
    assertThat(node("id").out()).startsWith("DS1-");
    assertThat(node("peer", "list").out()).startsWith("w2  DS1-AAAA-");
    assertThat(node("folder", "list").out()).isEqualTo("www  " + root + "  w2\n");
    assertThat(mode("data")).isEqualTo("rwx------");
    assertThat(mode("data/node.key")).isEqualTo("rw-------");
  }

  @Test
  void anInitThatFailsLeavesNothingBehindAndSucceedsOnceItIsCorrected() throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "");
    Path config = directory.resolve("etc/dirsync/c.toml");
    Path data = directory.resolve("var/data");
    String tooLong = "n".repeat(300);
    List<String[]> failing =
        List.of(
            new String[] {"/proc/nope", config.toString(), "--data-dir DIR"},
            new String[] {file.resolve("data").toString(), config.toString(), "--data-dir DIR"},
            new String[] {file.toString(), config.toString(), "--data-dir DIR"},
            new String[] {data.resolve(tooLong).toString(), config.toString(), "--data-dir DIR"},
            new String[] {data.toString(), file.resolve("c.toml").toString(), "--config FILE"},
            new String[] {data.toString(), config.resolveSibling(tooLong).toString(), "--config"});
    for (String[] each : failing) {
      Ended ended = dirsync("init", "--name", "q", "--data-dir", each[0], "--config", each[1]);
      assertThat(ended.code()).as(ended.err()).isEqualTo(ExitCode.FAILED);
      assertThat(ended.err()).contains("  do:   ").contains(each[2]).contains("  now:  ");
      assertThat(directory.toFile().list()).as(String.join(" ", each)).containsExactly("file");
    }
    String[] corrected = {
      "init", "--name", "q", "--data-dir", data.toString(), "--config", config.toString()
    };
    assertThat(dirsync(corrected).code()).isEqualTo(ExitCode.DONE);
    assertThat(config).exists();
    assertThat(data.resolve("node.key")).exists();
  }

  @Test
  void anInitThatFailsLeavesWhatWasThereBeforeAndOneThatIsRefusedMakesNoKey() throws Exception {
    Path data = Files.createDirectory(directory.resolve("data"));
    Path certificate = Files.writeString(data.resolve("node.crt"), "of before");
    String noFile = certificate.resolve("c.toml").toString();
    Ended ended = dirsync("init", "--name", "q", "--data-dir", data.toString(), "--config", noFile);
    assertThat(ended.code()).as(ended.err()).isEqualTo(ExitCode.FAILED);
    assertThat(data.toFile().list()).containsExactly("node.crt");
    init();
    Path other = directory.resolve("other");
    Ended refused = node("init", "--name", "q", "--data-dir", other.toString());
    assertThat(refused.code()).isEqualTo(ExitCode.CONFIGURATION);
    assertThat(refused.err()).contains("already, for the node 'w1'");
    assertThat(other).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "65536", "99999"})
  void initListensAtNoPortThatPeersCouldNotBeTold(String port) {
    Ended ended =
        node(
            "init",
            "--name",
            "w1",
            "--data-dir",
            directory.resolve("data").toString(),
            "--listen",
            "127.0.0.1:" + port);
    assertThat(ended.code()).isEqualTo(ExitCode.CONFIGURATION);
    assertThat(ended.err()).contains("a port is a number from 1 to 65535");
    assertThat(directory).isEmptyDirectory();
  }

  private String mode(String path) throws Exception {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve(path)));
  }

  @Test
  void theConfigurationMayBeNamedBeforeACommandItsGroupOrItsVerbOrAfterThem() throws Exception {
    init();
    Path root = Files.createDirectory(directory.resolve("www"));
    String config = directory.resolve("c.toml").toString();
    String[][] commands = {
      {"id"},
      {"config", "check"},
      {"peer", "add", "w2", "--id=" + ID},
      {"peer", "list"},
      {"folder", "add", "www", root.toString()},
      {"folder", "list"},
      {"conflicts", "list"},
      {"conflicts"},
      {"status"}
    };
    for (String[] command : commands) {
      // An addition says something else when it is made again.
      node(command);
      Ended expected = node(command);
      assertThat(expected.code()).isNotEqualTo(ExitCode.CONFIGURATION);
      for (int place = 0; place <= command.length; place++) {
        List<String> words = new ArrayList<>(List.of(command));
        words.addAll(place, List.of("--config", config));
        assertThat(dirsync(words.toArray(String[]::new))).as("%s", words).isEqualTo(expected);
      }
    }
  }

  @Test
  void twoConfigurationsForOneCommandAreRefused() throws Exception {
    init();
    String config = directory.resolve("c.toml").toString();
    String before = Files.readString(directory.resolve("c.toml"));
    for (String other : List.of(config, directory.resolve("d.toml").toString())) {
      String add = "peer add w2 --id " + ID;
      for (String line :
          List.of(
              "--config " + other + " " + add + " --config " + config,
              "--config " + config + " " + add.replace("add", "--config " + other + " add"),
              add + " --config " + config + " --config " + other)) {
        Ended ended = dirsync(line.split(" "));
        assertThat(ended.code()).as(line).isEqualTo(ExitCode.USAGE);
        assertThat(ended.err()).contains("'--config' (FILE) should be specified only once");
      }
    }
    assertThat(Files.readString(directory.resolve("c.toml"))).isEqualTo(before);
  }

  @Test
  void whatCannotBeIsNotAdded() throws Exception {
    init();
    String before = Files.readString(directory.resolve("c.toml"));
    Path file = Files.writeString(directory.resolve("file"), "");
    assertThat(node("folder", "add", "www", directory.resolve("none").toString()).err())
        .contains("does not exist")
        .contains("do:   mkdir -p");
    assertThat(node("folder", "add", "www", file.toString()).err()).contains("not a directory");
    assertThat(node("folder", "add", "www", directory.toString()).err()).contains("data_dir");
    assertThat(node("peer", "add", "w1", "--id", ID).err()).contains("own name");
    assertThat(node("peer", "add", "\u001b[31m", "--id", ID).err())
        .contains("\\x1b[31m")
        .doesNotContain("\u001b");
    assertThat(node("peer", "add", "w2", "--id", node("id").out().strip()).err())
        .contains("this is the node's own id");
    assertThat(Files.readString(directory.resolve("c.toml"))).isEqualTo(before);
  }

  @Test
  void configCheckTellsOfARootThatIsNotThere() throws Exception {
    init();
    Path root = Files.createDirectory(directory.resolve("www"));
    assertThat(node("folder", "add", "www", root.toString()).code()).isEqualTo(ExitCode.DONE);
    Files.delete(root);
    Ended ended = node("config", "check");
    assertThat(ended.code()).isEqualTo(ExitCode.CONFIGURATION);
    assertThat(ended.err()).contains(root + ", does not exist").contains("now:  ");
  }

  @Test
  void twoDirectoriesThatCannotBeSyncedAreRefused() throws Exception {
    Path a = directory.resolve("a");
    Files.createDirectories(a.resolve("inner"));
    Path file = Files.writeString(directory.resolve("file"), "");
    Path link = Files.createSymbolicLink(directory.resolve("link"), a);
    Path b = directory.resolve("b");
    for (String[] refused :
        new String[][] {
          {"sync", a.toString(), a.toString()},
          {"sync", a.toString(), link.toString()},
          {"sync", a.toString(), a.resolve("inner").toString()},
          {"sync", a.toString(), a.resolve("new").toString()},
          {"sync", a.toString(), file.toString()},
          {"sync", a.toString(), directory.resolve("no/b").toString()},
          {"sync", a.toString(), b.toString(), "--state", a.resolve("state").toString()},
          {"sync", a.toString(), b.toString(), "--state", file.toString()}
        }) {
      Ended ended = dirsync(refused);
      assertThat(ended.code()).as(String.join(" ", refused) + ended.err()).isEqualTo(2);
      assertThat(ended.err()).startsWith("error: ");
    }
    assertThat(b).as("made by none of the refused").doesNotExist();
    assertThat(a.resolve("new")).doesNotExist();
    assertThat(a.resolve("state")).doesNotExist();
  }

  @Test
  void whatIsNamedAsACommandMayBeTheValueOfAnOptionBeforeIt() {
    for (String command : List.of("--config status version", "--config=version version")) {
      Ended ended = dirsync(command.split(" "));
      assertThat(ended.code()).as(command + ": " + ended.err()).isEqualTo(ExitCode.DONE);
    }
    Ended none = dirsync("--config", "status");
    assertThat(none.err()).contains("a command is missing", "flush");
    assertThat(dirsync("--help", "status").out()).contains("flush");
  }

  @Test
  void outputThatCannotBeWrittenIsAFailure() {
    OutputStream full =
        new OutputStream() {
          @Override
          public void write(int b) throws java.io.IOException {
            throw new java.io.IOException("No space left on device");
          }
        };
    StringWriter err = new StringWriter();
    int code =
        Main.run(
            new PrintWriter(full, true, StandardCharsets.UTF_8), new PrintWriter(err), "version");
    assertThat(code).isEqualTo(ExitCode.FAILED);
    assertThat(err.toString()).contains("could be written");
  }
}
