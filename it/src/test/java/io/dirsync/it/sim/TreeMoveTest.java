package io.dirsync.it.sim;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.fs.MemoryVolume.Operation;
import io.dirsync.watcher.Hint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A directory that is moved with everything in it. */
final class TreeMoveTest {
  private static final Duration WHILE = Duration.ofMinutes(1);

  private static final int FILES = 40;

  /** What somebody does. */
  private interface Act {
    void run() throws IOException;
  }

  private static byte[] bytes(String path) {
    return path.getBytes(UTF_8);
  }

  private static String file(String directory, int number) {
    return directory + List.of("/", "/a/", "/b/", "/b/c/").get(number % 4) + "f" + number;
  }

  /** Two nodes that both have the directory. */
  private static final class Pair {
    private final Scheduler scheduler;
    private final Network network;

    /** What the other node has renamed, but for its own files. */
    private final List<String> renamed = new ArrayList<>();

    /** Done when the other node is about to rename something for the first time. */
    private Act meanwhile = () -> {};

    private final SimNode here;
    private final SimNode there;

    Pair(long seed) throws IOException {
      scheduler = new Scheduler(seed, new Trace(false));
      network = new Network(scheduler, new Trace(false));
      here = new SimNode("n0", scheduler, network, "n1");
      there =
          new SimNode(
              "n1",
              scheduler,
              network,
              (_, operation, path) -> {
                String name = new String(path, UTF_8);
                if (operation == Operation.RENAME && !name.startsWith(".dirsync/")) {
                  renamed.add(name);
                  Act act = meanwhile;
                  meanwhile = () -> {};
                  try {
                    act.run();
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                }
              },
              "n0");
      here.user().mkdir(bytes("d"));
      for (String directory : List.of("d/a", "d/b", "d/b/c")) {
        here.user().mkdir(bytes(directory));
      }
      for (int i = 0; i < FILES; i++) {
        here.user().write(bytes(file("d", i)), bytes("content " + i));
      }
      here.start();
      there.start();
      scheduler.pass(WHILE);
      assertThat(there.tree()).isEqualTo(here.tree()).hasSize(FILES + 4);
      renamed.clear();
    }

    private void move(SimNode node, String from, String to) throws IOException {
      node.user().rename(bytes(from), bytes(to));
      node.tell(new Hint.Moved(bytes(from), bytes(to), true));
    }

    private void assertSame() {
      assertThat(there.tree()).isEqualTo(here.tree());
      assertThat(there.folder().conflicts()).isZero();
    }
  }

  @Test
  void isRenamedInOneStepOnTheOtherNodeToo() throws IOException {
    Pair pair = new Pair(1);
    Map<String, String> before = pair.here.tree();
    pair.move(pair.here, "d", "e");
    pair.scheduler.pass(WHILE);
    pair.assertSame();
    assertThat(pair.there.tree()).hasSameSizeAs(before).containsKey(file("e", 7));
    assertThat(pair.renamed).containsExactly("d");
  }

  @Test
  void isRenamedAgainAndBack() throws IOException {
    Pair pair = new Pair(1);
    pair.move(pair.here, "d", "e");
    pair.scheduler.pass(WHILE);
    pair.move(pair.there, "e", "d");
    pair.scheduler.pass(WHILE);
    pair.assertSame();
    pair.move(pair.here, "d", "f");
    pair.scheduler.pass(WHILE);
    pair.assertSame();
    assertThat(pair.renamed).containsExactly("d", "d");
  }

  @Test
  void intoADirectoryThatIsNewIsRenamedOnceThatIsThere() throws IOException {
    Pair pair = new Pair(1);
    pair.here.user().mkdir(bytes("new"));
    pair.here.tell(new Hint.Touched(bytes("new")));
    pair.move(pair.here, "d", "new/e");
    pair.scheduler.pass(WHILE);
    pair.assertSame();
    assertThat(pair.renamed).containsExactly("d");
  }

  @Test
  void withAFileThatTheOtherNodeHasJustWrittenIsRenamedInOneStepAllTheSame() throws IOException {
    Pair pair = new Pair(1);
    pair.there.write("d/a/own", "new");
    pair.scheduler.pass(WHILE);
    pair.move(pair.here, "d", "e");
    pair.scheduler.pass(WHILE);
    pair.assertSame();
    assertThat(pair.here.tree().get("e/a/own")).contains("new");
    assertThat(pair.renamed).containsExactly("d");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void whatSomebodyWritesTheMomentThatItIsRenamedIsKept(long seed) throws IOException {
    Pair pair = new Pair(seed);
    pair.meanwhile =
        () -> {
          pair.there.user().write(bytes(file("d", 5)), bytes("edited"));
          pair.there.tell(new Hint.Closed(bytes(file("d", 5))));
          pair.there.user().write(bytes("d/b/own"), bytes("new"));
          pair.there.tell(new Hint.Closed(bytes("d/b/own")));
          pair.there.user().remove(bytes(file("d", 6)));
          pair.there.tell(new Hint.Touched(bytes(file("d", 6))));
        };
    pair.move(pair.here, "d", "e");
    pair.scheduler.pass(WHILE);
    pair.assertSame();
    assertThat(pair.here.tree().get(file("e", 5))).contains("edited");
    // Where the origin's hint was lost, files moved one by one: what was written beside them stays,
    // and to remove one that moves is too late.
    boolean atOnce = pair.renamed.contains("d");
    assertThat(pair.here.tree().get(atOnce ? "e/b/own" : "d/b/own")).contains("new");
    assertThat(pair.here.tree().containsKey(file("e", 6))).isEqualTo(!atOnce);
  }

  @Test
  void withAFileThatOnlyTheOtherNodeHasLeavesThatWhereItIs() throws IOException {
    Pair pair = new Pair(1);
    pair.there.user().write(bytes("d/own"), bytes("new"));
    pair.there.tell(new Hint.Closed(bytes("d/own")));
    pair.move(pair.here, "d", "e");
    pair.scheduler.pass(WHILE);
    pair.assertSame();
    assertThat(pair.here.tree()).containsKey(file("e", 5));
    assertThat(pair.here.tree().keySet()).filteredOn(path -> path.endsWith("/own")).hasSize(1);
  }

  @Test
  void ontoANameThatTheOtherNodeHasJustUsedLosesNothing() throws IOException {
    Pair pair = new Pair(1);
    pair.there.user().mkdir(bytes("e"));
    pair.there.user().write(bytes(file("e", 4)), bytes("other"));
    pair.there.tell(new Hint.Rescan(bytes("e")));
    pair.move(pair.here, "d", "e");
    pair.scheduler.pass(WHILE);
    assertThat(pair.there.tree()).isEqualTo(pair.here.tree());
    assertThat(pair.here.tree()).containsKey(file("e", 5)).doesNotContainKey("d");
    assertThat(pair.there.folder().conflicts()).isEqualTo(1);
  }
}
