package io.dirsync.engine.apply;

import io.dirsync.conflict.LiveView;
import io.dirsync.engine.DeleteBrake;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.model.Dot;
import io.dirsync.model.RelativePath;
import io.dirsync.model.Shown;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The files that are to go from this disk because peers have removed them, and the brake on that.
 * On the writer's lane.
 */
final class Removals {
  private final DeleteBrake brake;

  /** All that are to go. */
  private final Set<RelativePath> pending = new HashSet<>();

  /** Of those, the ones that wait for the operator. */
  private final Set<RelativePath> held = new HashSet<>();

  /** Of those, the ones that may go, and have been counted. */
  private final Set<RelativePath> passed = new HashSet<>();

  private volatile int heldCount;

  Removals(DeleteBrake brake) {
    this.brake = brake;
  }

  /** Safe for any thread. */
  int held() {
    return heldCount;
  }

  /**
   * Notes what is to become of a path.
   *
   * @param wanted what it should show
   * @param record what it shows
   */
  void note(LiveView live, RelativePath path, @Nullable Shown wanted, PathRecord record) {
    if (!brake.isIdle() && wanted == null && isCounted(live, record.shown())) {
      pending.add(path);
    } else {
      forget(path);
    }
  }

  /** Directories go when they are empty; and what was moved is not gone. */
  private static boolean isCounted(LiveView live, @Nullable Shown shown) {
    if (shown == null || shown.content().isDirectory()) {
      return false;
    }
    for (Dot dot : shown.dots()) {
      if (!live.movesFrom(dot).isEmpty()) {
        return false;
      }
    }
    return true;
  }

  /** Whether a path that is to show nothing has to wait for the operator. */
  boolean holds(LiveView live, RelativePath path, PathRecord record) {
    if (brake.isIdle() || passed.contains(path) || !isCounted(live, record.shown())) {
      return false;
    }
    pending.add(path);
    // All that wait are one batch, whichever comes first.
    brake.foresee(pending.size() - passed.size());
    if (brake.passes(1)) {
      passed.add(path);
      unhold(path);
      return false;
    }
    held.add(path);
    heldCount = held.size();
    return true;
  }

  /** The path is as it should be, or is to show something. */
  void forget(RelativePath path) {
    if (pending.remove(path)) {
      passed.remove(path);
      unhold(path);
    }
  }

  private void unhold(RelativePath path) {
    if (held.remove(path)) {
      heldCount = held.size();
    }
  }

  /** Nothing that was dirty is left unplanned: if nothing waits, nothing is held. */
  void settle() {
    if (brake.state() != DeleteBrake.State.OPEN && pending.isEmpty()) {
      brake.open();
    }
  }

  List<RelativePath> heldPaths() {
    return List.copyOf(held);
  }

  /** Lets those go that wait; gives them. */
  List<RelativePath> release() {
    List<RelativePath> released = List.copyOf(held);
    brake.decide(DeleteBrake.State.APPROVED);
    held.clear();
    heldCount = 0;
    return released;
  }
}
