package io.dirsync.engine.store;

import io.dirsync.engine.store.FolderStore.LogRecord;
import io.dirsync.engine.store.FolderStore.Totals;
import io.dirsync.model.ContentHash;
import io.dirsync.model.Cursor;
import io.dirsync.model.Dot;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Version;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Everything that one store knows at one moment, in plain collections. Not for several threads. */
final class MemoryState {
  private final NavigableMap<Dot, LiveEntry> live = new TreeMap<>();
  private final NavigableMap<RelativePath, Map<Dot, LiveEntry>> liveAt = new TreeMap<>();
  private final Map<Dot, NavigableSet<Dot>> moves = new HashMap<>();
  private final Map<Dot, NavigableSet<Dot>> successors = new HashMap<>();
  final NavigableMap<ReplicaId, Long> vector = new TreeMap<>();
  final NavigableSet<Dot> beyond = new TreeSet<>();
  private final NavigableMap<RelativePath, PathRecord> records = new TreeMap<>();
  private final Map<ContentHash, NavigableSet<RelativePath>> locations = new HashMap<>();
  final NavigableSet<RelativePath> dirty = new TreeSet<>();
  final NavigableMap<Long, LogRecord> log = new TreeMap<>();
  final Map<ReplicaId, Cursor> cursors = new HashMap<>();
  final Map<String, Long> acknowledged = new HashMap<>();
  final Map<String, byte[]> meta = new HashMap<>();
  Totals totals = new Totals(0, 0, 0, 0);
  long floor;
  long end;

  /** One step from a state to the next, to be made on each copy of the state alike. */
  interface Step {
    void on(MemoryState state);
  }

  MemoryState copy() {
    MemoryState copy = new MemoryState();
    copy.live.putAll(live);
    liveAt.forEach((path, entries) -> copy.liveAt.put(path, new LinkedHashMap<>(entries)));
    moves.forEach((dot, dots) -> copy.moves.put(dot, new TreeSet<>(dots)));
    successors.forEach((dot, dots) -> copy.successors.put(dot, new TreeSet<>(dots)));
    copy.vector.putAll(vector);
    copy.beyond.addAll(beyond);
    copy.records.putAll(records);
    locations.forEach((hash, paths) -> copy.locations.put(hash, new TreeSet<>(paths)));
    copy.dirty.addAll(dirty);
    copy.log.putAll(log);
    copy.cursors.putAll(cursors);
    copy.acknowledged.putAll(acknowledged);
    copy.meta.putAll(meta);
    copy.totals = totals;
    copy.floor = floor;
    copy.end = end;
    return copy;
  }

  @Nullable LiveEntry get(Dot dot) {
    return live.get(dot);
  }

  List<LiveEntry> at(RelativePath path) {
    return List.copyOf(liveAt.getOrDefault(path, Map.of()).values());
  }

  List<Version> movesFrom(Dot dot) {
    return versions(moves, dot).stream().filter(version -> !version.shelved()).toList();
  }

  List<Version> successorsOf(Dot dot) {
    return versions(successors, dot);
  }

  private List<Version> versions(Map<Dot, NavigableSet<Dot>> index, Dot of) {
    NavigableSet<Dot> dots = index.get(of);
    List<Version> versions = new ArrayList<>();
    if (dots != null) {
      for (Dot dot : dots) {
        if (live.get(dot) instanceof Version version) {
          versions.add(version);
        }
      }
    }
    return versions;
  }

  boolean anyBelow(RelativePath directory, Predicate<Version> condition) {
    for (Map<Dot, LiveEntry> entries : below(liveAt, directory).values()) {
      for (LiveEntry entry : entries.values()) {
        if (entry instanceof Version version && condition.test(version)) {
          return true;
        }
      }
    }
    return false;
  }

  /** Live entries in order of dots from behind one. */
  List<LiveEntry> liveAfter(@Nullable Dot after) {
    return List.copyOf(liveNowAfter(after));
  }

  /** The same, for a state that does not change any more. */
  Collection<LiveEntry> liveNowAfter(@Nullable Dot after) {
    return (after == null ? live : live.tailMap(after, false)).values();
  }

  void put(LiveEntry entry) {
    remove(entry.dot());
    live.put(entry.dot(), entry);
    liveAt.computeIfAbsent(entry.path(), _ -> new LinkedHashMap<>()).put(entry.dot(), entry);
    if (entry instanceof Version version) {
      Dot movedFrom = version.movedFrom();
      if (movedFrom != null) {
        add(moves, movedFrom, version.dot());
      }
      version.supersedes().forEach(superseded -> add(successors, superseded, version.dot()));
    }
  }

  void remove(Dot dot) {
    LiveEntry entry = live.remove(dot);
    if (entry == null) {
      return;
    }
    Map<Dot, LiveEntry> there = liveAt.getOrDefault(entry.path(), Map.of());
    there.remove(dot);
    if (there.isEmpty()) {
      liveAt.remove(entry.path());
    }
    if (entry instanceof Version version) {
      Dot movedFrom = version.movedFrom();
      if (movedFrom != null) {
        drop(moves, movedFrom, dot);
      }
      version.supersedes().forEach(superseded -> drop(successors, superseded, dot));
    }
  }

  private static <K, V> void add(Map<K, NavigableSet<V>> index, K key, V value) {
    index.computeIfAbsent(key, _ -> new TreeSet<>()).add(value);
  }

  private static <K, V> void drop(Map<K, NavigableSet<V>> index, K key, V value) {
    index.computeIfPresent(
        key,
        (_, values) -> {
          values.remove(value);
          return values.isEmpty() ? null : values;
        });
  }

  boolean covers(Dot dot) {
    return vector.getOrDefault(dot.replica(), 0L) >= dot.counter();
  }

  boolean knows(Dot dot) {
    return covers(dot) || beyond.contains(dot) || live.containsKey(dot);
  }

  void addBeyond(Dot dot) {
    if (!covers(dot)) {
      beyond.add(dot);
    }
  }

  void cover(Dot dot) {
    if (!covers(dot)) {
      vector.put(dot.replica(), dot.counter());
      beyond.removeIf(this::covers);
    }
  }

  void uncover(ReplicaId replica, long after) {
    vector.computeIfPresent(
        replica, (_, counter) -> after == 0 ? null : Long.valueOf(Math.min(counter, after)));
  }

  PathRecord record(RelativePath path) {
    PathRecord record = records.get(path);
    return record == null ? PathRecord.empty(path) : record;
  }

  List<PathRecord> children(RelativePath directory) {
    return below(directory).stream()
        .filter(record -> record.path().depth() == directory.depth() + 1)
        .toList();
  }

  List<PathRecord> below(RelativePath directory) {
    return List.copyOf(below(records, directory).values());
  }

  private static <V> NavigableMap<RelativePath, V> below(
      NavigableMap<RelativePath, V> map, RelativePath directory) {
    // Names have no NUL: nothing below comes before this, and all of it follows without a gap.
    Optional<RelativePath> first = directory.childIfPossible(new byte[] {1});
    if (first.isEmpty()) {
      return new TreeMap<>();
    }
    NavigableMap<RelativePath, V> from = map.tailMap(first.get(), true);
    for (RelativePath path : from.keySet()) {
      if (!path.isBelow(directory)) {
        return from.headMap(path, false);
      }
    }
    return from;
  }

  void put(PathRecord record) {
    PathRecord old = record(record.path());
    Totals less = old.totals();
    Totals more = record.totals();
    totals =
        new Totals(
            totals.files() - less.files() + more.files(),
            totals.bytes() - less.bytes() + more.bytes(),
            totals.copies() - less.copies() + more.copies(),
            totals.conflicts() - less.conflicts() + more.conflicts());
    Location.of(old).forEach(place -> removeLocation(place.hash(), place.path()));
    Location.of(record).forEach(place -> addLocation(place.hash(), place.path()));
    if (record.isEmpty()) {
      records.remove(record.path());
    } else {
      records.put(record.path(), record);
    }
  }

  void addLocation(ContentHash hash, RelativePath path) {
    add(locations, hash, path);
  }

  void removeLocation(ContentHash hash, RelativePath path) {
    drop(locations, hash, path);
  }

  List<RelativePath> locations(ContentHash hash, int most) {
    NavigableSet<RelativePath> paths = locations.get(hash);
    return paths == null ? List.of() : paths.stream().limit(Math.max(0, most)).toList();
  }

  Set<RelativePath> located(RelativePath below) {
    Set<RelativePath> found = new HashSet<>();
    for (NavigableSet<RelativePath> paths : locations.values()) {
      paths.stream().filter(path -> path.isBelow(below)).forEach(found::add);
    }
    return found;
  }

  void append(LogRecord entry) {
    end = entry.sequence();
    log.put(end, entry);
  }

  void truncateLog(long through) {
    floor = Math.max(floor, Math.min(through, end));
    log.headMap(floor, true).clear();
  }
}
