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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** One write to a {@link MemoryFolderStore}: steps made on the working state, and noted. */
final class MemoryTransaction implements FolderStore.Transaction {
  private final MemoryFolderStore store;
  private final MemoryState working;
  private final List<MemoryState.Step> steps = new ArrayList<>();
  private boolean over;

  MemoryTransaction(MemoryFolderStore store, MemoryState working) {
    this.store = store;
    this.working = working;
  }

  private MemoryState state() {
    if (over) {
      throw new IllegalStateException("the transaction is over");
    }
    return working;
  }

  private void make(MemoryState.Step step) {
    step.on(state());
    steps.add(step);
  }

  @Override
  public Optional<LiveEntry> get(Dot dot) {
    return Optional.ofNullable(state().get(dot));
  }

  @Override
  public List<LiveEntry> at(RelativePath path) {
    return state().at(path);
  }

  @Override
  public List<Version> movesFrom(Dot dot) {
    return state().movesFrom(dot);
  }

  @Override
  public List<Version> successorsOf(Dot dot) {
    return state().successorsOf(dot);
  }

  @Override
  public boolean anyBelow(RelativePath directory, Predicate<Version> condition) {
    return state().anyBelow(directory, condition);
  }

  @Override
  public boolean knows(Dot dot) {
    return state().knows(dot);
  }

  @Override
  public void put(LiveEntry entry) {
    make(state -> state.put(entry));
  }

  @Override
  public void remove(Dot dot) {
    make(state -> state.remove(dot));
  }

  @Override
  public void addBeyond(Dot dot) {
    make(state -> state.addBeyond(dot));
  }

  @Override
  public void cover(Dot dot) {
    make(state -> state.cover(dot));
  }

  @Override
  public void uncover(ReplicaId replica, long after) {
    make(state -> state.uncover(replica, after));
  }

  @Override
  public PathRecord record(RelativePath path) {
    return state().record(path);
  }

  @Override
  public void children(RelativePath directory, Consumer<PathRecord> consumer) {
    state().children(directory).forEach(consumer);
  }

  @Override
  public void put(PathRecord record) {
    make(state -> state.put(record));
  }

  @Override
  public void markDirty(RelativePath path) {
    make(state -> state.dirty.add(path));
  }

  @Override
  public void clearDirty(RelativePath path) {
    make(state -> state.dirty.remove(path));
  }

  @Override
  public void addLocation(ContentHash hash, RelativePath path) {
    make(state -> state.addLocation(hash, path));
  }

  @Override
  public void removeLocation(ContentHash hash, RelativePath path) {
    make(state -> state.removeLocation(hash, path));
  }

  @Override
  public List<RelativePath> locations(ContentHash hash, int most) {
    return state().locations(hash, most);
  }

  @Override
  public long append(Event event, @Nullable ReplicaId source, long timeMillis) {
    long sequence = end() + 1;
    FolderStore.LogRecord entry = new FolderStore.LogRecord(sequence, event, source, timeMillis);
    make(state -> state.append(entry));
    return sequence;
  }

  @Override
  public void truncateLog(long through) {
    make(state -> state.truncateLog(through));
  }

  @Override
  public Cursor cursor(ReplicaId replica) {
    return state().cursors.getOrDefault(replica, Cursor.START);
  }

  @Override
  public void setCursor(ReplicaId replica, Cursor cursor) {
    make(state -> state.cursors.put(replica, cursor));
  }

  @Override
  public void setAcknowledged(String peer, long sequence) {
    make(state -> state.acknowledged.put(peer, sequence));
  }

  @Override
  public Optional<byte[]> meta(String name) {
    return Optional.ofNullable(state().meta.get(name)).map(byte[]::clone);
  }

  @Override
  public void setMeta(String name, byte[] value) {
    byte[] own = value.clone();
    make(state -> state.meta.put(name, own));
  }

  @Override
  public long end() {
    return state().end;
  }

  @Override
  public VersionVector vector() {
    return new VersionVector(state().vector);
  }

  @Override
  public Dot nextDot(ReplicaId own) {
    return store.nextDot(own, state().vector.getOrDefault(own, 0L), this);
  }

  @Override
  public void commit(FolderStore.Durability durability) throws IOException {
    boolean done = false;
    try {
      state();
      store.commit(steps, durability);
      done = true;
    } finally {
      end(done);
    }
  }

  private void end(boolean committed) {
    if (!over) {
      over = true;
      store.ended(committed || steps.isEmpty());
    }
  }

  @Override
  public void close() {
    end(false);
  }
}
