package io.dirsync.engine.store;

import io.dirsync.model.ContentHash;
import io.dirsync.model.Cursor;
import io.dirsync.model.Dot;
import io.dirsync.model.Event;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Version;
import io.dirsync.model.VersionVector;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** One write to a store on RocksDB in the making: in memory until it is committed. */
final class RocksTransaction implements FolderStore.Transaction {
  /** One range deletion costs every later read about what this many single ones do. */
  private static final long SINGLE_DELETIONS_MAX = 64;

  private final RocksFolderStore store;
  private final StoreParts parts;
  private final Figures before;
  private final Overlay rows;
  private final LiveChanges live;
  private final StoredRecords records;
  private final Context.Change context;
  private final List<FolderStore.LogRecord> appended = new ArrayList<>();
  private final List<byte[]> marked = new ArrayList<>();
  private long files;
  private long bytes;
  private long copies;
  private long conflicts;
  private long floor;
  private long end;
  private boolean over;

  RocksTransaction(RocksFolderStore store, StoreParts parts, Figures figures) {
    this.store = store;
    this.parts = parts;
    before = figures;
    rows = new Overlay(parts.database());
    live = new LiveChanges(rows, parts.schema(), parts.replicas(), parts.highestLive());
    records = new StoredRecords(rows, parts.schema());
    context = parts.context().change();
    files = figures.totals().files();
    bytes = figures.totals().bytes();
    copies = figures.totals().copies();
    conflicts = figures.totals().conflicts();
    floor = figures.floor();
    end = figures.end();
  }

  @Override
  public Optional<LiveEntry> get(Dot dot) {
    checkNotOver();
    return live.view().get(dot);
  }

  @Override
  public List<LiveEntry> at(RelativePath path) {
    checkNotOver();
    return live.view().at(path);
  }

  @Override
  public List<Version> movesFrom(Dot dot) {
    checkNotOver();
    return live.view().movesFrom(dot);
  }

  @Override
  public List<Version> successorsOf(Dot dot) {
    checkNotOver();
    return live.view().successorsOf(dot);
  }

  @Override
  public boolean anyBelow(RelativePath directory, Predicate<Version> condition) {
    checkNotOver();
    return live.view().anyBelow(directory, condition);
  }

  @Override
  public boolean knows(Dot dot) {
    checkNotOver();
    return context.covers(dot) || context.isBeyond(dot) || live.isLive(dot);
  }

  @Override
  public void put(LiveEntry entry) {
    checkNotOver();
    live.put(entry);
  }

  @Override
  public void remove(Dot dot) {
    checkNotOver();
    live.remove(dot);
  }

  @Override
  public void addBeyond(Dot dot) {
    checkNotOver();
    context.addBeyond(dot);
  }

  @Override
  public void cover(Dot dot) {
    checkNotOver();
    context.cover(dot);
  }

  @Override
  public void uncover(ReplicaId replica, long after) {
    checkNotOver();
    context.uncover(replica, after);
  }

  @Override
  public PathRecord record(RelativePath path) {
    checkNotOver();
    return records.at(path);
  }

  @Override
  public void children(RelativePath directory, Consumer<PathRecord> consumer) {
    checkNotOver();
    records.children(directory, consumer);
  }

  @Override
  public void put(PathRecord record) {
    checkNotOver();
    PathRecord old = records.at(record.path());
    count(old, -1);
    count(record, 1);
    Set<Location> places = Location.of(record);
    Set<Location> left = new HashSet<>(Location.of(old));
    left.removeAll(places);
    left.forEach(place -> removeLocation(place.hash(), place.path()));
    places.forEach(place -> addLocation(place.hash(), place.path()));
    byte[] key = Keys.record(record.path());
    if (record.isEmpty()) {
      rows.delete(parts.schema().records, key);
    } else {
      rows.put(parts.schema().records, key, record);
    }
  }

  private void count(PathRecord record, int sign) {
    FolderStore.Totals totals = record.totals();
    files += sign * totals.files();
    bytes += sign * totals.bytes();
    copies += sign * totals.copies();
    conflicts += sign * totals.conflicts();
  }

  @Override
  public void markDirty(RelativePath path) {
    checkNotOver();
    byte[] key = Keys.dirty(path);
    rows.put(Schema.DIRTY, key, Schema.Present.YES);
    marked.add(key);
  }

  @Override
  public void clearDirty(RelativePath path) {
    checkNotOver();
    byte[] key = Keys.dirty(path);
    // To delete what is not there would still leave something to be walked over.
    if (rows.get(Schema.DIRTY, key) != null) {
      rows.delete(Schema.DIRTY, key);
    }
  }

  @Override
  public void addLocation(ContentHash hash, RelativePath path) {
    checkNotOver();
    rows.put(Schema.CONTENTS, Keys.content(hash, path), Schema.Present.YES);
  }

  @Override
  public void removeLocation(ContentHash hash, RelativePath path) {
    checkNotOver();
    rows.delete(Schema.CONTENTS, Keys.content(hash, path));
  }

  @Override
  public List<RelativePath> locations(ContentHash hash, int most) {
    checkNotOver();
    return records.locations(hash, most);
  }

  @Override
  public long append(Event event, @Nullable ReplicaId source, long timeMillis) {
    checkNotOver();
    end++;
    appended.add(new FolderStore.LogRecord(end, event, source, timeMillis));
    return end;
  }

  @Override
  public void truncateLog(long through) {
    checkNotOver();
    floor = Math.max(floor, Math.min(through, end));
  }

  @Override
  public void setCursor(ReplicaId replica, Cursor cursor) {
    checkNotOver();
    rows.put(Schema.CURSORS, Keys.cursor(parts.replicas().number(replica)), cursor);
  }

  @Override
  public void setAcknowledged(String peer, long sequence) {
    checkNotOver();
    rows.put(Schema.ACKNOWLEDGED, Keys.acknowledged(peer), sequence);
  }

  @Override
  public Optional<byte[]> meta(String name) {
    checkNotOver();
    return Optional.ofNullable(rows.get(Schema.META, Keys.meta(name))).map(byte[]::clone);
  }

  @Override
  public void setMeta(String name, byte[] value) {
    checkNotOver();
    rows.put(Schema.META, Keys.meta(name), value.clone());
  }

  @Override
  public Cursor cursor(ReplicaId replica) {
    checkNotOver();
    Cursor cursor =
        parts.replicas().knows(replica)
            ? rows.get(Schema.CURSORS, Keys.cursor(parts.replicas().number(replica)))
            : null;
    return cursor == null ? Cursor.START : cursor;
  }

  @Override
  public long end() {
    checkNotOver();
    return end;
  }

  @Override
  public VersionVector vector() {
    checkNotOver();
    return context.vector();
  }

  @Override
  public Dot nextDot(ReplicaId own) {
    checkNotOver();
    return parts
        .reservations()
        .next(
            own,
            Math.max(context.counter(own), parts.highestLive().counter(own)),
            () -> store.reserving(this));
  }

  @Override
  public void commit(FolderStore.Durability durability) throws IOException {
    checkNotOver();
    Figures after =
        new Figures(new FolderStore.Totals(files, bytes, copies, conflicts), floor, end);
    try (Batch batch = parts.database().batch()) {
      writeTo(batch, after);
      if (!batch.isEmpty()) {
        store.commit(batch, durability, after, context);
        store.marked(marked);
      } else if (durability == FolderStore.Durability.DISK) {
        store.sync();
      }
    } catch (UncheckedIOException e) {
      throw new IOException(e.getMessage(), e);
    } finally {
      close();
    }
  }

  private void writeTo(Batch batch, Figures after) {
    rows.writeTo(batch);
    for (FolderStore.LogRecord entry : appended) {
      if (entry.sequence() > floor) {
        batch.change(parts.schema().log, Keys.log(entry.sequence()), entry);
      }
    }
    truncate(batch, before.floor() + 1, Math.min(floor, before.end()));
    ReplicaTable replicas = parts.replicas();
    context
        .counters()
        .forEach(
            (replica, counter) ->
                batch.change(
                    Schema.VECTOR,
                    Keys.vector(replicas.number(replica)),
                    counter == 0 ? null : counter));
    for (Dot dot : context.dropped()) {
      batch.change(Schema.BEYOND, beyondKey(dot), null);
    }
    for (Dot dot : context.added()) {
      batch.change(Schema.BEYOND, beyondKey(dot), Schema.Present.YES);
    }
    if (!after.equals(before)) {
      batch.change(Schema.FIGURES, Keys.FIGURES, after);
      batch.change(Schema.CONFLICTS, Keys.CONFLICTS, after.totals().conflicts());
    }
  }

  private void truncate(Batch batch, long first, long last) {
    if (last - first < SINGLE_DELETIONS_MAX) {
      for (long sequence = first; sequence <= last; sequence++) {
        batch.change(parts.schema().log, Keys.log(sequence), null);
      }
    } else {
      batch.deleteRange(parts.schema().log, new KeyRange(Keys.log(first), Keys.log(last + 1)));
    }
  }

  private byte[] beyondKey(Dot dot) {
    return Keys.beyond(parts.replicas().number(dot.replica()), dot.counter());
  }

  private void checkNotOver() {
    if (over) {
      throw new IllegalStateException("the transaction is over");
    }
  }

  @Override
  public void close() {
    if (!over) {
      over = true;
      store.ended();
    }
  }
}
