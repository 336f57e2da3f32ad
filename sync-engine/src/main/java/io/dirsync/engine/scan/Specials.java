package io.dirsync.engine.scan;

import io.dirsync.model.RelativePath;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Where sockets, fifos and devices stand, which are not carried: for their number. Safe for several
 * threads.
 */
final class Specials {
  /** Paths that are kept; with more, the number is that of the last walk of the whole tree. */
  static final int KEPT_MAX = 10_000;

  private static final byte[] LOWEST_NAME = {1};

  private final TreeSet<RelativePath> kept = new TreeSet<>();
  private boolean more;
  private long walked;

  /** One stands there, and so nothing below. */
  synchronized void stands(RelativePath path) {
    gone(path);
    if (kept.size() < KEPT_MAX) {
      kept.add(path);
    } else {
      more = true;
    }
  }

  /** A directory stands there. */
  synchronized void standsNot(RelativePath path) {
    kept.remove(path);
  }

  /** None stands there, nor below. */
  synchronized void gone(RelativePath path) {
    if (kept.isEmpty()) {
      // So it is in most trees, and every look at a path comes by here.
      return;
    }
    kept.remove(path);
    kept.removeAll(below(path));
  }

  /** These are all that stand directly in a directory. */
  synchronized void listed(RelativePath directory, List<RelativePath> all) {
    for (RelativePath each : below(directory)) {
      if (each.parent().orElse(RelativePath.ROOT).equals(directory)) {
        kept.remove(each);
      }
    }
    all.forEach(this::stands);
  }

  private List<RelativePath> below(RelativePath directory) {
    Optional<RelativePath> first = directory.childIfPossible(LOWEST_NAME);
    if (kept.isEmpty() || first.isEmpty()) {
      return List.of();
    }
    List<RelativePath> found = new ArrayList<>();
    for (RelativePath each : kept.tailSet(first.get(), true)) {
      if (!each.isBelow(directory)) {
        break;
      }
      found.add(each);
    }
    return found;
  }

  /** The whole tree was walked, and had so many. */
  synchronized void walked(long count) {
    walked = count;
    more = count > KEPT_MAX;
  }

  synchronized long count() {
    return more ? Math.max(walked, kept.size()) : kept.size();
  }
}
