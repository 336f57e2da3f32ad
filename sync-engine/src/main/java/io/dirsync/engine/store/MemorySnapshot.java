package io.dirsync.engine.store;

import io.dirsync.model.Dot;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.VersionVector;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A copy of a state, to be read while the store goes on. */
final class MemorySnapshot implements FolderStore.LiveSnapshot {
  private final MemoryState state;
  private boolean closed;

  MemorySnapshot(MemoryState state) {
    this.state = state;
  }

  @Override
  public void read(@Nullable Dot after, Predicate<LiveEntry> consumer) {
    if (closed) {
      throw new IllegalStateException("the snapshot is closed");
    }
    for (LiveEntry entry : state.liveNowAfter(after)) {
      if (!consumer.test(entry)) {
        return;
      }
    }
  }

  @Override
  public long sequence() {
    return state.end;
  }

  @Override
  public VersionVector vector() {
    return new VersionVector(state.vector);
  }

  @Override
  public Set<Dot> beyond() {
    return Set.copyOf(state.beyond);
  }

  @Override
  public void close() {
    closed = true;
  }
}
