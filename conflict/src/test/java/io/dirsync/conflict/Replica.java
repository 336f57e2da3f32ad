package io.dirsync.conflict;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.model.Dot;
import io.dirsync.model.Event;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Shown;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** A node that shows what it knows late. */
final class Replica {
  final ReplicaId id;
  final LiveSet state = new LiveSet();
  final List<Event> log = new ArrayList<>();
  final Map<Replica, Integer> cursors = new HashMap<>();
  final Map<RelativePath, Rendering> disk = new TreeMap<>();
  long counter;

  Replica(String name) {
    this.id = new ReplicaId(name, 1);
  }

  Dot nextDot() {
    Dot dot = new Dot(id, ++counter);
    state.cover(dot);
    return dot;
  }

  void take(Event event, boolean own) {
    SortedMap<RelativePath, Rendering> before = state.tree();
    Taken taken = Merge.take(state, event, own);
    SortedMap<RelativePath, Rendering> after = state.tree();
    Set<RelativePath> changed = new HashSet<>(before.keySet());
    changed.addAll(after.keySet());
    changed.removeIf(path -> java.util.Objects.equals(before.get(path), after.get(path)));
    assertThat(taken.touched()).as("touched holds every path that changed").containsAll(changed);
    if (!taken.news().isEmpty()) {
      log.add(taken.news());
    }
    Event orphans = Merge.orphans(state, taken.touched());
    if (!orphans.isEmpty()) {
      log.add(Merge.take(state, orphans, true).news());
    }
  }

  void read(Replica source, int limit) {
    int from = cursors.getOrDefault(source, 0);
    int to = (int) Math.min(source.log.size(), (long) from + limit);
    for (int i = from; i < to; i++) {
      take(source.log.get(i), false);
    }
    cursors.put(source, to);
    if (to == source.log.size()) {
      Merge.join(state, source.state.vector(), source.state.beyond());
    }
  }

  void show(int limit) {
    SortedMap<RelativePath, Rendering> wanted = state.tree();
    int left = limit;
    for (RelativePath path : List.copyOf(disk.keySet())) {
      if (!wanted.containsKey(path) && left-- > 0) {
        disk.remove(path);
      }
    }
    for (var entry : wanted.entrySet()) {
      if (!entry.getValue().equals(disk.get(entry.getKey())) && left-- > 0) {
        disk.put(entry.getKey(), entry.getValue());
      }
    }
  }

  Optional<Shown> shown(RelativePath path) {
    Rendering rendering = disk.get(path);
    return rendering == null ? Optional.empty() : Optional.ofNullable(rendering.shown());
  }

  Set<Dot> copies(RelativePath path) {
    Rendering rendering = disk.get(path);
    Set<Dot> dots = new HashSet<>();
    if (rendering != null) {
      rendering.copies().forEach(copy -> dots.add(copy.dot()));
    }
    return dots;
  }
}
