package io.dirsync.conflict;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.model.Content;
import io.dirsync.model.Dot;
import io.dirsync.model.Event;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Settled;
import io.dirsync.model.Shown;
import io.dirsync.model.Version;
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
  final Map<Dot, Content.File> written = new HashMap<>();
  final Map<Dot, List<Dot>> replaced = new HashMap<>();
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
    for (LiveEntry entry : event.added()) {
      if (entry instanceof Version version && version.content() instanceof Content.File file) {
        written.put(version.dot(), file);
        if (own) {
          replaced.put(version.dot(), version.supersedes().stream().limit(2).toList());
        }
      }
    }
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

  /**
   * Lets a policy end what conflicts the disk shows.
   *
   * @return whether it has ended one
   */
  boolean settle(MergePolicy policy) {
    show(Integer.MAX_VALUE);
    for (RelativePath path : List.copyOf(disk.keySet())) {
      for (Settlement.Conflict conflict : Settlement.of(state, copies(path))) {
        Optional<Event> event = event(conflict, policy);
        if (event.isPresent()) {
          take(event.get(), true);
          show(Integer.MAX_VALUE);
          return true;
        }
      }
    }
    return false;
  }

  private Optional<Event> event(Settlement.Conflict conflict, MergePolicy policy) {
    Settlement.Contents contents =
        new Settlement.Contents() {
          @Override
          public Optional<byte[]> of(Content.File file, int bytesMax) {
            return Optional.of(User.bytes(User.letter(file)));
          }

          @Override
          public Optional<Content.File> writtenBy(Dot dot) {
            return Optional.ofNullable(written.get(dot));
          }

          @Override
          public List<Dot> replacedBy(Dot dot) {
            return replaced.getOrDefault(dot, List.of());
          }
        };
    return switch (Settlement.decide(conflict, policy, contents)) {
      case Settlement.Verdict.Leave _ -> Optional.empty();
      case Settlement.Verdict.Keep(Settlement.Side side) ->
          Optional.of(Settlement.keep(state, conflict, side));
      case Settlement.Verdict.Write(byte[] bytes, Settled by) ->
          Optional.of(
              Settlement.write(
                  state, conflict, User.content(User.letters(bytes)), by, this::nextDot));
    };
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
