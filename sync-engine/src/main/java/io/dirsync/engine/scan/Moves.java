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

/**
 * Reports what the watcher calls a move, of a file or of a directory with all that was below it,
 * then has looked at the rest. On the scanner's lane, but for the looking itself.
 */
final class Moves {
  private final FolderStore store;
  private final Environment environment;
  private final Lane lane;
  private final Observer observer;
  private final ScanSink sink;
  private final Looks looks;
  private final Walks walks;

  Moves(
      FolderStore store,
      Environment environment,
      Lane lane,
      Observer observer,
      ScanSink sink,
      Looks looks,
      Walks walks) {
    this.store = store;
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
    environment
        .workers()
        .execute(
            () -> {
              try {
                Optional<? extends Observation> observation =
                    directory ? observer.movedTree(from, to) : observer.moved(from, to);
                if (observation.isPresent()) {
                  sink.observed(
                      observation.get(),
                      answer -> lane.execute(() -> moveJudged(task, from, directory, answer)));
                } else {
                  lane.execute(() -> moveJudged(task, from, directory, Answer.AGAIN));
                }
              } catch (IOException | UncheckedIOException | IllegalArgumentException e) {
                sink.unreadable(to, Scanner.reason(e));
                lane.execute(() -> moveJudged(task, from, directory, Answer.AGAIN));
              }
            });
  }

  private void moveJudged(Task task, RelativePath from, boolean directory, Answer answer) {
    boolean again = answer == Answer.AGAIN;
    if (!directory) {
      looks.wantAfter(from, task);
      looks.ended(task, again);
      return;
    }
    looks.ended(task, again);
    looks.lookAgainBelow(from);
    Walk walk = walks.start(task.path);
    if (again) {
      walk.number = Math.min(walk.number, task.number);
      walk.missing.add(from);
    } else {
      wantBelow(from);
      looks.want(from, Patience.WAIT);
    }
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
