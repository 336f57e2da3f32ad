package io.dirsync.it.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.engine.NodeStatus;
import io.dirsync.engine.Resume;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A root restored from a copy, below a database that has gone on. */
final class OlderRootTest {
  private static final Duration WHILE = Duration.ofMinutes(5);

  /** Enough for a write to be sent, and less than passes between two syncs of a volume. */
  private static final Duration MOMENT = Duration.ofSeconds(5);

  private final Scheduler scheduler = new Scheduler(1, new Trace(false));
  private final Network network = new Network(scheduler, new Trace(false));
  private final SimNode a = new SimNode("a", scheduler, network, "b");
  private final SimNode b = new SimNode("b", scheduler, network, "a");

  @BeforeEach
  void copyRoot() throws Exception {
    b.write("doc", "as it was");
    a.start();
    b.start();
    scheduler.pass(WHILE);
    assertThat(a.tree()).containsKey("doc");
    a.copyRoot();
    a.start();
    scheduler.pass(MOMENT);
  }

  @Test
  void aRootSetBackJustAfterTheFirstWriteIsKnownForAnOlderOne() throws Exception {
    a.write("new", "of a");
    scheduler.pass(MOMENT);
    setRootBack();
    assertThat(a.folder().state()).isEqualTo(NodeStatus.State.HALTED);
    assertThat(b.tree()).containsKey("new");
  }

  @Test
  void whatStandsOnARootThatIsOutOfDateIsBroughtUpToDate() throws Exception {
    b.write("doc", "edited on b");
    b.write("new", "of b");
    scheduler.pass(WHILE);
    Map<String, String> before = b.treeAndConflicts();
    assertThat(a.treeAndConflicts()).isEqualTo(before);
    setRootBack();
    a.resume(Resume.AS_STALE);
    scheduler.pass(WHILE);
    assertThat(b.treeAndConflicts()).isEqualTo(before);
    assertThat(a.treeAndConflicts()).isEqualTo(before);
  }

  @Test
  void theConflictCopiesThatARootLacksAreMadeAgain() throws Exception {
    network.part("a", "b");
    a.write("doc", "edited on a");
    b.write("doc", "edited on b");
    scheduler.pass(WHILE);
    network.healAll();
    scheduler.pass(WHILE);
    Map<String, String> before = b.treeAndConflicts();
    assertThat(before).anySatisfy((path, _) -> assertThat(path).startsWith(".dirsync/conflicts/"));
    assertThat(a.treeAndConflicts()).isEqualTo(before);
    setRootBack();
    a.resume(Resume.AS_STALE);
    scheduler.pass(WHILE);
    assertThat(b.treeAndConflicts()).isEqualTo(before);
    assertThat(a.treeAndConflicts()).isEqualTo(before);
  }

  private void setRootBack() throws Exception {
    assertThat(a.setRootBack()).isTrue();
    a.start();
    scheduler.pass(MOMENT);
  }
}
