package io.dirsync.it.sim;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.engine.TransferBounds;
import io.dirsync.fs.MemoryVolume.Operation;
import io.dirsync.watcher.Hint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A directory that is moved with everything in it. */
final class TreeMoveTest {
  private static final Duration WHILE = Duration.ofMinutes(1);

  /** So many that the simulator does not lose a hint in each test, after which all is looked at. */
  private static final int FILES = 200;

  /** What somebody does. */
  private interface Act {
    void run() throws IOException;
  }

  private final Scheduler scheduler = new Scheduler(1, new Trace(false));
  private final Network network = new Network(scheduler, new Trace(false));

  /** What the other node has renamed, but for its own files. */
  private final List<String> renamed = new ArrayList<>();

  /** Done when the other node is about to rename something for the first time. */
  private Act meanwhile = () -> {};

  private final SimNode here = new SimNode("n0", scheduler, network, "n1");
  private final SimNode there =
      new SimNode(
          "n1",
          scheduler,
          network,
          0,
          List.of("n0"),
          TransferBounds.USUAL,
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
          SimMemoryDisk::new);

  @BeforeEach
  void bothHaveTheDirectory() throws IOException {
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

  private static byte[] bytes(String path) {
    return path.getBytes(UTF_8);
  }

  private static String file(String directory, int number) {
    return directory + List.of("/", "/a/", "/b/", "/b/c/").get(number % 4) + "f" + number;
  }

  private void move(SimNode node, String from, String to) throws IOException {
    node.user().rename(bytes(from), bytes(to));
    node.tell(new Hint.Moved(bytes(from), bytes(to), true));
  }

  private void assertSame() {
    assertThat(there.tree()).isEqualTo(here.tree());
    assertThat(there.folder().conflicts()).isZero();
  }

  @Test
  void isRenamedInOneStepOnTheOtherNodeToo() throws IOException {
    Map<String, String> before = here.tree();
    move(here, "d", "e");
    scheduler.pass(WHILE);
    assertSame();
    assertThat(there.tree()).hasSameSizeAs(before).containsKey(file("e", 7));
    assertThat(renamed).containsExactly("d");
  }

  @Test
  void isRenamedAgainAndBack() throws IOException {
    move(here, "d", "e");
    scheduler.pass(WHILE);
    move(there, "e", "d");
    scheduler.pass(WHILE);
    assertSame();
    move(here, "d", "f");
    scheduler.pass(WHILE);
    assertSame();
    assertThat(renamed).containsExactly("d", "d");
  }

  @Test
  void intoADirectoryThatIsNewIsRenamedOnceThatIsThere() throws IOException {
    here.user().mkdir(bytes("new"));
    here.tell(new Hint.Touched(bytes("new")));
    move(here, "d", "new/e");
    scheduler.pass(WHILE);
    assertSame();
    assertThat(renamed).containsExactly("d");
  }

  @Test
  void withAFileThatTheOtherNodeHasJustWrittenIsRenamedInOneStepAllTheSame() throws IOException {
    there.write("d/a/own", "new");
    scheduler.pass(WHILE);
    move(here, "d", "e");
    scheduler.pass(WHILE);
    assertSame();
    assertThat(here.tree().get("e/a/own")).contains("new");
    assertThat(renamed).containsExactly("d");
  }

  @Test
  void whatSomebodyWritesTheMomentThatItIsRenamedIsKept() throws IOException {
    meanwhile =
        () -> {
          there.user().write(bytes(file("d", 5)), bytes("edited"));
          there.tell(new Hint.Closed(bytes(file("d", 5))));
          there.user().write(bytes("d/b/own"), bytes("new"));
          there.tell(new Hint.Closed(bytes("d/b/own")));
          there.user().remove(bytes(file("d", 6)));
          there.tell(new Hint.Touched(bytes(file("d", 6))));
        };
    move(here, "d", "e");
    scheduler.pass(WHILE);
    assertSame();
    assertThat(here.tree().get(file("e", 5))).contains("edited");
    assertThat(here.tree().get("e/b/own")).contains("new");
    assertThat(here.tree()).doesNotContainKey(file("e", 6));
  }

  @Test
  void withAFileThatOnlyTheOtherNodeHasLeavesThatWhereItIs() throws IOException {
    there.user().write(bytes("d/own"), bytes("new"));
    there.tell(new Hint.Closed(bytes("d/own")));
    move(here, "d", "e");
    scheduler.pass(WHILE);
    assertSame();
    assertThat(here.tree()).containsKey(file("e", 5));
    assertThat(here.tree().keySet()).filteredOn(path -> path.endsWith("/own")).hasSize(1);
  }

  @Test
  void ontoANameThatTheOtherNodeHasJustUsedLosesNothing() throws IOException {
    there.user().mkdir(bytes("e"));
    there.user().write(bytes(file("e", 4)), bytes("other"));
    there.tell(new Hint.Rescan(bytes("e")));
    move(here, "d", "e");
    scheduler.pass(WHILE);
    assertThat(there.tree()).isEqualTo(here.tree());
    assertThat(here.tree()).containsKey(file("e", 5)).doesNotContainKey("d");
    assertThat(there.folder().conflicts()).isEqualTo(1);
  }
}
