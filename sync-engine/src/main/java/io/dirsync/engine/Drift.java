package io.dirsync.engine;

import io.dirsync.engine.scan.Observation;
import io.dirsync.engine.scan.ScanSink.Answer;
import io.dirsync.engine.scan.Witness;
import io.dirsync.engine.scan.Witness.Difference;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.fs.Volume;
import io.dirsync.model.RelativePath;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * What differs on the disk of a folder that only receives. Nothing is made of it until an operator
 * has it put back.
 */
final class Drift {
  /** Paths that are listed; more are only said to be there. */
  private static final int PATHS_MAX = 10_000;

  private final Volume volume;
  private final ConcurrentSkipListMap<RelativePath, Difference> paths =
      new ConcurrentSkipListMap<>();
  private final AtomicBoolean reverting = new AtomicBoolean();
  private final AtomicLong reverted = new AtomicLong();
  private volatile boolean more;

  Drift(Volume volume) {
    this.volume = volume;
  }

  /**
   * Takes in what was seen. Within a change of the store.
   *
   * @param touched is given every path whose record has changed
   */
  Answer take(Transaction transaction, Observation observation, Consumer<RelativePath> touched) {
    Witness witness = new Witness(transaction, reverting.get());
    if (!witness.see(observation)) {
      return Answer.AGAIN;
    }
    witness.touched().forEach(touched);
    witness.same().forEach(paths::remove);
    for (Map.Entry<RelativePath, Difference> each : witness.differences().entrySet()) {
      if (reverting.get()) {
        paths.remove(each.getKey());
        reverted.incrementAndGet();
      } else if (paths.size() < PATHS_MAX || paths.containsKey(each.getKey())) {
        paths.put(each.getKey(), each.getValue());
      } else {
        more = true;
      }
    }
    return witness.differences().isEmpty() ? Answer.SAME : Answer.CHANGED;
  }

  /** The disk shows what it should at a path. */
  void clear(RelativePath path) {
    if (!paths.isEmpty()) {
      paths.remove(path);
    }
  }

  /** What differs, by path. */
  List<NodeControl.Drifted> list() {
    forgetGone();
    List<NodeControl.Drifted> list = new ArrayList<>();
    paths.forEach((path, difference) -> list.add(new NodeControl.Drifted(path, difference)));
    return list;
  }

  long count() {
    forgetGone();
    return paths.size();
  }

  /** Whether there is more than is listed. */
  boolean isMore() {
    return more;
  }

  /** What was added and removed again was never recorded: no look at it says that it is gone. */
  private void forgetGone() {
    paths.forEach(
        (path, difference) -> {
          if (difference == Difference.ADDED && !exists(path)) {
            paths.remove(path);
          }
        });
  }

  private boolean exists(RelativePath path) {
    try {
      return volume.find(path.bytes()).isPresent();
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * From now on what differs is put back.
   *
   * @return false if that is under way already
   */
  boolean begin() {
    if (!reverting.compareAndSet(false, true)) {
      return false;
    }
    reverted.set(0);
    return true;
  }

  /** Ends that; returns how many paths differed. */
  long end() {
    more = false;
    reverting.set(false);
    return reverted.get();
  }
}
