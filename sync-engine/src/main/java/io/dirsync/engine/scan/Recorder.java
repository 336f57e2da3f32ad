package io.dirsync.engine.scan;

import io.dirsync.conflict.Merge;
import io.dirsync.conflict.Renderer;
import io.dirsync.conflict.Rendering;
import io.dirsync.conflict.Taken;
import io.dirsync.conflict.Writes;
import io.dirsync.engine.store.Fingerprint;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.model.AttributeChange;
import io.dirsync.model.AttributeName;
import io.dirsync.model.Attributes;
import io.dirsync.model.Dot;
import io.dirsync.model.Event;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Shown;
import io.dirsync.model.Version;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Says which event an observation is, compared with what was last shown there, and takes it into
 * the state. Pure over the transaction: time and replica come in.
 */
public final class Recorder {
  private final Transaction transaction;
  private final ReplicaId replica;
  private final long nowNanos;
  private final Predicate<RelativePath> changing;
  private final Set<RelativePath> touched = new HashSet<>();
  private final Set<RelativePath> left = new HashSet<>();
  private boolean recorded;

  /**
   * @param nowNanos nanoseconds since 1970; no write gets a later stamp unless it follows one
   * @param changing whether a job is changing what stands at a path, so that its record may not say
   *     what was removed there
   */
  public Recorder(
      Transaction transaction, ReplicaId replica, long nowNanos, Predicate<RelativePath> changing) {
    this.transaction = transaction;
    this.replica = replica;
    this.nowNanos = nowNanos;
    this.changing = changing;
  }

  /**
   * Paths below a directory that went, of which nothing was recorded since a job was changing them.
   */
  public Set<RelativePath> left() {
    return left;
  }

  /** Paths whose rendering may differ from what is shown since the observations recorded here. */
  public Set<RelativePath> touched() {
    return touched;
  }

  /** Whether an event was made of any observation recorded here. */
  public boolean recorded() {
    return recorded;
  }

  /**
   * Records one observation whose basis is still the path's record.
   *
   * @return false if the basis, or a move's source, is no longer what is recorded: the observation
   *     says nothing
   */
  public boolean record(Observation observation) {
    if (observation instanceof Observation.MovedTree tree) {
      // All in one go: in between, what was moved and what was not yet would render to a tree that
      // nobody made.
      boolean all = true;
      for (Observation.Moved moved : tree.moves()) {
        all &= record(moved);
      }
      return all;
    }
    RelativePath path = observation.path();
    PathRecord before = transaction.record(path);
    if (!before.equals(observation.basis())) {
      return false;
    }
    switch (observation) {
      case Observation.Absent _ -> absent(before);
      case Observation.Present present -> present(present, before);
      case Observation.Moved moved -> {
        if (!transaction.record(moved.source().path()).equals(moved.source())) {
          return false;
        }
        move(moved, before);
      }
      case Observation.MovedTree _ -> throw new IllegalStateException("taken apart above");
    }
    return true;
  }

  private void absent(PathRecord record) {
    Shown shown = record.shown();
    if (shown == null || shown.content().isDirectory()) {
      removeBelow(record.path());
    }
    if (shown != null) {
      remove(record, shown);
    }
  }

  private void removeBelow(RelativePath directory) {
    List<PathRecord> children = new ArrayList<>();
    childrenShown(directory, children);
    for (PathRecord child : children) {
      if (changing.test(child.path())) {
        // Whoever removed the directory may have seen what the job has just put there.
        left.add(child.path());
        removeBelow(child.path());
      } else {
        absent(child);
      }
    }
  }

  private void childrenShown(RelativePath directory, List<PathRecord> into) {
    transaction.children(
        directory,
        child -> {
          if (child.shown() != null) {
            into.add(child);
          }
        });
  }

  private void remove(PathRecord record, Shown shown) {
    take(Writes.remove(shown, record.copyDots()));
    transaction.put(new PathRecord(record.path(), null, null, record.copies()));
    touched.add(record.path());
  }

  private void present(Observation.Present seen, PathRecord before) {
    Shown shown = before.shown();
    if (shown != null && shown.content().equals(seen.content())) {
      attributes(seen.attributes(), seen.fingerprint(), before, shown);
      return;
    }
    Rendering rendering = Renderer.at(transaction, seen.path());
    Shown wanted = rendering.shown();
    if (wanted != null
        && wanted.content().equals(seen.content())
        && same(wanted.attributes(), seen.attributes())) {
      // The disk shows what it should: someone wrote the same, or we did before a crash.
      show(before, wanted, seen.fingerprint());
      return;
    }
    if (shown != null && shown.content().isDirectory()) {
      removeBelow(seen.path());
    }
    Dot dot = nextDot();
    Event event =
        Writes.put(
            transaction,
            dot,
            seen.path(),
            seen.content(),
            seen.attributes(),
            stamp(seen.fingerprint(), shown, null),
            shown,
            before.copyDots(),
            Optional.empty());
    take(event);
    show(
        before,
        new Shown(seen.content(), seen.attributes(), Set.of(dot), Set.of()),
        seen.fingerprint());
  }

  /** Owners that are not carried here are not compared. */
  private static boolean same(Attributes wanted, Attributes seen) {
    return wanted.mode() == seen.mode()
        && wanted.mtimeNanos() == seen.mtimeNanos()
        && (seen.owner().isEmpty()
            || wanted.owner().isEmpty()
            || wanted.owner().equals(seen.owner()))
        && (seen.group().isEmpty()
            || wanted.group().isEmpty()
            || wanted.group().equals(seen.group()));
  }

  private void attributes(
      Attributes seen, @Nullable Fingerprint fingerprint, PathRecord before, Shown shown) {
    List<AttributeChange.Field> changed = new ArrayList<>();
    long stamp = stamp(fingerprint, shown, null);
    for (AttributeName name : AttributeName.values()) {
      if (!seen.get(name).equals(shown.attributes().get(name))) {
        changed.add(new AttributeChange.Field(name, seen.get(name), stamp));
      }
    }
    if (changed.isEmpty()) {
      show(before, shown, fingerprint);
      return;
    }
    Dot dot = nextDot();
    take(Writes.setAttributes(transaction, dot, before.path(), changed, shown));
    show(before, new Shown(shown.content(), seen, shown.dots(), Set.of(dot)), fingerprint);
  }

  private void move(Observation.Moved moved, PathRecord before) {
    PathRecord source = moved.source();
    Shown came = source.shown();
    if (came == null) {
      return;
    }
    Shown shown = before.shown();
    if (shown != null && shown.content().isDirectory()) {
      removeBelow(before.path());
    }
    Dot dot = nextDot();
    take(
        Writes.put(
            transaction,
            dot,
            moved.path(),
            came.content(),
            moved.attributes(),
            stamp(moved.fingerprint(), shown, came),
            shown,
            before.copyDots(),
            Optional.of(new Writes.Source(came, source.copyDots()))));
    transaction.put(new PathRecord(source.path(), null, null, source.copies()));
    touched.add(source.path());
    show(
        before,
        new Shown(came.content(), moved.attributes(), Set.of(dot), Set.of()),
        moved.fingerprint());
  }

  private void show(PathRecord before, Shown shown, @Nullable Fingerprint fingerprint) {
    transaction.put(new PathRecord(before.path(), shown, fingerprint, before.copies()));
    touched.add(before.path());
  }

  private Dot nextDot() {
    Dot dot = transaction.nextDot(replica);
    transaction.cover(dot);
    return dot;
  }

  /**
   * When the disk says that it changed, but no later than now and never before what the writer saw.
   */
  private long stamp(
      @Nullable Fingerprint fingerprint, @Nullable Shown shown, @Nullable Shown source) {
    long time = fingerprint == null ? nowNanos : Math.min(nowNanos, fingerprint.ctimeNanos());
    return Math.max(time, Math.max(newestSeen(shown), newestSeen(source)) + 1);
  }

  private long newestSeen(@Nullable Shown shown) {
    long newest = Long.MIN_VALUE;
    if (shown != null) {
      for (Dot dot : shown.dots()) {
        newest = Math.max(newest, stampOf(dot));
      }
      for (Dot dot : shown.attributeDots()) {
        newest = Math.max(newest, stampOf(dot));
      }
    }
    return newest;
  }

  private long stampOf(Dot dot) {
    Optional<LiveEntry> entry = transaction.get(dot);
    if (entry.isEmpty()) {
      return Long.MIN_VALUE;
    }
    return switch (entry.get()) {
      case Version version -> version.stamp();
      case AttributeChange change ->
          change.fields().stream()
              .mapToLong(AttributeChange.Field::stamp)
              .max()
              .orElse(Long.MIN_VALUE);
    };
  }

  private void take(Event event) {
    Taken taken = Merge.take(transaction, event, true);
    touched.addAll(taken.touched());
    append(taken.news());
    Event orphans = Merge.orphans(transaction, taken.touched());
    if (!orphans.isEmpty()) {
      append(Merge.take(transaction, orphans, true).news());
    }
  }

  private void append(Event news) {
    if (!news.isEmpty()) {
      transaction.append(news, null, nowNanos / 1_000_000);
      recorded = true;
    }
  }
}
