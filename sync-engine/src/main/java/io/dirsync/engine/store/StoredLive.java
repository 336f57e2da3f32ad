package io.dirsync.engine.store;

import io.dirsync.conflict.LiveView;
import io.dirsync.model.Dot;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Version;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The live set as some rows have it. */
final class StoredLive implements LiveView {
  private final Rows rows;
  private final Schema schema;
  private final ReplicaTable replicas;

  StoredLive(Rows rows, Schema schema, ReplicaTable replicas) {
    this.rows = rows;
    this.schema = schema;
    this.replicas = replicas;
  }

  @Override
  public Optional<LiveEntry> get(Dot dot) {
    RelativePath path = pathOf(dot);
    return path == null ? Optional.empty() : entryAt(path, dot);
  }

  /** Where the dot's live entry is; null if it is not live. */
  @Nullable RelativePath pathOf(Dot dot) {
    return replicas.knows(dot.replica())
        ? rows.get(schema.dots, Keys.dot(replicas.number(dot.replica()), dot.counter()))
        : null;
  }

  private Optional<LiveEntry> entryAt(RelativePath path, Dot dot) {
    for (LiveEntry entry : at(path)) {
      if (entry.dot().equals(dot)) {
        return Optional.of(entry);
      }
    }
    return Optional.empty();
  }

  @Override
  public List<LiveEntry> at(RelativePath path) {
    List<LiveEntry> entries = rows.get(schema.live, Keys.live(path));
    return entries == null ? List.of() : entries;
  }

  @Override
  public List<Version> movesFrom(Dot dot) {
    if (!replicas.knows(dot.replica())) {
      return List.of();
    }
    List<Dot> moved =
        rows.get(schema.moves, Keys.moves(replicas.number(dot.replica()), dot.counter()));
    if (moved == null) {
      return List.of();
    }
    return versions(moved).stream().filter(version -> !version.shelved()).toList();
  }

  @Override
  public List<Version> successorsOf(Dot dot) {
    if (!replicas.knows(dot.replica())) {
      return List.of();
    }
    byte[] prefix = Keys.successors(replicas.number(dot.replica()), dot.counter());
    List<Dot> dots = new ArrayList<>();
    for (byte[] key : rows.keys(Schema.SUCCESSORS, prefix)) {
      dots.add(replicas.dotIn(key, prefix.length));
    }
    return versions(dots);
  }

  private List<Version> versions(List<Dot> dots) {
    List<Version> versions = new ArrayList<>(dots.size());
    for (Dot dot : dots) {
      if (get(dot).orElse(null) instanceof Version version) {
        versions.add(version);
      }
    }
    return versions;
  }

  @Override
  public boolean anyBelow(RelativePath directory, Predicate<Version> condition) {
    // Most paths are files: for them one absent row says that nothing can be below.
    if (rows.get(Schema.BELOW, Keys.below(directory)) == null) {
      return false;
    }
    var found =
        new Object() {
          boolean yes;
        };
    rows.scan(
        schema.live,
        Keys.liveBelow(directory),
        (_, entries) -> {
          found.yes =
              entries.stream()
                  .anyMatch(entry -> entry instanceof Version version && condition.test(version));
          return !found.yes;
        });
    return found.yes;
  }

  /** In order of dots, from behind {@code after}, until the consumer returns false. */
  void read(@Nullable Dot after, Predicate<LiveEntry> consumer) {
    for (ReplicaId replica : replicas.inOrder()) {
      int order = after == null ? 1 : replica.compareTo(after.replica());
      if (order < 0) {
        continue;
      }
      long counter = order == 0 && after != null ? after.counter() : 0;
      if (!read(replica, counter, consumer)) {
        return;
      }
    }
  }

  private boolean read(ReplicaId replica, long after, Predicate<LiveEntry> consumer) {
    var walk =
        new Object() {
          boolean wanted = true;
        };
    rows.scan(
        schema.dots,
        Keys.dotsAfter(replicas.number(replica), after),
        (key, path) -> {
          entryAt(path, replicas.dotIn(key, 1))
              .ifPresent(entry -> walk.wanted = consumer.test(entry));
          return walk.wanted;
        });
    return walk.wanted;
  }
}
