package io.dirsync.it;

import static io.dirsync.it.TestCluster.FOLDER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Two daemons on one machine, joined by TLS over the loopback. */
final class LiveSyncIT {
  @RegisterExtension final TestCluster cluster = new TestCluster();
  private TestNode a;
  private TestNode b;

  @BeforeEach
  void makeTwoNodes() throws Exception {
    a = cluster.node("a");
    b = cluster.node("b");
    TestCluster.join(a, b);
  }

  @Test
  void whatIsWrittenOnEitherSideAppearsOnTheOtherAndStatusSaysSo() throws Exception {
    Program.script(a.root(), "mkdir before ; printf a > before/start");
    TestCluster.start(a, b);
    TestCluster.converge(a, b);
    Program.script(a.root(), "mkdir -p x/y ; printf one > x/y/one ; ln -s one x/y/link");
    Program.script(b.root(), "printf two > before/two ; chmod 700 before ; rm before/start");
    Program.script(b.root(), "printf euc > $'\\xc6\\xfc\\xcb\\xdc' ; mkdir $'\\xff\\xfe'");
    TestCluster.converge(a, b);
    assertThat(Files.readString(b.root().resolve("x/y/one"))).isEqualTo("one");
    assertThat(Files.readString(a.root().resolve("before/two"))).isEqualTo("two");
    assertThat(a.root().resolve("before/start")).doesNotExist();

    JsonObject status = a.status();
    assertThat(status.get("schema").getAsInt()).isEqualTo(1);
    assertThat(status.get("node").getAsString()).isEqualTo("a");
    assertThat(status.get("id").getAsString()).isEqualTo(a.id());
    assertThat(status.get("summary").getAsString()).startsWith("Folder data is in sync with b");
    JsonObject folder = a.folder();
    assertThat(folder.get("state").getAsString()).isEqualTo("in sync");
    assertThat(folder.get("reason").isJsonNull()).isTrue();
    assertThat(folder.get("conflicts").getAsLong()).isZero();
    JsonObject peer = a.peer();
    assertThat(peer.get("behindFiles").getAsLong()).isZero();
    assertThat(peer.get("sentBytes").getAsLong()).isPositive();
    assertThat(peer.get("receivedBytes").getAsLong()).isPositive();
    assertThat(a.dirsync("scan", FOLDER).succeeded().out()).contains("0 changed");
    // Once, though each has dialed the other.
    assertThat(told(a, "peer b is connected"))
        .isEqualTo(1 + told(a, "peer b is no longer connected"));
  }

  private static long told(TestNode node, String what) throws IOException {
    return node.log().lines().filter(line -> line.contains(what)).count();
  }

  @Test
  void aFolderThatIsPolledTakesInWhatHappenedAndFlushSeesWhatWasWrittenBefore() throws Exception {
    for (TestNode node : List.of(a, b)) {
      Files.writeString(node.config(), "poll = \"1s\"\n", StandardOpenOption.APPEND);
    }
    Program.script(a.root(), "mkdir before ; printf a > before/start");
    TestCluster.start(a, b);
    TestCluster.converge(a, b);
    assertThat(a.log()).contains("is looked through every 1 s");
    Program.script(a.root(), "printf one > before/one ; mkdir new ; printf two > new/two");
    a.dirsync("flush").succeeded();
    assertThat(Files.readString(b.root().resolve("new/two"))).isEqualTo("two");
    Program.script(b.root(), "rm before/start ; mv new renamed");
    TestCluster.awaitEqual(a.root(), b.root());
  }

  @Test
  void aRenamedDirectoryOfTenThousandFilesIsNotSentAgain() throws Exception {
    Program.script(a.root(), "mkdir old ; cd old ; head -c 30M /dev/urandom | split -a 5 -b 3000");
    assertThat(TreeSnapshot.shape(a.root()).files()).hasSizeGreaterThan(10_000);
    TestCluster.start(a, b);
    TestCluster.converge(a, b);
    long before = a.peer().get("sentBytes").getAsLong();
    Program.script(a.root(), "mv old new");
    TestCluster.converge(a, b);
    assertThat(b.root().resolve("old")).doesNotExist();
    assertThat(a.peer().get("sentBytes").getAsLong() - before)
        .as("bytes sent for 30 MB that the other side has")
        .isLessThan(2_000_000);
  }

  @Test
  void whatTheOtherSideHasAlreadyIsNotSentHoweverItComesToItsName() throws Exception {
    Program.script(
        a.root(),
        """
        mkdir d ; head -c 3M /dev/urandom > d/big ; head -c 30000 /dev/urandom > d/small
        cp d/big first ; cp first kept
        """);
    TestCluster.start(a, b);
    TestCluster.converge(a, b);
    String[] steps = {
      "cp -r d copied",
      "printf edited > d/big ; printf edited > d/small",
      "cp copied/big d/big ; cp copied/small d/small", // as they were
      "cp kept d/other ; rm kept first", // copied from what is removed at once
      "rm -r d copied", // now the trash alone has them
      "mkdir back ; cp '%s' back/big".formatted(cluster.directory().resolve("aside")),
    };
    Files.copy(a.root().resolve("d/big"), cluster.directory().resolve("aside"));
    for (String step : steps) {
      long before = a.peer().get("sentBytes").getAsLong();
      Program.script(a.root(), step);
      TestCluster.converge(a, b);
      assertThat(a.peer().get("sentBytes").getAsLong() - before)
          .as("bytes sent for: %s", step)
          .isLessThan(20_000);
    }
  }

  @Test
  void namesOfAnyBytesGoBothWaysBetweenDaemonsThatRunInTheLocaleC() throws Exception {
    a.locale("C");
    b.locale("C");
    Program.script(
        a.root(),
        "mkdir $'\\xff\\xfe' ; printf euc > $'\\xc6\\xfc\\xcb\\xdc\\xb8\\xec' ; printf o > old$'\\xff'");
    TestCluster.start(a, b);
    TestCluster.converge(a, b);
    Program.script(
        a.root(),
        "mv old$'\\xff' $'\\xff\\xfe'/$'\\xfe' ; ln -s $'\\xa4\\xa2' $'l\\xff' ;"
            + " printf utf8 > $'\\xe6\\x97\\xa5'");
    Program.script(
        b.root(),
        "printf sjis > $'\\x93\\xfa\\x96\\x7b\\x8c\\xea' ; rm $'\\xc6\\xfc\\xcb\\xdc\\xb8\\xec'");
    TestCluster.converge(a, b);
    Program.script(a.root(), "test \"$(cat $'\\x93\\xfa\\x96\\x7b\\x8c\\xea')\" = sjis");
    Program.script(b.root(), "test \"$(cat $'\\xff\\xfe'/$'\\xfe')\" = o");

    b.stop();
    Program.script(a.root(), "printf 'of a' > $'\\xff\\xfe'/$'\\xfe'");
    await("a to have recorded it").until(() -> a.peer().get("behindFiles").getAsLong() > 0);
    Program.script(b.root(), "printf 'of b' > $'\\xff\\xfe'/$'\\xfe'");
    b.start();
    TestCluster.converge(a, b);
    for (TestNode node : List.of(a, b)) {
      await("the conflict on " + node.name()).until(() -> node.conflicts().size() == 1);
      assertThat(node.conflicts().getFirst().get("path").getAsString())
          .isEqualTo("\\xff\\xfe/\\xfe");
    }
    assertThat(a.dirsync("log", a.root() + "/\\xff\\xfe/\\xfe").succeeded().out())
        .contains("moved here");
  }

  @Test
  void severalWritersOnBothSidesAtOnceConvergeAndNothingIsLost() throws Exception {
    TestCluster.start(a, b);
    TestCluster.awaitConnected(a, b);
    Map<String, byte[]> expected = new TreeMap<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(6)) {
      List<Future<Map<String, byte[]>>> writers = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        writers.add(threads.submit(new Writer(a.root(), "a" + i, i)));
        writers.add(threads.submit(new Writer(b.root(), "b" + i, 100 + i)));
      }
      for (Future<Map<String, byte[]>> writer : writers) {
        expected.putAll(writer.get());
      }
    }
    TestCluster.converge(a, b);
    List<String> own =
        TreeSnapshot.of(a.root()).files().stream().filter(n -> !n.startsWith("shared/")).toList();
    assertThat(own).containsExactlyElementsOf(expected.keySet());
    for (var file : expected.entrySet()) {
      assertThat(b.root().resolve(file.getKey())).hasBinaryContent(file.getValue());
    }
    assertThat(sameEverywhere(a.conflicts())).isEqualTo(sameEverywhere(b.conflicts()));
  }

  /** Of conflicts, what does not depend on the node that is asked. */
  private static List<JsonObject> sameEverywhere(List<JsonObject> conflicts) {
    for (JsonObject conflict : conflicts) {
      conflict.remove("root");
      conflict.getAsJsonArray("copies").forEach(copy -> copy.getAsJsonObject().remove("keptUntil"));
    }
    return conflicts;
  }

  /**
   * Writes, replaces, appends to, moves and deletes files below a directory of its own, and writes
   * into files that everybody writes. Gives what must stand in its directory in the end.
   */
  private record Writer(Path root, String name, long seed)
      implements Callable<Map<String, byte[]>> {
    private static final int ACTS = 600;
    private static final int FILES = 80;
    private static final int SHARED = 10;

    @Override
    public Map<String, byte[]> call() throws IOException {
      SplittableRandom random = new SplittableRandom(seed);
      Map<String, byte[]> mine = new TreeMap<>();
      Files.createDirectories(root.resolve(name));
      Files.createDirectories(root.resolve("shared"));
      for (int act = 0; act < ACTS; act++) {
        String file = name + "/" + random.nextInt(FILES);
        byte[] content = CheckedFiles.content(random.nextLong(), random.nextInt(20_000));
        switch (random.nextInt(10)) {
          case 0 -> {
            Files.deleteIfExists(root.resolve(file));
            mine.remove(file);
          }
          case 1 -> {
            if (mine.containsKey(file)) {
              String moved = name + "/moved-" + act;
              Files.move(root.resolve(file), root.resolve(moved));
              mine.put(moved, mine.remove(file));
            }
          }
          case 2 ->
              Files.write(
                  root.resolve("shared/" + random.nextInt(SHARED)),
                  (name + " " + act).getBytes(StandardCharsets.UTF_8));
          default -> {
            Files.write(root.resolve(file), content);
            mine.put(file, content);
          }
        }
      }
      return mine;
    }
  }

  @Test
  void writesOfBothSidesMeanwhileAreListedAsConflictsOnBothAndTheOthersBytesAreKept()
      throws Exception {
    Program.script(a.root(), "printf base > page ; printf base > quiet");
    TestCluster.start(a, b);
    TestCluster.converge(a, b);
    b.stop();
    Program.script(a.root(), "printf 'of a' > page");
    await("a to have recorded it").until(() -> a.peer().get("behindFiles").getAsLong() > 0);
    Program.script(b.root(), "printf 'of b' > page");
    b.start();
    TestCluster.converge(a, b);

    for (TestNode node : List.of(a, b)) {
      await("the conflict on " + node.name()).until(() -> node.conflicts().size() == 1);
      JsonObject conflict = node.conflicts().getFirst();
      assertThat(conflict.get("folder").getAsString()).isEqualTo(FOLDER);
      assertThat(conflict.get("path").getAsString()).isEqualTo("page");
      List<JsonElement> copies = conflict.getAsJsonArray("copies").asList();
      assertThat(copies).hasSize(1);
      JsonObject copy = copies.getFirst().getAsJsonObject();
      assertThat(copy.get("bytes").getAsLong()).isEqualTo(4);
      String shown = Files.readString(node.root().resolve("page"));
      String kept = Files.readString(node.root().resolve(copy.get("file").getAsString()));
      assertThat(List.of(shown, kept)).containsExactlyInAnyOrder("of a", "of b");
      assertThat("of " + copy.get("node").getAsString()).isEqualTo(kept);
      assertThat(node.folder().get("conflicts").getAsLong()).isEqualTo(1);
    }
    assertThat(a.conflicts().getFirst().get("id")).isEqualTo(b.conflicts().getFirst().get("id"));
  }

  @Test
  void flushTellsByItsExitCodeWhetherEveryPeerHasEverything() throws Exception {
    a.dirsync("flush").ended(3);
    TestCluster.start(a, b);
    TestCluster.awaitConnected(a, b);
    Program.script(a.root(), "for i in $(seq 500); do printf $i > f$i; done");
    a.dirsync("flush", FOLDER, "--timeout", "60s").ended(0);
    assertThat(CheckedFiles.count(b.root())).as("a flush means that they are there").isEqualTo(500);

    b.signal("STOP");
    try {
      Program.script(a.root(), "printf late > late");
      a.dirsync("flush", "--timeout", "2s").ended(8);
    } finally {
      b.signal("CONT");
    }
    a.dirsync("flush", "--timeout", "60s").ended(0);
    assertThat(b.root().resolve("late")).hasContent("late");

    b.stop();
    Program.script(a.root(), "printf later > later");
    assertThat(a.dirsync("flush", "--timeout", "60s").ended(6).error()).contains("b");
    a.dirsync("flush", "nosuch").ended(1);
    a.dirsync("flush", "--timeout", "soon").ended(2);
    b.start();
    TestCluster.converge(a, b);
    assertThat(b.root().resolve("later")).hasContent("later");
  }

  @Test
  void manySmallWritesToOneFileEndWithTheLastOneOnBothSides() throws Exception {
    TestCluster.start(a, b);
    TestCluster.awaitConnected(a, b);
    Program.script(a.root(), "for i in $(seq 2000); do echo line $i >> log; done");
    Program.script(b.root(), "for i in $(seq 300); do echo $i > counter; done");
    TestCluster.converge(a, b);
    assertThat(Files.readAllLines(b.root().resolve("log"))).hasSize(2000).endsWith("line 2000");
    assertThat(a.root().resolve("counter")).hasContent("300");
    await("no conflict with oneself")
        .during(Duration.ofSeconds(1))
        .until(() -> a.conflicts().isEmpty() && b.conflicts().isEmpty());
  }
}
