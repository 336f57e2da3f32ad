package io.dirsync.engine;

import io.dirsync.conflict.Renderer;
import io.dirsync.engine.scan.Observation;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.model.RelativePath;
import io.dirsync.model.Shown;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Deletions that were made on this disk and are held: their records stay as they are, so that
 * nothing is sent, and each look at the disk, also after a restart, finds them again. Other changes
 * go on. On the folder's lane.
 */
final class LocalDeletions {
  /** Held files that are counted one by one; of more it is only known that there are more. */
  static final int COUNTED_MAX = 100_000;

  private final DeleteBrake brake;
  private final Consumer<RelativePath> lookAgain;
  private Set<RelativePath> held = new HashSet<>();
  private boolean more;

  /** What was seen gone or replaced with files below that wait: it is not recorded either. */
  private final Set<RelativePath> above = new HashSet<>();

  /** Those found again since a look at everything began. */
  private Set<RelativePath> recounted = new HashSet<>();

  private boolean recounting;
  private long recount;
  private volatile long count;

  /**
   * @param lookAgain told of paths that may be recorded now, though nothing happens there
   */
  LocalDeletions(DeleteBrake brake, Consumer<RelativePath> lookAgain) {
    this.brake = brake;
    this.lookAgain = lookAgain;
    // What waited when the process ended is found by the first scan.
    beginRecount();
  }

  /** How many files wait; at least {@link #COUNTED_MAX} if that. Safe for any thread. */
  long count() {
    return count;
  }

  /** Whether deletions wait for the operator. Safe for any thread. */
  boolean holds() {
    return brake.state() == DeleteBrake.State.HELD;
  }

  /** What is to be done about an observation. */
  enum Judgement {
    RECORD,
    HOLD,
    /** What is gone there, and below, is made again. */
    PUT_BACK,
    /** What was below is made again, and then the observation is recorded. */
    PUT_BACK_BELOW
  }

  Judgement judge(Transaction transaction, Observation observation) {
    if (brake.isIdle()) {
      return Judgement.RECORD;
    }
    RelativePath path = observation.path();
    if (!(observation instanceof Observation.MovedTree)
        && !transaction.record(path).equals(observation.basis())) {
      return Judgement.RECORD;
    }
    boolean refused = brake.state() == DeleteBrake.State.REFUSED;
    if (refused && observation instanceof Observation.Absent) {
      return Judgement.PUT_BACK;
    }
    switch (observation) {
      case Observation.Absent _ -> {}
      case Observation.Present _ -> found(path);
      case Observation.Moved moved -> found(moved);
      case Observation.MovedTree tree -> tree.moves().forEach(this::found);
    }
    List<RelativePath> deleted = deletedBy(transaction, observation);
    if (refused && !deleted.isEmpty()) {
      return Judgement.PUT_BACK_BELOW;
    }
    if (deleted.isEmpty() || brake.passes(deleted.size())) {
      return Judgement.RECORD;
    }
    hold(deleted);
    if (!deleted.contains(path) && above.size() < COUNTED_MAX) {
      above.add(path);
    }
    return Judgement.HOLD;
  }

  /** A look at a whole tree has found these gone, and will tell of each: too many are held all. */
  void foresee(Transaction transaction, Collection<RelativePath> missing) {
    if (!brake.isIdle()) {
      List<RelativePath> deleted = new ArrayList<>();
      missing.forEach(path -> collect(transaction, transaction.record(path), deleted));
      brake.foresee(deleted.size());
    }
  }

  /** The files that others would lose by what was seen. */
  private static List<RelativePath> deletedBy(Transaction transaction, Observation observation) {
    List<RelativePath> deleted = new ArrayList<>();
    PathRecord before = observation.basis();
    if (observation instanceof Observation.Absent) {
      collect(transaction, before, deleted);
    } else if (before.shown() != null
        && before.shown().content().isDirectory()
        && !isDirectory(observation)) {
      collect(transaction, before, deleted);
    }
    return deleted;
  }

  private static boolean isDirectory(Observation observation) {
    return switch (observation) {
      case Observation.Present present -> present.content().isDirectory();
      case Observation.Moved moved ->
          moved.source().shown() != null && moved.source().shown().content().isDirectory();
      case Observation.MovedTree _ -> true;
      case Observation.Absent _ -> false;
    };
  }

  private static void collect(
      Transaction transaction, PathRecord record, List<RelativePath> deleted) {
    Shown shown = record.shown();
    if (shown != null && !shown.content().isDirectory()) {
      Shown wanted = Renderer.at(transaction, record.path()).shown();
      // Where somebody else has put or removed something meanwhile, nothing more is lost.
      if (wanted != null && wanted.content().equals(shown.content())) {
        deleted.add(record.path());
      }
      return;
    }
    List<PathRecord> children = new ArrayList<>();
    transaction.children(
        record.path(),
        child -> {
          if (child.shown() != null) {
            children.add(child);
          }
        });
    children.forEach(child -> collect(transaction, child, deleted));
  }

  private void hold(List<RelativePath> files) {
    for (RelativePath file : files) {
      if (held.size() < COUNTED_MAX) {
        held.add(file);
      } else {
        more |= !held.contains(file);
      }
      if (recounting && recounted.size() < COUNTED_MAX) {
        recounted.add(file);
      }
    }
    count = held.size();
  }

  private void found(Observation.Moved moved) {
    found(moved.path());
    found(moved.source().path());
  }

  /** Whether a path is one of the files that wait, or may be. */
  boolean isHeld(RelativePath path) {
    return more || held.contains(path);
  }

  /** The files that wait and are counted. */
  List<RelativePath> heldPaths() {
    return List.copyOf(held);
  }

  /** Something stands there again, or its content elsewhere. */
  void found(RelativePath path) {
    if (held.remove(path)) {
      recounted.remove(path);
      count = held.size();
      openIfEmpty();
    }
  }

  /**
   * A look at everything begins.
   *
   * @return to be given when it ends
   */
  long beginRecount() {
    recounted = new HashSet<>();
    recounting = true;
    return ++recount;
  }

  /** A look at everything has ended: what it did not find gone does not wait. */
  void endRecount(long number) {
    if (number != recount) {
      return;
    }
    recounting = false;
    held = recounted;
    recounted = new HashSet<>();
    more = held.size() >= COUNTED_MAX;
    count = held.size();
    if (brake.state() == DeleteBrake.State.HELD) {
      openIfEmpty();
    } else {
      held.clear();
      above.clear();
      count = 0;
      brake.open();
    }
  }

  private void openIfEmpty() {
    if (held.isEmpty() && !more && !recounting && brake.state() == DeleteBrake.State.HELD) {
      brake.open();
      List<RelativePath> paths = List.copyOf(above);
      above.clear();
      paths.forEach(lookAgain);
    }
  }

  /** The operator has decided; a look at everything has to follow. */
  void decide(DeleteBrake.State decision) {
    brake.decide(decision);
  }
}
