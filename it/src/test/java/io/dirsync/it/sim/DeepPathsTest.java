package io.dirsync.it.sim;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.model.RelativePath;
import io.dirsync.watcher.Hint;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Directories that are deeper than any path that can be synchronised. */
final class DeepPathsTest {
  private static final Duration WHILE = Duration.ofMinutes(5);

  private final Trace trace = new Trace(false);
  private final Scheduler scheduler = new Scheduler(1, trace);
  private final Network network = new Network(scheduler, trace);
  private final SimNode here = new SimNode("a", scheduler, network, "b");
  private final SimNode peer = new SimNode("b", scheduler, network, "a");

  private String makeDeep(String top, int depth) throws IOException {
    String path = top;
    here.user().mkdir(path.getBytes(UTF_8));
    for (int i = 1; i < depth; i++) {
      path += "/d";
      here.user().mkdir(path.getBytes(UTF_8));
    }
    return path;
  }

  private static Map<String, String> without(Map<String, String> tree, String path) {
    tree.remove(path);
    return tree;
  }

  @Test
  void whatIsTooDeepIsSaidAndTheRestIsSynchronisedBeforeAndAfterARestart() throws Exception {
    String deepest = makeDeep("top", RelativePath.DEPTH_MAX);
    here.user().write((deepest + "/file").getBytes(UTF_8), "too deep".getBytes(UTF_8));
    here.write("other", "other");
    here.start();
    peer.start();
    scheduler.pass(WHILE);
    assertThat(peer.tree()).isEqualTo(without(here.tree(), deepest + "/file")).containsKey(deepest);
    assertThat(here.status()).contains("a path has at most 256 components");

    here.kill();
    here.start();
    here.write("another", "another");
    scheduler.pass(WHILE);
    assertThat(peer.tree())
        .isEqualTo(without(here.tree(), deepest + "/file"))
        .containsKey("another");

    here.remove(deepest + "/file");
    var scanned = here.process().scan(SimNode.FOLDER);
    scheduler.pass(WHILE);
    assertThat(scanned).isCompleted();
    assertThat(here.status()).doesNotContain("components");
  }

  @Test
  void aDirectoryThatIsMovedSoThatWhatIsInItIsTooDeepLosesNothingAnywhere() throws Exception {
    makeDeep("shallow", 10);
    String in = makeDeep("shallow/tree", 100);
    here.write(in + "/file", "text");
    String under = makeDeep("deep", 200);
    here.start();
    peer.start();
    scheduler.pass(WHILE);
    here.user().rename("shallow/tree".getBytes(UTF_8), (under + "/tree").getBytes(UTF_8));
    here.tell(
        new Hint.Moved("shallow/tree".getBytes(UTF_8), (under + "/tree").getBytes(UTF_8), true));
    here.write("other", "other");
    scheduler.pass(WHILE);

    assertThat(
            here.user().read((under + in.substring("shallow".length()) + "/file").getBytes(UTF_8)))
        .isEqualTo("text".getBytes(UTF_8));
    assertThat(peer.tree()).containsKey("other");
  }
}
