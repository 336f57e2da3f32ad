package io.dirsync.it.scope;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * In every state that a few acts can lead to, by whatever interleaving of acts, deliveries, dropped
 * logs and steps of the disks: what is news once is not news twice (P5), what changes is said to
 * change, the order of coming does not matter (P1). In each in which nothing is left to be done:
 * all know and show the same (P1), nothing is lost (P2), nothing is risen or comes up from the
 * conflict area (P3), and reading on changes nothing (P6). Every step starts from what is stored
 * (P4), and the disk's steps make no events (P7).
 */
final class SmallScopeTest {
  private static final Set<Act> ALL = EnumSet.allOf(Act.class);

  @ParameterizedTest
  @CsvSource({
    // nodes, acts, compactions, states at least
    "2, 3, 0, 93349",
    "2, 2, 1, 23898",
  })
  void everyInterleavingEndsWhereAllAgree(int nodes, int acts, int compactions, int states) {
    Exploration.Count count = Exploration.of(nodes, acts, compactions, ALL);
    System.out.printf("%d nodes, %d acts, %d compactions: %s%n", nodes, acts, compactions, count);
    assertThat(count.states()).isGreaterThanOrEqualTo(states);
  }

  @Test
  void everyInterleavingOnThreeNodesEndsWhereAllAgree() {
    Exploration.Count count = Exploration.reduced(3, 2, ALL);
    System.out.printf("3 nodes, 2 acts, reduced: %s%n", count);
    assertThat(count.states()).isGreaterThanOrEqualTo(349_740);
    // A node that only hands on what it hears changes nothing about how things end.
    assertThat(count.ends().stream().map(SmallScopeTest::ofActors).toList())
        .containsExactlyInAnyOrderElementsOf(
            Exploration.reduced(2, 2, ALL).ends().stream().map(SmallScopeTest::ofActors).toList());
  }

  private static Exploration.End ofActors(Exploration.End end) {
    return new Exploration.End(end.live(), end.vector(), end.ledgers().subList(0, 2));
  }

  @Test
  void aReducedExplorationComesToTheSameEnds() {
    Exploration.Count full = Exploration.of(2, 2, 0, ALL);
    Exploration.Count reduced = Exploration.reduced(2, 2, ALL);
    assertThat(reduced.ends()).isEqualTo(full.ends()).isNotEmpty();
    assertThat(reduced.states()).isLessThan(full.states());
  }
}
