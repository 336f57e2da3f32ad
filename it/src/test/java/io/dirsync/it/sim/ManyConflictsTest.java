package io.dirsync.it.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.engine.NodeControl.Conflict;
import io.dirsync.engine.NodeControl.Keep;
import io.dirsync.engine.NodeControl.Settled;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** So many conflicts that several of them are ended in one change of the store. */
class ManyConflictsTest {
  private static final Duration WHILE = Duration.ofMinutes(10);

  /** Some of them are remembered in one place: two of so many have the same three digits. */
  private static final int CONFLICTS = 300;

  private final Trace trace = new Trace(false);
  private final Scheduler scheduler = new Scheduler(1, trace);
  private final Network network = new Network(scheduler, trace);

  private SimNode node(String name, String peer) {
    return new SimNode(name, scheduler, network, peer).keepingConflictsFor(Duration.ofDays(30));
  }

  private List<Settled> after(CompletableFuture<List<Settled>> done) {
    scheduler.pass(WHILE);
    return done.join();
  }

  @Test
  void whatWasEndedAtOnceIsTakenBackOneByOneOrAllTogether() throws Exception {
    SimNode a = node("a", "b");
    SimNode b = node("b", "a");
    for (int i = 0; i < CONFLICTS; i++) {
      a.write("page" + i, "of a: " + i);
      b.write("page" + i, "of b: " + i);
    }
    a.start();
    b.start();
    scheduler.pass(WHILE);
    List<Conflict> conflicts = a.process().conflicts();
    assertThat(conflicts).hasSize(CONFLICTS);
    Map<String, String> before = a.tree();
    Set<String> ids = new HashSet<>();
    conflicts.forEach(conflict -> ids.add(conflict.id()));

    for (Keep keep : List.of(new Keep.Newest(), new Keep.Both(), new Keep.OfNode("a"))) {
      assertThat(after(a.process().resolve(Set.of(), keep, false))).hasSize(CONFLICTS);
      assertThat(b.process().conflicts()).isEmpty();
      String one = conflicts.getLast().id();
      assertThat(after(a.process().undo(Set.of(one)))).allMatch(each -> each.refused() == null);
      assertThat(b.process().conflicts()).hasSize(1);
      Set<String> others = new HashSet<>(ids);
      others.remove(one);
      assertThat(after(a.process().undo(others)))
          .hasSize(CONFLICTS - 1)
          .allMatch(each -> each.refused() == null);
      for (SimNode node : List.of(a, b)) {
        assertThat(node.process().conflicts()).hasSize(CONFLICTS);
        assertThat(node.tree()).as("undone on %s: %s", node.name(), keep).isEqualTo(before);
      }
    }
  }
}
