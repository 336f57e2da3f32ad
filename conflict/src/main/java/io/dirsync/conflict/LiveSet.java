package io.dirsync.conflict;

import io.dirsync.model.Dot;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.RelativePath;
import io.dirsync.model.Version;
import io.dirsync.model.VersionVector;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/** A live set and context in memory. Not for several threads. */
public final class LiveSet implements LiveState {
  private final NavigableMap<Dot, LiveEntry> live = new TreeMap<>();
  private final TreeMap<RelativePath, Map<Dot, LiveEntry>> byPath = new TreeMap<>();
  private final Map<Dot, Map<Dot, Version>> bySource = new HashMap<>();
  private final Map<Dot, Map<Dot, Version>> bySuperseded = new HashMap<>();
  private final Context context;

  public LiveSet() {
    this.context = new Context();
  }

  private LiveSet(Context context) {
    this.context = context;
  }

  public LiveSet copy() {
    LiveSet copy = new LiveSet(new Context(context.vector(), context.beyond()));
    live.values().forEach(copy::put);
    return copy;
  }

  /** All live entries, by dot. */
  public NavigableMap<Dot, LiveEntry> entries() {
    return live;
  }

  public VersionVector vector() {
    return context.vector();
  }

  public Set<Dot> beyond() {
    return context.beyond();
  }

  /** The whole tree: every path that shows something or has conflict copies. */
  public SortedMap<RelativePath, Rendering> tree() {
    Set<RelativePath> paths = new TreeSet<>();
    for (RelativePath path : byPath.keySet()) {
      Optional<RelativePath> at = Optional.of(path);
      while (at.isPresent() && !at.get().isRoot() && paths.add(at.get())) {
        at = at.get().parent();
      }
    }
    SortedMap<RelativePath, Rendering> tree = new TreeMap<>();
    for (RelativePath path : paths) {
      Rendering rendering = Renderer.at(this, path);
      if (rendering.shown() != null || !rendering.copies().isEmpty()) {
        tree.put(path, rendering);
      }
    }
    return tree;
  }

  @Override
  public Optional<LiveEntry> get(Dot dot) {
    return Optional.ofNullable(live.get(dot));
  }

  @Override
  public List<LiveEntry> at(RelativePath path) {
    return List.copyOf(byPath.getOrDefault(path, Map.of()).values());
  }

  @Override
  public List<Version> movesFrom(Dot dot) {
    List<Version> moves = new ArrayList<>();
    for (Version move : bySource.getOrDefault(dot, Map.of()).values()) {
      if (!move.shelved()) {
        moves.add(move);
      }
    }
    return moves;
  }

  @Override
  public List<Version> successorsOf(Dot dot) {
    return List.copyOf(bySuperseded.getOrDefault(dot, Map.of()).values());
  }

  @Override
  public boolean anyBelow(RelativePath directory, Predicate<Version> condition) {
    for (Map.Entry<RelativePath, Map<Dot, LiveEntry>> entry :
        byPath.tailMap(directory, false).entrySet()) {
      if (entry.getKey().isBelow(directory)) {
        for (LiveEntry each : entry.getValue().values()) {
          if (each instanceof Version version && condition.test(version)) {
            return true;
          }
        }
      } else if (!startsWith(entry.getKey(), directory)) {
        return false;
      }
    }
    return false;
  }

  private static boolean startsWith(RelativePath path, RelativePath prefix) {
    byte[] bytes = path.bytes();
    byte[] start = prefix.bytes();
    return bytes.length >= start.length
        && java.util.Arrays.equals(bytes, 0, start.length, start, 0, start.length);
  }

  @Override
  public boolean knows(Dot dot) {
    return context.knows(dot) || live.containsKey(dot);
  }

  @Override
  public void put(LiveEntry entry) {
    remove(entry.dot());
    live.put(entry.dot(), entry);
    byPath.computeIfAbsent(entry.path(), _ -> new LinkedHashMap<>()).put(entry.dot(), entry);
    if (entry instanceof Version version) {
      if (version.movedFrom() != null) {
        bySource
            .computeIfAbsent(version.movedFrom(), _ -> new LinkedHashMap<>())
            .put(version.dot(), version);
      }
      for (Dot dot : version.supersedes()) {
        bySuperseded.computeIfAbsent(dot, _ -> new LinkedHashMap<>()).put(version.dot(), version);
      }
    }
  }

  @Override
  public void remove(Dot dot) {
    LiveEntry entry = live.remove(dot);
    if (entry == null) {
      return;
    }
    drop(byPath, entry.path(), dot);
    if (entry instanceof Version version) {
      if (version.movedFrom() != null) {
        drop(bySource, version.movedFrom(), dot);
      }
      for (Dot superseded : version.supersedes()) {
        drop(bySuperseded, superseded, dot);
      }
    }
  }

  private static <K, V> void drop(Map<K, Map<Dot, V>> index, K key, Dot dot) {
    index.computeIfPresent(
        key,
        (_, entries) -> {
          entries.remove(dot);
          return entries.isEmpty() ? null : entries;
        });
  }

  @Override
  public void addBeyond(Dot dot) {
    context.addBeyond(dot);
  }

  @Override
  public void cover(Dot dot) {
    context.cover(dot);
  }
}
