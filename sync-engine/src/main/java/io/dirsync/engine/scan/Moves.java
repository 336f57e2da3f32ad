package io.dirsync.engine.scan;

import io.dirsync.engine.Environment;
import io.dirsync.engine.Lane;
import io.dirsync.engine.scan.Observer.Patience;
import io.dirsync.engine.scan.ScanSink.Answer;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.model.RelativePath;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reports what the watcher calls a move, of a file or of a directory with all that was below it,
 * then has looked at the rest. On the scanner's lane, but for the looking itself.
 */
final class Moves {
  private final FolderStore store;
  private final int pathsMax;
  private final Environment environment;
  private final Lane lane;
  private final Observer observer;
  private final ScanSink sink;
  private final Looks looks;
  private final Walks walks;

  /**
   * @param pathsMax paths of a directory that are reported in one go
   */
  Moves(
      FolderStore store,
      int pathsMax,
      Environment environment,
      Lane lane,
      Observer observer,
      ScanSink sink,
      Looks looks,
      Walks walks) {
    this.store = store;
    this.pathsMax = pathsMax;
    this.environment = environment;
    this.lane = lane;
    this.observer = observer;
    this.sink = sink;
    this.looks = looks;
    this.walks = walks;
  }

  /** Something has moved, or has come or gone if one of its names is not reported. */
  void moved(Optional<RelativePath> from, Optional<RelativePath> to, boolean directory) {
    if (from.isEmpty() || to.isEmpty()) {
      from.ifPresent(path -> looks.want(path, Patience.WAIT));
      to.ifPresent(path -> arrived(path, directory));
      return;
    }
    if (looks.isWanted(from.get()) || looks.isWanted(to.get())) {
      // Someone is looking there already; a plain look at both ends finds the move by its content.
      looks.want(to.get(), Patience.READ);
      if (directory) {
        walks.start(to.get()).missing.add(from.get());
      } else {
        looks.wantAfter(from.get(), looks.at(to.get()));
      }
      return;
    }
    move(from.get(), to.get(), directory);
  }

  private void arrived(RelativePath path, boolean directory) {
    looks.want(path, Patience.READ);
    if (directory) {
      walks.start(path);
    }
  }

  private void move(RelativePath from, RelativePath to, boolean directory) {
    Task task = looks.begin(to);
    if (sink.isChanging(to)) {
      // Our own doing, it seems: once it is recorded, a look at both ends tells.
      sink.afterChange(to, answer -> lane.execute(() -> moveJudged(task, from, directory, answer)));
      return;
    }
    attempt(
        task,
        from,
        directory,
        () -> {
          Optional<? extends Observation> observation = observer.moved(from, to);
          if (directory && observation.isPresent()) {
            if (observer.hasMoreBelow(from, pathsMax)) {
              moveSome(task, from, null, Answer.CHANGED);
              return;
            }
            observation = observer.movedTree(from, to);
          }
          if (observation.isPresent()) {
            sink.observed(
                observation.get(),
                answer -> lane.execute(() -> moveJudged(task, from, directory, answer)));
          } else {
            lane.execute(() -> moveJudged(task, from, directory, Answer.AGAIN));
          }
        });
  }

  private interface Step {
    void run() throws IOException;
  }

  private void attempt(Task task, RelativePath from, boolean directory, Step step) {
    environment
        .workers()
        .execute(
            () -> {
              try {
                step.run();
              } catch (IOException | UncheckedIOException | IllegalArgumentException e) {
                sink.unreadable(task.path, Scanner.reason(e));
                lane.execute(() -> moveJudged(task, from, directory, Answer.AGAIN));
              }
            });
  }

  /**
   * Reports the files of a large directory, some at a time. The directories in it stay recorded
   * until their turn to be looked at comes: without one, a file that is still recorded in it would
   * have it made again.
   *
   * @param soFar whether all that was reported before was recorded
   */
  private void moveSome(Task task, RelativePath from, @Nullable RelativePath after, Answer soFar)
      throws IOException {
    Observer.MovedSome some = observer.movedFiles(from, task.path, after, pathsMax / 4);
    if (some.through() == null) {
      lane.execute(() -> filesJudged(task, from, soFar));
    } else if (some.moves().isEmpty()) {
      attempt(task, from, true, () -> moveSome(task, from, some.through(), Answer.AGAIN));
    } else {
      sink.observed(
          new Observation.MovedTree(some.moves()),
          answer ->
              attempt(
                  task,
                  from,
                  true,
                  () ->
                      moveSome(
                          task, from, some.through(), answer == Answer.AGAIN ? answer : soFar)));
    }
  }

  private void filesJudged(Task task, RelativePath from, Answer answer) {
    if (answer == Answer.AGAIN) {
      moveJudged(task, from, true, answer);
      return;
    }
    // Nobody has looked at the directory itself.
    looks.ended(task, true);
    treeMoved(task, from);
  }

  private void moveJudged(Task task, RelativePath from, boolean directory, Answer answer) {
    boolean again = answer == Answer.AGAIN;
    if (!directory) {
      looks.wantAfter(from, task);
      looks.ended(task, again);
      return;
    }
    looks.ended(task, again);
    if (again) {
      looks.lookAgainBelow(from);
      Walk walk = walks.start(task.path);
      walk.number = Math.min(walk.number, task.number);
      walk.missing.add(from);
    } else {
      treeMoved(task, from);
    }
  }

  private void treeMoved(Task task, RelativePath from) {
    looks.lookAgainBelow(from);
    walks.start(task.path);
    wantBelow(from);
    looks.want(from, Patience.WAIT);
  }

  /**
   * What is recorded below a directory that has moved away did not move with it: of that the
   * directory's own name tells nothing once it is made anew.
   */
  private void wantBelow(RelativePath from) {
    store.below(
        from,
        record -> {
          if (record.shown() != null) {
            looks.want(record.path(), Patience.WAIT);
          }
          return true;
        });
  }
}
