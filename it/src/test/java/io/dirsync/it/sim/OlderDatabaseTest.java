package io.dirsync.it.sim;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.engine.NodeStatus.State;
import io.dirsync.engine.Resume;
import io.dirsync.fs.MemoryVolume.Operation;
import java.nio.file.AccessDeniedException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A database restored from a copy, below a root that has gone on. */
final class OlderDatabaseTest {
  private static final Duration WHILE = Duration.ofMinutes(5);

  /** What a root bears so that one can tell which of it and a database is older. */
  private static final String GENERATION = "\\.dirsync/root-[^/]*/[0-9]+";

  private final Scheduler scheduler = new Scheduler(1, new Trace(false));
  private final Network network = new Network(scheduler, new Trace(false));
  private final SimNode a = new SimNode("a", scheduler, network, "b");
  private final SimNode b = new SimNode("b", scheduler, network, "a");

  /** So that the root's copy knows a file, and the database's copy one more. */
  @BeforeEach
  void copyBoth() throws Exception {
    a.write("first", "of a");
    a.start();
    b.start();
    scheduler.pass(WHILE);
    a.copyRoot();
    a.start();
    scheduler.pass(WHILE);
    b.write("doc", "of b");
    scheduler.pass(WHILE);
    assertThat(a.tree()).containsEntry("doc", b.tree().get("doc"));
    a.backUp();
    a.start();
    scheduler.pass(WHILE);
  }

  @Test
  void whatIsEditedAfterTheCopyIsAnEdit() throws Exception {
    a.write("doc", "edited on a");
    scheduler.pass(WHILE);
    restoreDatabase();
    assertThat(b.treeAndConflicts()).isEqualTo(a.treeAndConflicts());
    assertThat(a.process().conflicts()).isEmpty();
  }

  @Test
  void whatIsWrittenOnARootThatWasSetBackMeanwhileHasNotSeenWhatTheCopySaysWasShown()
      throws Exception {
    setRootBack(Resume.AS_STALE);
    a.write("doc", "anew on a");
    scheduler.pass(WHILE);
    network.healAll();
    restoreDatabase();
    Map<String, String> all = a.treeAndConflicts();
    assertThat(b.treeAndConflicts()).isEqualTo(all);
    assertThat(all.values())
        .anyMatch(found -> found.endsWith("of b"))
        .anyMatch(found -> found.endsWith("anew on a"));
  }

  @Test
  void whatARootThatWasSetBackMeanwhileLacksComesAgain() throws Exception {
    setRootBack(Resume.AS_STALE);
    network.healAll();
    restoreDatabase();
    assertThat(a.tree()).containsKey("doc");
    assertThat(b.treeAndConflicts()).isEqualTo(a.treeAndConflicts());
  }

  @Test
  void whatARootLacksThatWasMeanwhileTakenForTheTruthIsGone() throws Exception {
    setRootBack(Resume.AS_TRUTH);
    network.healAll();
    restoreDatabase();
    assertThat(a.tree()).doesNotContainKey("doc");
    assertThat(b.treeAndConflicts()).isEqualTo(a.treeAndConflicts());
  }

  @Test
  void conflictCopiesThatARootLacksThatWasSetBackMeanwhileAreMadeAgain() throws Exception {
    copyDatabaseWithAConflict();
    setRootBack(Resume.AS_STALE);
    network.healAll();
    restoreDatabase();
    assertCopiesAreThere();
  }

  @Test
  void theyAreMadeAgainTooIfTheFolderIsStoppedBeforeDatabaseAndRootAreLevel() throws Exception {
    copyDatabaseWithAConflict();
    setRootBack(Resume.AS_STALE);
    network.healAll();
    assertThat(a.restoreDatabase()).isTrue();
    a.breakDisk(
        (operation, path) -> {
          if (operation == Operation.MKDIR && new String(path, UTF_8).matches(GENERATION)) {
            throw new AccessDeniedException("the root");
          }
        });
    a.start();
    scheduler.pass(Duration.ofSeconds(1));
    assertThat(a.folder().state()).isEqualTo(State.HALTED);
    a.kill();
    a.start();
    scheduler.pass(WHILE);
    assertCopiesAreThere();
  }

  /** The root's copy is from before it. */
  private void copyDatabaseWithAConflict() throws Exception {
    network.part("a", "b");
    a.write("first", "again of a");
    b.write("first", "again of b");
    scheduler.pass(WHILE);
    network.healAll();
    scheduler.pass(WHILE);
    assertThat(a.filesIn(".dirsync/conflicts")).hasSize(1);
    a.backUp();
    a.start();
    scheduler.pass(WHILE);
  }

  private void assertCopiesAreThere() {
    assertThat(a.process().conflicts()).isNotEmpty();
    assertThat(a.filesIn(".dirsync/conflicts")).contains("again of a");
    assertThat(b.treeAndConflicts()).isEqualTo(a.treeAndConflicts());
  }

  /** While nobody can be asked what it lacks. */
  private void setRootBack(Resume how) throws Exception {
    network.part("a", "b");
    assertThat(a.setRootBack()).isTrue();
    a.start();
    scheduler.pass(WHILE);
    a.resume(how);
    scheduler.pass(WHILE);
    assertThat(a.tree()).doesNotContainKey("doc");
  }

  private void restoreDatabase() throws Exception {
    assertThat(a.restoreDatabase()).isTrue();
    a.start();
    scheduler.pass(WHILE);
  }
}
