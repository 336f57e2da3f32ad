package io.dirsync.conflict;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.model.Dot;
import io.dirsync.model.Event;
import io.dirsync.model.RelativePath;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * The laws of merging, over every history of a few acts: a state does not depend on the order in
 * which its events came, on how often, or on which of them came by way of another node. Of the
 * orders, all but those that no log has: who shelves a version has it in the log before that.
 */
final class MergeLawsTest {
  private static final List<String> BEFORE =
      List.of("", "write f o", "mkdir d; write d/f o", "write f o; write g p");

  /** What A does, and B at the same time; each only where it can. */
  private static final List<String> ACTS =
      List.of(
          "",
          "write f x",
          "write f y",
          "link f x",
          "mkdir f",
          "rm f",
          "mv f g",
          "mv f h",
          "chmod f 600",
          "touch f 5",
          "write d/f z",
          "rm d",
          "mv d e");

  /** What B does when it has heard of that, and A has not heard of B. */
  private static final List<String> AFTERWARDS =
      List.of("", "write f z", "rm f", "resolve f shown");

  /** A history has at most so many events: so many times its orders are tried. */
  private static final int EVENTS_MAX = 7;

  private long histories;
  private long orders;

  @Test
  void theSameEventsInEveryOrderTwiceOrThroughAnotherNodeGiveTheSameState() {
    for (String before : BEFORE) {
      for (String onA : ACTS) {
        for (String onB : ACTS) {
          for (String then : AFTERWARDS) {
            check(before, onA, onB, then);
          }
        }
      }
    }
    System.out.printf("%,d histories, %,d orders%n", histories, orders);
    assertThat(histories).isGreaterThan(500);
    assertThat(orders).isGreaterThan(20_000);
  }

  private void check(String before, String onA, String onB, String then) {
    Replica a = new Replica("a");
    Replica b = new Replica("b");
    new User(a, 1).act(before);
    b.read(a, Integer.MAX_VALUE);
    b.show(Integer.MAX_VALUE);
    if (!can(a, onA) || !can(b, onB)) {
      return;
    }
    new User(a, 100).act(onA);
    new User(b, 200).act(onB);
    b.read(a, Integer.MAX_VALUE);
    b.show(Integer.MAX_VALUE);
    if (!can(b, then)) {
      return;
    }
    new User(b, 300).act(then);
    a.read(b, Integer.MAX_VALUE);
    List<Event> events = new ArrayList<>(a.log.stream().distinct().toList());
    assertThat(events).hasSizeLessThanOrEqualTo(EVENTS_MAX);
    LiveSet expected = new LiveSet();
    events.forEach(event -> Merge.take(expected, event, false));
    histories++;
    permute(
        events,
        0,
        String.join(" | ", before, onA, onB, then),
        (order, history) -> {
          if (isInALog(order)) {
            orders++;
            assertSame(directly(order), expected, history);
            assertSame(twice(order), expected, history);
            for (int split = 1; split < order.size(); split++) {
              assertSame(relayed(order, split), expected, history);
            }
          }
        });
  }

  private static boolean can(Replica node, String act) {
    String[] words = act.split(" ");
    return switch (words[0]) {
      case "", "write", "link", "mkdir" -> act.isEmpty() || fits(node, RelativePath.of(words[1]));
      case "resolve" -> !node.copies(RelativePath.of(words[1])).isEmpty();
      default -> node.shown(RelativePath.of(words[1])).isPresent();
    };
  }

  /** A file needs its directory, and nobody writes over a directory. */
  private static boolean fits(Replica node, RelativePath path) {
    boolean above =
        path.parent().filter(parent -> !parent.isRoot()).isEmpty()
            || path.parent()
                .flatMap(node::shown)
                .filter(shown -> shown.content().isDirectory())
                .isPresent();
    return above && node.shown(path).filter(shown -> shown.content().isDirectory()).isEmpty();
  }

  private static LiveSet directly(List<Event> order) {
    LiveSet state = new LiveSet();
    order.forEach(event -> Merge.take(state, event, false));
    return state;
  }

  private static LiveSet twice(List<Event> order) {
    LiveSet state = directly(order);
    order.forEach(event -> assertThat(Merge.take(state, event, false).news().isEmpty()).isTrue());
    return state;
  }

  /**
   * Another node has the last of them already when it takes all in, and hands on what was news to
   * it; then come the last of them.
   */
  private static LiveSet relayed(List<Event> order, int split) {
    List<Event> last = order.subList(split, order.size());
    LiveSet relay = directly(last);
    LiveSet state = new LiveSet();
    for (Event event : order) {
      Merge.take(state, Merge.take(relay, event, false).news(), false);
    }
    last.forEach(event -> Merge.take(state, event, false));
    return state;
  }

  private static boolean isInALog(List<Event> order) {
    Set<Dot> added = new HashSet<>();
    for (Event event : order) {
      event.added().forEach(entry -> added.add(entry.dot()));
      if (!added.containsAll(event.shelved())) {
        return false;
      }
    }
    return true;
  }

  private static void assertSame(LiveSet state, LiveSet expected, String history) {
    assertThat(state.entries()).as(history).isEqualTo(expected.entries());
    assertThat(state.vector()).as(history).isEqualTo(expected.vector());
    assertThat(state.beyond()).as(history).isEqualTo(expected.beyond());
    assertThat(state.tree()).as(history).isEqualTo(expected.tree());
  }

  private interface Check {
    void of(List<Event> order, String history);
  }

  private static void permute(List<Event> events, int from, String history, Check check) {
    if (from == events.size()) {
      check.of(List.copyOf(events), history);
      return;
    }
    for (int i = from; i < events.size(); i++) {
      java.util.Collections.swap(events, from, i);
      permute(events, from + 1, history, check);
      java.util.Collections.swap(events, from, i);
    }
  }
}
