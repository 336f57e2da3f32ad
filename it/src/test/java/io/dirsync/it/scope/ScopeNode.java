package io.dirsync.it.scope;

import io.dirsync.conflict.LiveSet;
import io.dirsync.conflict.Rendering;
import io.dirsync.model.Content;
import io.dirsync.model.Dot;
import io.dirsync.model.Event;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Shown;
import io.dirsync.model.VersionVector;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;

/**
 * One node at one moment: equal values go on alike.
 *
 * @param live in the order of dots
 * @param floor log entries that were dropped
 * @param log the entries behind the floor
 * @param cursors of each node, how far its log has been read
 * @param disk what is shown, which lags behind what is known
 * @param acts what its user may still do
 * @param compactions how often it may still drop its log
 */
record ScopeNode(
    int index,
    List<LiveEntry> live,
    VersionVector vector,
    Set<Dot> beyond,
    int floor,
    List<Event> log,
    List<Integer> cursors,
    SortedMap<RelativePath, Rendering> disk,
    int acts,
    int compactions,
    Ledger ledger) {

  /**
   * What this node's user has done, to be held against what all show in the end.
   *
   * @param written contents
   * @param buried contents that were shown when they were written over or removed
   * @param moved contents that were given another name
   * @param replaced what was shown when it was written over, removed or moved away
   * @param aside conflict copies that were shown when their path was written over or removed
   */
  record Ledger(
      Set<Content> written,
      Set<Content> buried,
      Set<Content> moved,
      Set<Dot> replaced,
      Set<Dot> aside) {
    static final Ledger EMPTY = new Ledger(Set.of(), Set.of(), Set.of(), Set.of(), Set.of());
  }

  static ScopeNode fresh(int index, int nodes, int acts, int compactions) {
    return new ScopeNode(
        index,
        List.of(),
        VersionVector.EMPTY,
        Set.of(),
        0,
        List.of(),
        java.util.Collections.nCopies(nodes, 0),
        new java.util.TreeMap<>(),
        acts,
        compactions,
        Ledger.EMPTY);
  }

  /**
   * The same node, without the first entries of a log that nobody will read again.
   *
   * @param source whose log: its own, or that of a node whose cursor it holds
   */
  ScopeNode without(int source, int entries) {
    List<Integer> moved = new ArrayList<>(cursors);
    if (source != index) {
      moved.set(source, cursors.get(source) - entries);
    }
    return new ScopeNode(
        index,
        live,
        vector,
        beyond,
        floor,
        source == index ? List.copyOf(log.subList(entries, log.size())) : log,
        List.copyOf(moved),
        disk,
        acts,
        compactions,
        ledger);
  }

  ReplicaId replica() {
    return new ReplicaId(String.valueOf((char) ('a' + index)), 1);
  }

  int end() {
    return floor + log.size();
  }

  /** The state as the product keeps it, made anew. */
  LiveSet state() {
    LiveSet state = new LiveSet();
    vector.counters().forEach((replica, counter) -> state.cover(new Dot(replica, counter)));
    beyond.forEach(state::addBeyond);
    live.forEach(state::put);
    return state;
  }

  Optional<Shown> shown(RelativePath path) {
    Rendering there = disk.get(path);
    return there == null ? Optional.empty() : Optional.ofNullable(there.shown());
  }

  Set<Dot> copies(RelativePath path) {
    Set<Dot> dots = new HashSet<>();
    Rendering there = disk.get(path);
    if (there != null) {
      there.copies().forEach(copy -> dots.add(copy.dot()));
    }
    return dots;
  }
}
