package io.dirsync.watcher;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The names that should be watched and are not. They are kept by the directory that they stand in,
 * so that a renamed directory takes its gaps along. One thread changes them; {@link #list} is for
 * any.
 */
final class WatchGaps {
  private record Why(String reason, boolean limitReached) {}

  private final Map<WatchTree.Place, Why> gaps = new LinkedHashMap<>();
  private @Nullable Why unlisted;
  private boolean changed;
  private volatile List<Watcher.Gap> published = List.of();

  void add(WatchTree.Directory parent, String name, String reason, boolean limitReached) {
    WatchTree.Place place = new WatchTree.Place(parent, name);
    Why why = new Why(reason, limitReached);
    if (gaps.size() < Watcher.GAPS_MAX - 1 || gaps.containsKey(place)) {
      changed |= !why.equals(gaps.put(place, why));
    } else {
      changed |= unlisted == null;
      unlisted = why;
    }
  }

  /** The whole tree is a gap from now on. */
  void addAll(String reason) {
    unlisted = new Why(reason, false);
    changed = true;
  }

  void remove(WatchTree.Directory parent, String name) {
    if (!gaps.isEmpty()) {
      changed |= gaps.remove(new WatchTree.Place(parent, name)) != null;
    }
  }

  /** Drops all that stand directly in a directory. */
  void removeIn(WatchTree.Directory parent) {
    if (!gaps.isEmpty()) {
      changed |= gaps.keySet().removeIf(place -> place.parent() == parent);
    }
  }

  /** Some directories have other paths now. */
  void relabelled() {
    changed |= !gaps.isEmpty();
  }

  /** Whether there were more than can be listed. */
  boolean incomplete() {
    return unlisted != null;
  }

  /** Whether there are none. */
  boolean isEmpty() {
    return gaps.isEmpty() && unlisted == null;
  }

  /** Forgets these; those that are still there are found again. */
  List<WatchTree.Place> take(Predicate<WatchTree.Place> which) {
    List<WatchTree.Place> taken = gaps.keySet().stream().filter(which).toList();
    taken.forEach(gaps::remove);
    changed |= !taken.isEmpty();
    return taken;
  }

  /** Forgets all; those that are still there are found again. */
  List<WatchTree.Place> takeAll() {
    List<WatchTree.Place> all = List.copyOf(gaps.keySet());
    gaps.clear();
    unlisted = null;
    changed = true;
    return all;
  }

  /**
   * Makes {@link #list} give what is known now.
   *
   * @param path the path of a name in a directory, or null if it has none at the moment
   */
  void publish(Function<WatchTree.Place, byte @Nullable []> path) {
    if (!changed) {
      return;
    }
    changed = false;
    List<Watcher.Gap> list = new ArrayList<>();
    if (unlisted != null) {
      list.add(new Watcher.Gap(new byte[0], unlisted.reason(), unlisted.limitReached()));
    }
    gaps.forEach(
        (place, why) -> {
          byte[] at = path.apply(place);
          if (at != null) {
            list.add(new Watcher.Gap(at, why.reason(), why.limitReached()));
          }
        });
    published = List.copyOf(list);
  }

  List<Watcher.Gap> list() {
    return published;
  }
}
