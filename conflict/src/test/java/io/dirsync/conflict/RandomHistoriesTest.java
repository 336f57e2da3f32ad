package io.dirsync.conflict;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.model.AttributeChange;
import io.dirsync.model.AttributeName;
import io.dirsync.model.AttributeValue;
import io.dirsync.model.Attributes;
import io.dirsync.model.ConflictCopy;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.Dot;
import io.dirsync.model.Event;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Shown;
import io.dirsync.model.Version;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Three nodes, their users and their logs, by seed: they agree in the end, and lose and revive
 * nothing.
 */
final class RandomHistoriesTest {
  private static final int HISTORIES = 1500;
  private static final int ACTIONS = 50;
  private static final String[] PATHS = {"f", "g", "d", "d/x", "d/e", "d/e/y"};

  private static final class History {
    final Random random;
    final List<Replica> nodes = List.of(new Replica("a"), new Replica("b"), new Replica("c"));
    final Set<Content> written = new HashSet<>();
    final Set<Content> buried = new HashSet<>();
    long clock;

    History(long seed) {
      this.random = new Random(seed);
    }

    void run() {
      for (int i = 0; i < ACTIONS; i++) {
        Replica node = nodes.get(random.nextInt(nodes.size()));
        switch (random.nextInt(10)) {
          case 0, 1, 2, 3, 4 -> act(node);
          case 5, 6, 7 -> node.read(nodes.get(random.nextInt(nodes.size())), 1 + random.nextInt(4));
          default -> node.show(1 + random.nextInt(3));
        }
      }
      exchange();
    }

    void exchange() {
      for (int round = 0; round < 4; round++) {
        for (Replica node : nodes) {
          nodes.forEach(other -> node.read(other, Integer.MAX_VALUE));
        }
      }
    }

    /** Ends one conflict by a choice, and notes what is to be shown then. */
    void resolve(Replica node, RelativePath path, int choice, Map<RelativePath, Content> expected) {
      List<ConflictCopy> copies = List.copyOf(requireNonNull(node.disk.get(path)).copies());
      ConflictCopy newest =
          copies.stream()
              .max(Comparator.comparingLong(ConflictCopy::stamp).thenComparing(ConflictCopy::dot))
              .orElseThrow();
      Resolution.Keep keep =
          switch (choice) {
            case 0 -> new Resolution.Keep.Shown();
            case 1 ->
                new Resolution.Keep.Both(
                    copy -> RelativePath.of("copy-" + copy.dot().toString().replace('/', '-')));
            default -> new Resolution.Keep.Of(newest.dot().replica().node());
          };
      Resolution found;
      try {
        found = Resolution.of(node.state, node.copies(path), node::shown, keep);
      } catch (Resolution.RefusedException e) {
        // A directory has the name, or a file that of a directory above: what stands stays.
        assertThat(choice).isEqualTo(2);
        resolve(node, path, 0, expected);
        return;
      }
      for (Resolution.Write write : found.writes()) {
        expected.put(write.path(), write.content());
        // What was put back into a directory that is gone brings the directory back.
        Optional<RelativePath> above = write.path().parent();
        while (above.isPresent() && !above.get().isRoot()) {
          expected.putIfAbsent(above.get(), Content.Directory.VALUE);
          above = above.get().parent();
        }
      }
      node.take(found.event(node.state, node::nextDot, ++clock), true);
      node.show(Integer.MAX_VALUE);
    }

    Map<RelativePath, Content> shown(Replica node) {
      Map<RelativePath, Content> contents = new TreeMap<>();
      node.disk
          .keySet()
          .forEach(
              path -> node.shown(path).ifPresent(shown -> contents.put(path, shown.content())));
      return contents;
    }

    private void act(Replica node) {
      clock++;
      RelativePath path = RelativePath.of(PATHS[random.nextInt(PATHS.length)]);
      Optional<Shown> before = node.shown(path);
      boolean directory = before.isPresent() && before.get().content().isDirectory();
      long stamp = clock + random.nextInt(-9, 10);
      switch (random.nextInt(6)) {
        case 0, 1, 2 -> {
          if (!directory) {
            Content content = new Content.File(new ContentHash(clock, 0, 0, 0), 1);
            bury(before);
            written.add(content);
            node.take(
                Writes.put(
                    node.state,
                    node.nextDot(),
                    path,
                    content,
                    new Attributes(0644, clock),
                    stamp,
                    before.orElse(null),
                    node.copies(path),
                    Optional.empty()),
                true);
            refresh(node, path);
          }
        }
        case 3 -> {
          if (before.isPresent()) {
            AttributeChange.Field field =
                new AttributeChange.Field(
                    AttributeName.MODE, new AttributeValue.OfNumber(0700), stamp);
            node.take(
                Writes.setAttributes(
                    node.state, node.nextDot(), path, List.of(field), before.get()),
                true);
            refresh(node, path);
          }
        }
        case 4 -> {
          if (before.isPresent() && !directory) {
            bury(before);
            node.take(Writes.remove(before.get(), node.copies(path)), true);
            refresh(node, path);
          }
        }
        default -> move(node, path, before, directory, stamp);
      }
    }

    private void move(
        Replica node, RelativePath path, Optional<Shown> before, boolean directory, long stamp) {
      RelativePath target = RelativePath.of(PATHS[random.nextInt(PATHS.length)]);
      Optional<Shown> there = node.shown(target);
      boolean blocked = there.isPresent() && there.get().content().isDirectory();
      if (before.isEmpty() || directory || blocked || target.equals(path)) {
        return;
      }
      bury(there);
      node.take(
          Writes.put(
              node.state,
              node.nextDot(),
              target,
              before.get().content(),
              before.get().attributes(),
              stamp,
              there.orElse(null),
              node.copies(target),
              Optional.of(new Writes.Source(before.get(), node.copies(path)))),
          true);
      refresh(node, path);
      refresh(node, target);
    }

    private void bury(Optional<Shown> shown) {
      shown.map(Shown::content).filter(content -> !content.isDirectory()).ifPresent(buried::add);
    }

    /** The disk shows at once what its own user has done there. */
    private static void refresh(Replica node, RelativePath path) {
      Rendering now = Renderer.at(node.state, path);
      if (now.shown() == null && now.copies().isEmpty()) {
        node.disk.remove(path);
      } else {
        node.disk.put(path, now);
      }
    }

    Set<Content> shownAnywhere(Replica node) {
      Set<Content> contents = new HashSet<>();
      node.state
          .tree()
          .values()
          .forEach(
              rendering -> {
                if (rendering.shown() != null) {
                  contents.add(rendering.shown().content());
                }
                rendering.copies().forEach(copy -> contents.add(copy.content()));
              });
      return contents;
    }
  }

  @Test
  void replicasAgreeInTheEndAndLoseNothingThatNobodySawReplaced() {
    for (int seed = 0; seed < HISTORIES; seed++) {
      History history = new History(seed);
      history.run();
      Replica first = history.nodes.getFirst();
      for (Replica node : history.nodes) {
        assertThat(node.state.tree()).as("seed %d", seed).isEqualTo(first.state.tree());
        assertThat(node.state.entries()).as("seed %d", seed).isEqualTo(first.state.entries());
      }
      Set<Content> lost = new HashSet<>(history.written);
      lost.removeAll(history.buried);
      lost.removeAll(history.shownAnywhere(first));
      assertThat(lost).as("seed %d: lost", seed).isEmpty();
    }
  }

  @Test
  void resolvingAllConflictsOnOneNodeLeavesNoneOnAnyAndKeepsWhatWasChosen() {
    int resolved = 0;
    for (int seed = 0; seed < HISTORIES; seed++) {
      History history = new History(seed);
      history.run();
      Random random = new Random(seed);
      Replica chooser = history.nodes.get(random.nextInt(history.nodes.size()));
      chooser.show(Integer.MAX_VALUE);
      Map<RelativePath, Content> before = history.shown(chooser);
      Map<RelativePath, Content> expected = new TreeMap<>(before);
      for (RelativePath path : List.copyOf(chooser.disk.keySet())) {
        if (!chooser.copies(path).isEmpty()) {
          history.resolve(chooser, path, random.nextInt(3), expected);
          resolved++;
        }
      }
      history.exchange();
      for (Replica node : history.nodes) {
        assertThat(node.state.tree()).as("seed %d", seed).isEqualTo(chooser.state.tree());
        node.show(Integer.MAX_VALUE);
        assertThat(history.shown(node)).as("seed %d: shown", seed).isEqualTo(expected);
        assertThat(node.disk.values())
            .as("seed %d: copies", seed)
            .allMatch(rendering -> rendering.copies().isEmpty());
      }
    }
    assertThat(resolved).isGreaterThan(HISTORIES / 2);
  }

  @Test
  void takingTheSameEventsInAnyOrderAndTwiceGivesTheSameState() {
    for (int seed = 0; seed < 300; seed++) {
      History history = new History(seed);
      history.run();
      List<Event> events = new ArrayList<>();
      history.nodes.forEach(node -> events.addAll(node.log));
      LiveSet forwards = new LiveSet();
      LiveSet shuffled = new LiveSet();
      events.forEach(event -> Merge.take(forwards, event, false));
      List<Event> mixed = new ArrayList<>(events);
      mixed.addAll(events);
      java.util.Collections.shuffle(mixed, new Random(seed));
      mixed.forEach(event -> Merge.take(shuffled, event, false));
      assertThat(shuffled.tree()).as("seed %d", seed).isEqualTo(forwards.tree());
    }
  }

  @Test
  void aComparisonTellsWhatALogWouldHaveTold() {
    for (int seed = 0; seed < 300; seed++) {
      History history = new History(seed);
      history.run();
      Replica source = history.nodes.getFirst();
      LiveSet late = new LiveSet();
      // It knows some of the log and compares for the rest.
      List<Event> log = source.log;
      log.subList(0, log.size() / 2).forEach(event -> Merge.take(late, event, false));
      Event event =
          Merge.comparison(
              late,
              List.copyOf(source.state.entries().values()),
              List.copyOf(late.entries().values()),
              source.state::knows);
      Merge.take(late, event, false);
      assertThat(late.tree()).as("seed %d", seed).isEqualTo(source.state.tree());
    }
  }

  @Test
  void anEntryThatIsShelvedStaysShelved() {
    Dot dot = new Dot(new ReplicaId("a", 1), 1);
    Version version =
        new Version(
            dot,
            RelativePath.of("f"),
            new Content.File(new ContentHash(1, 0, 0, 0), 1),
            new Attributes(0644, 1),
            1,
            List.of(),
            null,
            false);
    LiveSet state = new LiveSet();
    Merge.take(state, new Event(List.of(version), Set.of(), Set.of()), false);
    Merge.take(state, new Event(List.of(), Set.of(), Set.of(dot)), false);
    Merge.take(state, new Event(List.<LiveEntry>of(version), Set.of(), Set.of()), false);
    assertThat(state.get(dot)).contains(version.shelve());
  }
}
