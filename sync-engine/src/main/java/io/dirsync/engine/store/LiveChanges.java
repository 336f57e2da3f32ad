package io.dirsync.engine.store;

import io.dirsync.model.Dot;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.RelativePath;
import io.dirsync.model.Version;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Changes the live set, and with it every index over it. */
final class LiveChanges {
  private final Overlay rows;
  private final Schema schema;
  private final ReplicaTable replicas;
  private final HighestLive highest;
  private final StoredLive live;

  LiveChanges(Overlay rows, Schema schema, ReplicaTable replicas, HighestLive highest) {
    this.rows = rows;
    this.schema = schema;
    this.replicas = replicas;
    this.highest = highest;
    this.live = new StoredLive(rows, schema, replicas);
  }

  StoredLive view() {
    return live;
  }

  boolean isLive(Dot dot) {
    return highest.maybeLive(dot) && live.pathOf(dot) != null;
  }

  void put(LiveEntry entry) {
    remove(entry.dot());
    highest.raise(entry.dot());
    List<LiveEntry> entries = new ArrayList<>(live.at(entry.path()));
    entries.add(entry);
    rows.put(schema.live, Keys.live(entry.path()), List.copyOf(entries));
    rows.put(schema.dots, dotKey(entry.dot()), entry.path());
    if (entry instanceof Version version) {
      index(version);
    }
  }

  void remove(Dot dot) {
    RelativePath path = highest.maybeLive(dot) ? live.pathOf(dot) : null;
    if (path == null) {
      return;
    }
    List<LiveEntry> entries = new ArrayList<>(live.at(path));
    for (LiveEntry entry : entries) {
      if (entry instanceof Version version && version.dot().equals(dot)) {
        unindex(version);
      }
    }
    entries.removeIf(entry -> entry.dot().equals(dot));
    if (entries.isEmpty()) {
      rows.delete(schema.live, Keys.live(path));
    } else {
      rows.put(schema.live, Keys.live(path), List.copyOf(entries));
    }
    rows.delete(schema.dots, dotKey(dot));
  }

  private void index(Version version) {
    Dot movedFrom = version.movedFrom();
    if (movedFrom != null) {
      List<Dot> moved = moved(movedFrom);
      moved.add(version.dot());
      rows.put(schema.moves, movesKey(movedFrom), List.copyOf(moved));
    }
    for (Dot superseded : version.supersedes()) {
      rows.put(Schema.SUCCESSORS, successorKey(superseded, version.dot()), Schema.Present.YES);
    }
    countAbove(version.path(), 1);
  }

  private void unindex(Version version) {
    Dot movedFrom = version.movedFrom();
    if (movedFrom != null) {
      List<Dot> moved = moved(movedFrom);
      moved.remove(version.dot());
      if (moved.isEmpty()) {
        rows.delete(schema.moves, movesKey(movedFrom));
      } else {
        rows.put(schema.moves, movesKey(movedFrom), List.copyOf(moved));
      }
    }
    for (Dot superseded : version.supersedes()) {
      rows.delete(Schema.SUCCESSORS, successorKey(superseded, version.dot()));
    }
    countAbove(version.path(), -1);
  }

  private List<Dot> moved(Dot from) {
    List<Dot> moved = rows.get(schema.moves, movesKey(from));
    return moved == null ? new ArrayList<>() : new ArrayList<>(moved);
  }

  private void countAbove(RelativePath path, long more) {
    for (Optional<RelativePath> directory = path.parent();
        directory.isPresent();
        directory = directory.get().parent()) {
      byte[] key = Keys.below(directory.get());
      Long before = rows.get(Schema.BELOW, key);
      long count = (before == null ? 0 : before) + more;
      if (count == 0) {
        rows.delete(Schema.BELOW, key);
      } else {
        rows.put(Schema.BELOW, key, count);
      }
    }
  }

  private byte[] dotKey(Dot dot) {
    return Keys.dot(replicas.number(dot.replica()), dot.counter());
  }

  private byte[] movesKey(Dot from) {
    return Keys.moves(replicas.number(from.replica()), from.counter());
  }

  private byte[] successorKey(Dot superseded, Dot by) {
    return new ByteWriter(32)
        .raw(Keys.successors(replicas.number(superseded.replica()), superseded.counter()))
        .raw(Keys.dotOnly(replicas.number(by.replica()), by.counter()))
        .toByteArray();
  }
}
