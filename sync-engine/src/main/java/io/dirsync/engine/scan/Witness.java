package io.dirsync.engine.scan;

import io.dirsync.conflict.Renderer;
import io.dirsync.engine.store.Fingerprint;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.model.AttributeName;
import io.dirsync.model.Attributes;
import io.dirsync.model.Content;
import io.dirsync.model.RelativePath;
import io.dirsync.model.Shown;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Says how the disk differs from what it was made to show, where a node makes no events of that;
 * the counterpart of {@link Recorder}. Pure over the transaction.
 */
public final class Witness {
  /** How a path differs. */
  public enum Difference {
    ADDED,
    CHANGED,
    ATTRIBUTES,
    REMOVED
  }

  private final Transaction transaction;
  private final boolean revert;
  private final Map<RelativePath, Difference> differences = new LinkedHashMap<>();
  private final Set<RelativePath> same = new HashSet<>();
  private final Set<RelativePath> touched = new HashSet<>();

  /**
   * @param revert whether what differs is recorded as what nobody has written, so that the path has
   *     to be made as it should be
   */
  public Witness(Transaction transaction, boolean revert) {
    this.transaction = transaction;
    this.revert = revert;
  }

  /** What was found to differ. */
  public Map<RelativePath, Difference> differences() {
    return differences;
  }

  /** Paths that were found to be as they should be. */
  public Set<RelativePath> same() {
    return same;
  }

  /** Paths whose record has changed. */
  public Set<RelativePath> touched() {
    return touched;
  }

  /**
   * Takes in one observation.
   *
   * @return false if its basis is no longer what is recorded: it says nothing
   */
  public boolean see(Observation observation) {
    if (observation instanceof Observation.MovedTree tree) {
      boolean all = true;
      for (Observation.Moved moved : tree.moves()) {
        all &= see(moved);
      }
      return all;
    }
    PathRecord before = transaction.record(observation.path());
    if (!before.equals(observation.basis())) {
      return false;
    }
    switch (observation) {
      case Observation.Absent _ -> absent(before);
      case Observation.Present present ->
          present(before, present.content(), present.attributes(), present.fingerprint());
      case Observation.Moved moved -> {
        PathRecord source = moved.source();
        if (source.shown() == null || !transaction.record(source.path()).equals(source)) {
          return false;
        }
        absent(source);
        present(before, source.shown().content(), moved.attributes(), moved.fingerprint());
      }
      case Observation.MovedTree _ -> throw new IllegalStateException("taken apart above");
    }
    return true;
  }

  private void absent(PathRecord record) {
    Shown shown = record.shown();
    if (shown == null) {
      same.add(record.path());
      return;
    }
    differences.put(record.path(), Difference.REMOVED);
    if (shown.content().isDirectory()) {
      loseBelow(record.path());
    }
    if (revert) {
      put(new PathRecord(record.path(), null, null, record.copies()));
    }
  }

  private void loseBelow(RelativePath directory) {
    List<PathRecord> children = new ArrayList<>();
    transaction.children(
        directory,
        child -> {
          if (child.shown() != null) {
            children.add(child);
          }
        });
    children.forEach(this::absent);
  }

  private void present(
      PathRecord before,
      Content content,
      Attributes attributes,
      @Nullable Fingerprint fingerprint) {
    Shown shown = before.shown();
    boolean sameContent = shown != null && shown.content().equals(content);
    if (shown != null && sameContent && same(shown.attributes(), attributes)) {
      show(before, shown, fingerprint);
      return;
    }
    Shown wanted = Renderer.at(transaction, before.path()).shown();
    if (wanted != null
        && wanted.content().equals(content)
        && same(wanted.attributes(), attributes)) {
      // The disk shows what it should: somebody put it there, or we did before a crash.
      show(before, wanted, fingerprint);
      return;
    }
    differences.put(
        before.path(),
        shown == null
            ? Difference.ADDED
            : sameContent ? Difference.ATTRIBUTES : Difference.CHANGED);
    if (revert) {
      if (shown != null && shown.content().isDirectory() && !content.isDirectory()) {
        loseBelow(before.path());
      }
      Set<io.dirsync.model.Dot> dots = shown != null && sameContent ? shown.dots() : Set.of();
      put(
          new PathRecord(
              before.path(),
              new Shown(content, attributes, dots, Set.of()),
              fingerprint,
              before.copies()));
    }
  }

  private void show(PathRecord before, Shown shown, @Nullable Fingerprint fingerprint) {
    same.add(before.path());
    put(new PathRecord(before.path(), shown, fingerprint, before.copies()));
  }

  private void put(PathRecord record) {
    transaction.put(record);
    touched.add(record.path());
  }

  /** Owners that are not carried here are not compared. */
  private static boolean same(Attributes wanted, Attributes seen) {
    for (AttributeName name : AttributeName.values()) {
      boolean owner = name == AttributeName.OWNER || name == AttributeName.GROUP;
      boolean unknown =
          owner && (name == AttributeName.OWNER ? seen.owner() : seen.group()).isEmpty();
      if (!unknown && !seen.get(name).equals(wanted.get(name))) {
        return false;
      }
    }
    return true;
  }
}
