package io.dirsync.conflict;

import io.dirsync.model.AttributeChange;
import io.dirsync.model.Dot;
import io.dirsync.model.Event;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Version;
import io.dirsync.model.VersionVector;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** How events become part of a state. Commutative, associative and idempotent. */
public final class Merge {
  private Merge() {}

  /**
   * Takes an event in.
   *
   * @param own the event was made here just now: its additions are news though the context covers
   *     their dots
   */
  public static Taken take(LiveState state, Event event, boolean own) {
    Set<RelativePath> touched = new HashSet<>();
    Set<Dot> followed = new HashSet<>();
    List<LiveEntry> added = new ArrayList<>();
    for (LiveEntry entry : event.added()) {
      if (own || (!state.knows(entry.dot()) && !event.removed().contains(entry.dot()))) {
        added.add(entry);
      }
    }
    Set<Dot> removed = new HashSet<>();
    for (Dot dot : event.removed()) {
      if (state.get(dot).isPresent() || !state.knows(dot)) {
        removed.add(dot);
      }
    }
    for (LiveEntry entry : added) {
      state.put(entry);
      touch(state, entry, touched, followed);
    }
    for (Dot dot : removed) {
      Optional<LiveEntry> gone = state.get(dot);
      if (gone.isPresent()) {
        touch(state, gone.get(), touched, followed);
        state.remove(dot);
        touchAncestors(state, gone.get(), touched);
      }
      state.addBeyond(dot);
    }
    Set<Dot> shelved = new HashSet<>();
    for (Dot dot : event.shelved()) {
      if (state.get(dot).orElse(null) instanceof Version version && !version.shelved()) {
        shelved.add(dot);
        touch(state, version, touched, followed);
        Version now = version.shelve();
        state.put(now);
        touchAncestors(state, version, touched);
      }
    }
    touchCopies(state, touched, followed);
    return new Taken(new Event(added, removed, shelved, event.ending()), touched);
  }

  /**
   * A copy is kept by the path that it was written to, though it lost at the place that it had
   * followed a move to.
   */
  private static void touchCopies(LiveState state, Set<RelativePath> touched, Set<Dot> followed) {
    for (RelativePath path : List.copyOf(touched)) {
      for (LiveEntry entry : state.at(path)) {
        if (entry instanceof Version move
            && move.movedFrom() != null
            && followed.add(move.movedFrom())) {
          for (Version edit : state.successorsOf(move.movedFrom())) {
            touched.add(edit.path());
          }
        }
      }
    }
  }

  /**
   * Adds the paths that an entry which is in the state has a say in.
   *
   * @param followed dots whose moves and edits were seen to: what comes later adds its own paths
   */
  private static void touch(
      LiveState state, LiveEntry entry, Set<RelativePath> touched, Set<Dot> followed) {
    touched.add(entry.path());
    if (!(entry instanceof Version version)) {
      return;
    }
    touchAncestors(state, version, touched);
    touchMoves(state, version, touched);
    if (version.movedFrom() != null && followed.add(version.movedFrom())) {
      // Edits of what it moved may follow it, or, now that there are two moves, follow none.
      for (Version edit : state.successorsOf(version.movedFrom())) {
        if (!edit.equals(version)) {
          touched.add(edit.path());
          touchAncestors(state, edit, touched);
          touchMoves(state, edit, touched);
        }
      }
    }
  }

  /** Adds where an edit may stand instead: the target of each move of what it supersedes. */
  private static void touchMoves(LiveState state, Version version, Set<RelativePath> touched) {
    if (!Placement.isEdit(version)) {
      return;
    }
    for (Dot dot : version.supersedes()) {
      for (Version move : state.movesFrom(dot)) {
        touched.add(move.path());
      }
    }
  }

  /** Adds the directories above that stand or fall with what is below them. */
  private static void touchAncestors(LiveState state, LiveEntry entry, Set<RelativePath> touched) {
    if (entry instanceof AttributeChange) {
      return;
    }
    Optional<RelativePath> above = entry.path().parent();
    while (above.isPresent() && !above.get().isRoot()) {
      if (hasDirectoryVersion(state, above.get())) {
        // It is a directory whatever is below; and so is everything above it.
        return;
      }
      touched.add(above.get());
      above = above.get().parent();
    }
  }

  private static boolean hasDirectoryVersion(LiveState state, RelativePath path) {
    for (LiveEntry entry : state.at(path)) {
      if (entry instanceof Version version
          && version.content().isDirectory()
          && !version.shelved()) {
        return true;
      }
    }
    return false;
  }

  /**
   * The attribute changes at these paths whose path is gone: to be removed, by every node alike.
   */
  public static Event orphans(LiveView view, Set<RelativePath> touched) {
    Set<Dot> orphans = new HashSet<>();
    for (RelativePath path : touched) {
      List<Dot> changes = new ArrayList<>();
      for (LiveEntry entry : view.at(path)) {
        if (entry instanceof AttributeChange) {
          changes.add(entry.dot());
        }
      }
      if (!changes.isEmpty() && Renderer.at(view, path).shown() == null) {
        orphans.addAll(changes);
      }
    }
    return new Event(List.of(), orphans, Set.of());
  }

  /**
   * The event that a comparison of live sets over one range of dots amounts to.
   *
   * @param theirs their live entries in the range
   * @param mine this node's live entries in the range
   * @param theyKnow whether a dot's write is known to them: what they know and do not hold is gone
   */
  public static Event comparison(
      LiveView view, List<LiveEntry> theirs, List<LiveEntry> mine, Predicate<Dot> theyKnow) {
    Set<Dot> held = new HashSet<>();
    Set<Dot> shelved = new HashSet<>();
    List<LiveEntry> added = new ArrayList<>();
    for (LiveEntry entry : theirs) {
      held.add(entry.dot());
      if (view.get(entry.dot()).isEmpty()) {
        added.add(entry);
      } else if (entry instanceof Version version && version.shelved()) {
        shelved.add(entry.dot());
      }
    }
    Set<Dot> gone = new HashSet<>();
    for (LiveEntry entry : mine) {
      if (!held.contains(entry.dot()) && theyKnow.test(entry.dot())) {
        gone.add(entry.dot());
      }
    }
    return new Event(added, gone, shelved);
  }

  /** Joins the context of a peer whose log or state was read to its end. */
  public static void join(LiveState state, VersionVector vector, Set<Dot> beyond) {
    for (Map.Entry<ReplicaId, Long> entry : vector.counters().entrySet()) {
      state.cover(new Dot(entry.getKey(), entry.getValue()));
    }
    for (Dot dot : beyond) {
      if (!state.knows(dot)) {
        state.addBeyond(dot);
      }
    }
  }
}
