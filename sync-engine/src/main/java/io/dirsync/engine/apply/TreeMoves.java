package io.dirsync.engine.apply;

import io.dirsync.conflict.Renderer;
import io.dirsync.conflict.Rendering;
import io.dirsync.engine.Lane;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.model.Content;
import io.dirsync.model.RelativePath;
import io.dirsync.model.Shown;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Directories that a peer has moved with everything in them. The change log tells of each file by
 * itself; here the directory is renamed in one step once all of that has come, so that nobody sees
 * half of it at either name. What is no such move after all, or takes too long to come, goes file
 * by file. On the writer's lane.
 */
final class TreeMoves {
  /** How long what belongs to a move is waited for since some of it came. */
  private static final Duration PATIENCE = Duration.ofMillis(500);

  /** Moves that are waited for at once. */
  private static final int TREES_MAX = 16;

  private final FolderStore store;
  private final int pathsMax;
  private final Works works;
  private final Jobs jobs;
  private final Lane lane;
  private final Runnable run;
  private final List<Tree> trees = new ArrayList<>();
  private boolean none;

  /** A move that is waited for. */
  private static final class Tree {
    final RelativePath from;
    RelativePath to;

    /** Paths at and below the old name. */
    final int size;

    /** What was known to be dirty when it was last looked at whether more had come. */
    int seen;

    Tree(RelativePath from, RelativePath to, int size) {
      this.from = from;
      this.to = to;
      this.size = size;
    }

    boolean holds(RelativePath path) {
      return isIn(path, from) || isIn(path, to);
    }

    /** Where a path at or below the old name goes; empty if it would be too long or too deep. */
    Optional<RelativePath> placeOf(RelativePath path) {
      return path.movedIfPossible(from, to);
    }
  }

  /**
   * @param pathsMax paths that are waited for at once
   * @param run run when something is not waited for any longer
   */
  TreeMoves(FolderStore store, int pathsMax, Works works, Jobs jobs, Lane lane, Runnable run) {
    this.store = store;
    this.pathsMax = pathsMax;
    this.works = works;
    this.jobs = jobs;
    this.lane = lane;
    this.run = run;
  }

  private static boolean isIn(RelativePath path, RelativePath directory) {
    return path.equals(directory) || path.isBelow(directory);
  }

  /** A peer has moved a directory; what was in it follows. */
  void expect(RelativePath from, RelativePath to) {
    for (Tree tree : trees) {
      if (tree.to.equals(from)) {
        // It went on.
        tree.to = to;
        if (isIn(to, tree.from) || isIn(tree.from, to)) {
          end(tree);
        }
        return;
      }
      if (from.isBelow(tree.from) && tree.placeOf(from).equals(Optional.of(to))) {
        return;
      }
    }
    Shown shown = store.record(from).shown();
    if (!none
        && trees.size() < TREES_MAX
        && shown != null
        && shown.content().isDirectory()
        && store.record(to).isEmpty()
        && trees.stream().noneMatch(tree -> tree.holds(from) || tree.holds(to))) {
      int size = size(from);
      if (size + expected() / 2 <= pathsMax) {
        Tree tree = new Tree(from, to, size);
        trees.add(tree);
        lane.after(PATIENCE, () -> lookAgain(tree));
      }
    }
  }

  private int size(RelativePath directory) {
    int[] size = {1};
    store.below(
        directory,
        record -> {
          size[0] += record.shown() == null ? 0 : 1;
          return size[0] <= pathsMax;
        });
    return size[0];
  }

  /** All goes file by file from now on. */
  void expectNone() {
    none = true;
  }

  /** Works that wait, at most, for what has not come yet. */
  int expected() {
    return trees.stream().mapToInt(tree -> 2 * tree.size).sum();
  }

  private void lookAgain(Tree tree) {
    if (!trees.contains(tree)) {
      return;
    }
    int dirty = works.count();
    if (dirty > tree.seen && dirty <= 2 * pathsMax) {
      tree.seen = dirty;
      lane.after(PATIENCE, () -> lookAgain(tree));
    } else {
      end(tree);
      run.run();
    }
  }

  private void end(Tree tree) {
    trees.remove(tree);
    works.wake(tree.from);
  }

  /** Whether a work is left alone for now: its path may move with others. */
  boolean holds(Work work) {
    for (Tree tree : trees) {
      if (tree.holds(work.path)) {
        works.waitFor(work, tree.from);
        return true;
      }
    }
    return false;
  }

  /** The moves of which all has come: each is waited for no longer and is to be begun now. */
  List<Job> takeWhole() {
    List<Job> whole = new ArrayList<>();
    for (Tree tree : List.copyOf(trees)) {
      Job job = job(tree);
      if (job != null) {
        trees.remove(tree);
        whole.add(job);
      }
    }
    return whole;
  }

  private @Nullable Job job(Tree tree) {
    if (works.count() < 2 * tree.size) {
      return null;
    }
    PathRecord target = store.record(tree.to);
    List<PathRecord> records = records(tree);
    if (records.isEmpty()
        || !target.isEmpty()
        || !hasParent(tree.to)
        || isOtherwiseBusy(tree, records.size())) {
      return null;
    }
    List<Job.Moved> moved = new ArrayList<>();
    Rendering top = null;
    for (PathRecord record : records) {
      RelativePath to = record.path().moved(tree.from, tree.to);
      Rendering come = Renderer.at(store.live(), to);
      if (!isGone(Renderer.at(store.live(), record.path()))
          || !isSame(record, come, store.record(to))) {
        return null;
      }
      if (top == null) {
        top = come;
      } else {
        moved.add(new Job.Moved(record, to, Objects.requireNonNull(come.shown())));
      }
    }
    return top == null
        ? null
        : Job.ofTree(target, top, new Job.Source.Tree(records.getFirst(), moved));
  }

  /** What is shown at and below the old name, parents first; empty if not all of it is to move. */
  private List<PathRecord> records(Tree tree) {
    List<PathRecord> records = new ArrayList<>();
    PathRecord top = store.record(tree.from);
    boolean[] possible = {mayMove(tree, top)};
    records.add(top);
    if (possible[0]) {
      store.below(
          tree.from,
          record -> {
            if (!record.isEmpty()) {
              possible[0] = records.size() < tree.size && mayMove(tree, record);
              records.add(record);
            }
            return possible[0];
          });
    }
    return possible[0] ? records : List.of();
  }

  private boolean mayMove(Tree tree, PathRecord record) {
    return record.shown() != null
        && !record.isLeftover()
        && record.copies().isEmpty()
        && isFree(record.path())
        && tree.placeOf(record.path()).filter(this::isFree).isPresent();
  }

  /** Whether something is to be done at a path, and nothing is being done. */
  private boolean isFree(RelativePath path) {
    Work work = works.at(path);
    return work != null && !work.isUnderWay() && !jobs.inFlight(path);
  }

  private boolean hasParent(RelativePath path) {
    RelativePath parent = path.parent().orElse(RelativePath.ROOT);
    Shown shown = store.record(parent).shown();
    return parent.isRoot()
        || (shown != null && shown.content().isDirectory() && !works.isDirty(parent));
  }

  /** Whether more is to be done, or is being done, below the old name than what moves. */
  private boolean isOtherwiseBusy(Tree tree, int moving) {
    return works.all().stream().filter(work -> isIn(work.path, tree.from)).count() != moving
        || jobs.inFlight().stream().anyMatch(tree::holds);
  }

  private static boolean isGone(Rendering rendering) {
    return rendering.shown() == null && rendering.copies().isEmpty();
  }

  private static boolean isSame(PathRecord record, Rendering come, PathRecord target) {
    Shown wanted = come.shown();
    Shown shown = record.shown();
    return wanted != null
        && shown != null
        && target.isEmpty()
        && come.copies().isEmpty()
        && wanted.content().equals(shown.content())
        && wanted.attributes().equals(shown.attributes())
        && (shown.content() instanceof Content.Directory || record.fingerprint() != null);
  }
}
