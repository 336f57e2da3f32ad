package io.dirsync.it.scope;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.Set;
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
}
