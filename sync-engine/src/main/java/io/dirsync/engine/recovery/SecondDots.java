package io.dirsync.engine.recovery;

import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.model.AttributeChange;
import io.dirsync.model.Dot;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Shown;
import io.dirsync.model.Version;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes good that dots were given out a second time: a machine that was set back with its database
 * and its root cannot know so before a peer tells it, and what is written until then takes dots by
 * which peers know other writes. These writes get dots of the new incarnation, and of the old ones
 * nothing is known any more, so that the peers' writes come as news.
 *
 * <p>Not made good is what a third node has taken in of these writes before another one told: it
 * still has them by the old dots, and does not get the other writes by these.
 */
public final class SecondDots {
  private final ReplicaId old;
  private final long after;
  private final Map<Dot, Dot> renamed = new HashMap<>();

  private SecondDots(ReplicaId old, long after) {
    this.old = old;
    this.after = after;
  }

  /**
   * Renames what is live. Call once nothing is written by the old incarnation any more and all of
   * it is committed; what changes is not logged, so that readers of the log have to compare.
   *
   * @param old the incarnation that ended
   * @param after the counter that it had reached when this run began
   * @param next gives a dot of the new incarnation, covered
   * @return paths that may show something else
   */
  public static Set<RelativePath> rename(
      FolderStore store, Transaction transaction, ReplicaId old, long after, Supplier<Dot> next) {
    return new SecondDots(old, after).rename(store, transaction, next);
  }

  private Set<RelativePath> rename(FolderStore store, Transaction transaction, Supplier<Dot> next) {
    List<LiveEntry> entries = new ArrayList<>();
    store.readLive(
        after == 0 ? null : new Dot(old, after),
        entry -> {
          if (isSecond(entry.dot())) {
            entries.add(entry);
          }
          return true;
        });
    Set<RelativePath> touched = new HashSet<>();
    for (LiveEntry entry : entries) {
      renamed.put(entry.dot(), next.get());
      touched.add(entry.path());
    }
    for (LiveEntry entry : entries) {
      transaction.remove(entry.dot());
      transaction.put(renamed(entry));
    }
    transaction.uncover(old, after);
    store.below(
        RelativePath.ROOT,
        record -> {
          if (speaksOfSecond(record)) {
            transaction.put(renamed(record));
            touched.add(record.path());
          }
          return true;
        });
    return touched;
  }

  private boolean isSecond(Dot dot) {
    return dot.replica().equals(old) && dot.counter() > after;
  }

  private LiveEntry renamed(LiveEntry entry) {
    Dot dot = dot(entry.dot());
    return switch (entry) {
      case Version version ->
          new Version(
              dot,
              version.path(),
              version.content(),
              version.attributes(),
              version.stamp(),
              version.supersedes().stream().filter(this::isKnown).map(this::dot).toList(),
              movedFrom(version.movedFrom()),
              version.shelved(),
              version.settled());
      case AttributeChange change -> new AttributeChange(dot, change.path(), change.fields());
    };
  }

  /** Whether a dot means one write: others are those of what this run wrote and replaced itself. */
  private boolean isKnown(Dot dot) {
    return !isSecond(dot) || renamed.containsKey(dot);
  }

  private Dot dot(Dot dot) {
    return renamed.getOrDefault(dot, dot);
  }

  private @Nullable Dot movedFrom(@Nullable Dot from) {
    return from != null && isKnown(from) ? dot(from) : null;
  }

  private boolean speaksOfSecond(PathRecord record) {
    Shown shown = record.shown();
    return (shown != null
            && (shown.dots().stream().anyMatch(this::isSecond)
                || shown.attributeDots().stream().anyMatch(this::isSecond)))
        || record.copies().stream().map(PathRecord.Copy::dot).anyMatch(this::isSecond);
  }

  private PathRecord renamed(PathRecord record) {
    Shown shown = record.shown();
    Function<Set<Dot>, Set<Dot>> names =
        dots -> {
          Set<Dot> known = new HashSet<>();
          dots.stream().filter(this::isKnown).map(this::dot).forEach(known::add);
          return known;
        };
    return new PathRecord(
        record.path(),
        shown == null
            ? null
            : new Shown(
                shown.content(),
                shown.attributes(),
                names.apply(shown.dots()),
                names.apply(shown.attributeDots())),
        record.fingerprint(),
        record.copies().stream()
            .filter(copy -> isKnown(copy.dot()))
            .map(
                copy ->
                    new PathRecord.Copy(
                        dot(copy.dot()),
                        copy.content(),
                        copy.attributes(),
                        copy.stamp(),
                        copy.file()))
            .toList());
  }
}
