package io.dirsync.it.scope;

import io.dirsync.conflict.LiveSet;
import io.dirsync.conflict.Merge;
import io.dirsync.conflict.Rendering;
import io.dirsync.conflict.Taken;
import io.dirsync.model.Content;
import io.dirsync.model.Dot;
import io.dirsync.model.Event;
import io.dirsync.model.RelativePath;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** A node on its way from one moment to the next. */
final class Step {
  private final ScopeNode before;
  final LiveSet state;
  private int floor;
  private final List<Event> log;
  private final List<Integer> cursors;
  final SortedMap<RelativePath, Rendering> disk;
  final Set<Content> written;
  final Set<Content> buried;
  final Set<Content> moved;
  final Set<Dot> replaced;
  final Set<Dot> aside;

  Step(ScopeNode node) {
    before = node;
    state = node.state();
    floor = node.floor();
    log = new ArrayList<>(node.log());
    cursors = new ArrayList<>(node.cursors());
    disk = new TreeMap<>(node.disk());
    written = new HashSet<>(node.ledger().written());
    buried = new HashSet<>(node.ledger().buried());
    moved = new HashSet<>(node.ledger().moved());
    replaced = new HashSet<>(node.ledger().replaced());
    aside = new HashSet<>(node.ledger().aside());
  }

  ScopeNode end(int acts, int compactions) {
    return new ScopeNode(
        before.index(),
        List.copyOf(state.entries().values()),
        state.vector(),
        state.beyond(),
        floor,
        List.copyOf(log),
        List.copyOf(cursors),
        disk,
        acts,
        compactions,
        new ScopeNode.Ledger(
            Set.copyOf(written),
            Set.copyOf(buried),
            Set.copyOf(moved),
            Set.copyOf(replaced),
            Set.copyOf(aside)));
  }

  ScopeNode end() {
    return end(before.acts(), before.compactions());
  }

  void take(Event event, boolean own) {
    SortedMap<RelativePath, Rendering> tree = state.tree();
    Taken taken = Merge.take(state, event, own);
    requireTouched(tree, taken.touched());
    append(taken.news());
    if (!own) {
      require(Merge.take(state, event, false).news().isEmpty(), "an event is news twice:", event);
    }
    Event orphans = Merge.orphans(state, taken.touched());
    if (!orphans.isEmpty()) {
      append(Merge.take(state, orphans, true).news());
    }
  }

  private void requireTouched(SortedMap<RelativePath, Rendering> tree, Set<RelativePath> touched) {
    SortedMap<RelativePath, Rendering> now = state.tree();
    Set<RelativePath> paths = new HashSet<>(tree.keySet());
    paths.addAll(now.keySet());
    for (RelativePath path : paths) {
      require(
          touched.contains(path) || Objects.equals(tree.get(path), now.get(path)),
          "changes and is not touched:",
          path);
    }
  }

  private void append(Event news) {
    if (!news.isEmpty()) {
      log.add(news);
    }
  }

  /** The next entry of a peer's log, or a comparison if that is gone. */
  void read(ScopeNode source) {
    int cursor = cursors.get(source.index());
    if (cursor < source.floor()) {
      compare(source);
      cursor = source.end();
    } else if (cursor < source.end()) {
      take(source.log().get(cursor - source.floor()), false);
      cursor++;
    }
    cursors.set(source.index(), cursor);
    if (cursor == source.end()) {
      Merge.join(state, source.vector(), source.beyond());
    }
  }

  private void compare(ScopeNode source) {
    LiveSet theirs = source.state();
    take(
        Merge.comparison(
            state, source.live(), List.copyOf(state.entries().values()), theirs::knows),
        false);
    compact();
  }

  void compact() {
    floor += log.size();
    log.clear();
  }

  /**
   * One path nearer to what the state renders to: removals first, from the leaves, then the rest,
   * from the root. False if all is shown.
   */
  boolean show() {
    SortedMap<RelativePath, Rendering> wanted = state.tree();
    List<RelativePath> shown = new ArrayList<>(disk.keySet());
    for (RelativePath path : shown.reversed()) {
      if (!wanted.containsKey(path)) {
        disk.remove(path);
        return true;
      }
    }
    for (var entry : wanted.entrySet()) {
      if (!entry.getValue().equals(disk.get(entry.getKey()))) {
        disk.put(entry.getKey(), entry.getValue());
        return true;
      }
    }
    return false;
  }

  Dot nextDot() {
    Dot dot = new Dot(before.replica(), state.vector().counter(before.replica()) + 1);
    state.cover(dot);
    return dot;
  }

  static void require(boolean holds, String otherwise, Object... details) {
    if (!holds) {
      throw new AssertionError(otherwise + " " + List.of(details));
    }
  }
}
