package io.dirsync.it;

import static io.dirsync.it.TestCluster.FOLDER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Disks that are full, files that may not be read, roots that are gone: status tells, others go on.
 */
final class BadInputIT {
  private static final Duration TOLD_MAX = Duration.ofSeconds(60);
  private static final Duration RESCANNED_MAX = Duration.ofSeconds(90);

  @RegisterExtension final TestCluster cluster = new TestCluster();
  private TestNode a;
  private TestNode b;

  @BeforeEach
  void makeTwoNodes() throws Exception {
    a = cluster.node("a");
    b = cluster.node("b");
    TestCluster.join(a, b);
  }

  private void startBoth() throws Exception {
    TestCluster.start(a, b);
    TestCluster.awaitConnected(a, b);
  }

  private static String state(TestNode node) throws Exception {
    return node.folder().get("state").getAsString();
  }

  private static void awaitProblem(TestNode node, String words) {
    await(node.name() + " to speak of " + words)
        .atMost(TOLD_MAX)
        .until(() -> node.problems().stream().anyMatch(problem -> problem.contains(words)));
  }

  private static void awaitNoProblem(TestNode node) {
    await(node.name() + " to be well").atMost(TOLD_MAX).until(() -> node.problems().isEmpty());
  }

  private static void awaitContent(Path file, String content) {
    await(file + " to arrive")
        .atMost(TOLD_MAX)
        .untilAsserted(() -> assertThat(file).hasContent(content));
  }

  @Test
  void aFullDiskIsToldOtherFilesGoOnAndItHealsWhenThereIsSpace() throws Exception {
    String root = "'" + b.root() + "'";
    assumeTrue(
        Program.works("mount", "-t", "tmpfs", "-o", "size=8m", "none", b.root().toString()),
        "this account may not mount");
    try {
      startBoth();
      Program.script(a.root(), "printf before > before");
      awaitContent(b.root().resolve("before"), "before");
      Program.script(a.root(), "head -c 20000000 /dev/urandom > too-big");
      awaitProblem(b, "too-big");
      assertThat(b.status().get("summary").getAsString())
          .contains("the disk is full: what does not fit waits");
      assertThat(b.lines("the disk is full: what does not fit waits")).isOne();
      Program.script(a.root(), "printf after > after");
      Program.script(b.root(), "printf of-b > of-b");
      awaitContent(b.root().resolve("after"), "after");
      awaitContent(a.root().resolve("of-b"), "of-b");
      assertThat(b.root().resolve("too-big")).doesNotExist();

      Program.script(Path.of("/"), "mount -o remount,size=64m " + root);
      TestCluster.converge(a, b);
      awaitNoProblem(b);
      b.stop();
    } finally {
      if (b.runs()) {
        b.kill();
      }
      Program.script(Path.of("/"), "umount " + root);
    }
  }

  @Test
  void aRootThatBecomesReadOnlyIsToldInOneSentenceAndHealsWhenItMayBeWrittenAgain()
      throws Exception {
    String root = "'" + b.root() + "'";
    Path top = Path.of("/");
    assumeTrue(
        Program.works("mount", "--bind", b.root().toString(), b.root().toString()),
        "this account may not mount");
    try {
      Program.script(a.root(), "printf old > replaced ; printf old > removed ; printf m > moved");
      startBoth();
      TestCluster.converge(a, b);
      Program.script(top, "mount -o remount,ro,bind " + root);
      Program.script(
          a.root(),
          "printf new > replaced ; rm removed ; mv moved there ; mkdir d ; printf new > d/new ;"
              + " head -c 3000000 /dev/urandom > large");
      String sentence = "its root " + b.root() + " is on a read-only file system: what peers write";
      awaitProblem(b, sentence);
      assertThat(b.problems()).hasSize(1);
      assertThat(b.status().get("summary").getAsString()).containsOnlyOnce(sentence);
      assertThat(b.root().resolve("removed")).hasContent("old");

      Program.script(top, "mount -o remount,rw,bind " + root);
      awaitNoProblem(b);
      TestCluster.converge(a, b);
      assertThat(b.lines("read-only")).isLessThanOrEqualTo(1);
      b.stop();
    } finally {
      if (b.runs()) {
        b.kill();
      }
      Program.script(top, "umount " + root);
    }
  }

  @Test
  void whatIsImmutableIsToldOtherFilesGoOnAndItHealsWhenItIsNoMore() throws Exception {
    Program.script(
        a.root(), "mkdir d ; for f in d/old replaced removed ; do printf old > $f ; done");
    startBoth();
    TestCluster.converge(a, b);
    assumeTrue(
        Program.works("chattr", "+i", b.root().resolve("d").toString()),
        "this account may make nothing immutable, or the file system cannot");
    try {
      Program.script(b.root(), "chattr +i replaced removed");
      Program.script(
          a.root(),
          "printf new > replaced ; rm removed d/old ; printf new > d/new ; printf fine > fine");
      for (String problem :
          List.of("write replaced", "remove removed", "remove d/old", "write d/new")) {
        awaitProblem(b, "cannot " + problem + ": permission denied; is it immutable (lsattr)?");
      }
      awaitContent(b.root().resolve("fine"), "fine");
      assertThat(b.root().resolve("replaced")).hasContent("old");
    } finally {
      Program.script(b.root(), "chattr -i d replaced removed");
    }
    awaitNoProblem(b);
    TestCluster.converge(a, b);
    assertThat(Program.script(b.root(), "find .dirsync/staging .dirsync/swap -type f").out())
        .isEmpty();
  }

  /** An account that the permissions of files hold for, as for everyone but root. */
  private static String[] ordinary() throws InterruptedException {
    String[] command = {
      "setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"
    };
    return Program.works("test", "-w", "/proc/sys/vm/drop_caches") ? command : new String[0];
  }

  /** Runs {@code dirsync} for node a as an account that owns nothing. */
  private Program.Ended asNobody(String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"));
    command.addAll(Distribution.command(arguments));
    command.addAll(List.of("--config", a.config().toString()));
    return Program.run(Path.of("/"), Distribution.environment(arguments), command);
  }

  @Test
  void anAccountThatMayNotUseTheDataDirectoryIsToldWhoseItIsAndWhatHoldsMeanwhile()
      throws Exception {
    Program.script(cluster.directory(), "chmod 711 .");
    assumeTrue(
        Program.works(
            "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "cat", "" + a.config()),
        "this account may not become another");
    a.start();
    for (String command : List.of("daemon", "id")) {
      assertThat(asNobody(command).ended(1).error().lines())
          .containsExactly(
              "error: permission denied: this account may not use the node's data directory "
                  + a.data(),
              "  why:  " + a.data() + " belongs to root, and this account is nobody",
              "  do:   run this as root",
              "  now:  "
                  + (command.equals("daemon")
                      ? "no daemon was started; one that runs already goes on"
                      : "nothing was changed"));
    }
    assertThat(asNobody("status").ended(3).error().lines())
        .containsExactly(
            "error: this account may not ask the dirsync daemon at "
                + a.data().resolve("dirsync.sock"),
            "  why:  " + a.data() + " belongs to root, and this account is nobody",
            "  do:   run this as root");
    assertThat(a.status().get("node").getAsString()).isEqualTo("a");
  }

  @Test
  void whatMayNotBeReadIsToldAndKeptOnTheOtherSideAndOtherFilesGoOn() throws Exception {
    a.through(ordinary());
    Program.script(a.root(), "printf old > file ; mkdir directory ; printf in > directory/in");
    startBoth();
    TestCluster.converge(a, b);
    Program.script(
        a.root(),
        """
        chmod 000 file directory ; printf new > file
        (umask 777 ; printf never > never)
        printf fine > fine
        """);
    awaitContent(b.root().resolve("fine"), "fine");
    a.dirsync("scan", FOLDER).succeeded();
    awaitProblem(a, "never");
    awaitProblem(a, "directory");
    assertThat(b.root().resolve("directory/in")).as("unreadable is not deleted").hasContent("in");
    assertThat(b.root().resolve("never")).doesNotExist();

    Program.script(a.root(), "chmod 644 file never ; chmod 755 directory");
    TestCluster.converge(a, b);
    awaitNoProblem(a);
    assertThat(b.root().resolve("file")).hasContent("new");
    assertThat(b.root().resolve("never")).hasContent("never");
  }

  @Test
  void aDirectoryThatMayNotBeWrittenIsToldAndHealsWhenItMay() throws Exception {
    b.through(ordinary());
    Program.script(a.root(), "mkdir shut open ; printf in > shut/in ; printf out > shut/out");
    startBoth();
    TestCluster.converge(a, b);
    Program.script(b.root(), "chattr +i shut 2>/dev/null || chmod 555 shut");
    try {
      Program.script(a.root(), "printf new > shut/new ; rm shut/out ; printf new > open/new");
      awaitContent(b.root().resolve("open/new"), "new");
      awaitProblem(b, "cannot write shut/new");
      awaitProblem(b, "cannot remove shut/out");
      assertThat(b.root().resolve("shut/in")).hasContent("in");
    } finally {
      Program.script(b.root(), "chattr -i shut 2>/dev/null || chmod 755 shut");
    }
    TestCluster.converge(a, b);
    awaitNoProblem(b);
    assertThat(b.root().resolve("shut/new")).hasContent("new");
    assertThat(b.root().resolve("shut/out")).doesNotExist();
  }

  @Test
  void anEmptiedRootHaltsSendsNoDeletesAndGoesOnByItselfWhenItIsBack() throws Exception {
    Program.script(a.root(), "mkdir d ; for i in $(seq 50); do printf $i > d/$i; done");
    startBoth();
    TestCluster.converge(a, b);
    Path away = a.root().resolveSibling("away");
    Files.move(a.root(), away);
    Files.createDirectory(a.root());
    await("a to halt").atMost(TOLD_MAX).until(() -> state(a).equals("halted"));
    assertThat(a.folder().get("reason").getAsString()).contains("root");
    Program.script(b.root(), "printf meanwhile > meanwhile");
    assertThat(CheckedFiles.count(b.root())).as("nothing is deleted").isEqualTo(51);
    assertThat(TreeSnapshot.of(a.root()).entries()).as("nothing is put there").isEmpty();

    a.stop();
    a.start();
    await("a to halt again").atMost(TOLD_MAX).until(() -> state(a).equals("halted"));
    assertThat(CheckedFiles.count(b.root())).isEqualTo(51);

    Files.delete(a.root());
    Files.move(away, a.root());
    await("a to go on").atMost(TOLD_MAX).until(() -> !state(a).equals("halted"));
    TestCluster.converge(a, b);
    assertThat(a.root().resolve("meanwhile")).hasContent("meanwhile");
    assertThat(CheckedFiles.count(b.root())).isEqualTo(51);
  }

  @Test
  void socketsAndFifosAreCountedAsTheyComeAndGoAndNotCarried() throws Exception {
    Program.script(a.root(), "mkfifo pipe ; printf file > file");
    startBoth();
    awaitContent(b.root().resolve("file"), "file");
    awaitSkipped(1);
    assertThat(a.dirsync("status").out()).contains("1 socket, fifo or device is not carried");
    for (String[] step :
        new String[][] {
          {"mkdir -p d/e ; mkfifo other d/e/one d/e/two", "4"},
          {"mv d moved", "4"},
          {"rm -r moved other", "1"},
          {"mv pipe ../away", "0"},
          {"rm file ; mkfifo file", "1"},
          {"rm file ; printf again > file", "0"}
        }) {
      Program.script(a.root(), step[0]);
      awaitSkipped(Long.parseLong(step[1]));
    }
    awaitContent(b.root().resolve("file"), "again");
    assertThat(b.root().resolve("pipe")).doesNotExist();
    assertThat(a.dirsync("status").out()).doesNotContain("not carried");
  }

  private void awaitSkipped(long count) {
    await(count + " to be counted")
        .atMost(TOLD_MAX)
        .until(() -> a.folder().get("skipped").getAsLong() == count);
  }

  @Test
  void directoriesBeyondTheLimitOfWatchesAreToldAndWhatChangesThereArrivesAllTheSame()
      throws Exception {
    String[] limited = {
      "unshare",
      "-Ur",
      "sh",
      "-c",
      "echo 20 >/proc/sys/user/max_inotify_watches && exec \"$@\"",
      "-"
    };
    List<String> trial = new ArrayList<>(List.of(limited));
    trial.add("true");
    assumeTrue(
        Program.works(trial.toArray(String[]::new)), "this account may not make user namespaces");
    a.through(limited);
    Program.script(a.root(), "for i in $(seq 40); do mkdir d$i ; printf $i > d$i/f ; done");
    startBoth();
    awaitProblem(a, "directories are not watched");
    assertThat(a.status().get("summary").getAsString())
        .contains("the limit of inotify watches is reached", "is seen every 60 s");
    TestCluster.converge(a, b);
    Program.script(a.root(), "for i in $(seq 40); do printf new$i > d$i/f ; done");
    await("what is not watched to arrive")
        .atMost(RESCANNED_MAX)
        .untilAsserted(
            () -> {
              for (int i = 1; i <= 40; i++) {
                assertThat(b.root().resolve("d" + i + "/f")).hasContent("new" + i);
              }
            });
  }

  @Test
  void aConfigurationThatCannotBeIsRefusedWithLineAndColumn() throws Exception {
    Path inner = Files.createDirectories(a.root().resolve("inner"));
    assertThat(a.dirsync("folder", "add", "inner", inner.toString(), "--peers", "b").exitCode())
        .isNotZero();
    a.dirsync("config", "check").succeeded();
    String good = Files.readString(a.config());
    long line = good.lines().count() + 2;

    Files.writeString(
        a.config(),
        "\n[[folder]]\nid = \"inner\"\npath = \"%s\"\npeers = [\"b\"]\n".formatted(inner),
        StandardOpenOption.APPEND);
    for (String[] command : new String[][] {{"config", "check"}, {"daemon"}}) {
      assertThat(a.dirsync(command).ended(7).error())
          .contains("lie in one another")
          .contains(":" + (line + 2) + ":");
    }

    Files.writeString(a.config(), good + "\n[nod]\nname = \"x\"\n");
    assertThat(a.dirsync("config", "check").ended(7).error())
        .contains("unknown key 'nod'")
        .contains(":" + line + ":");

    Path file = Files.writeString(cluster.directory().resolve("file"), "");
    Files.writeString(a.config(), good.replace(a.root().toString(), file.toString()));
    assertThat(a.dirsync("config", "check").ended(7).error()).contains("is not a directory");
  }

  @Test
  void aRootThatIsAFileIsToldAndTheFolderStartsByItselfWhenItIsADirectory() throws Exception {
    Program.script(b.root(), "printf b > of-b");
    Files.delete(a.root());
    Files.writeString(a.root(), "a file");
    TestCluster.start(a, b);
    await("a to say why").atMost(TOLD_MAX).until(() -> state(a).equals("halted"));
    assertThat(a.status().get("summary").getAsString()).contains("is not a directory");
    assertThat(a.root()).hasContent("a file");
    Files.delete(a.root());
    Files.createDirectory(a.root());
    awaitContent(a.root().resolve("of-b"), "b");
  }

  @Test
  void aMissingRootIsToldAndTheFolderStartsByItselfWhenItIsMade() throws Exception {
    Program.script(b.root(), "printf b > of-b");
    Files.delete(a.root());
    TestCluster.start(a, b);
    await("a to say why").atMost(TOLD_MAX).until(() -> state(a).equals("halted"));
    assertThat(a.status().get("summary").getAsString()).contains("does not exist");
    Files.createDirectory(a.root());
    awaitContent(a.root().resolve("of-b"), "b");
  }
}
