package io.dirsync.engine.scan;

import io.dirsync.engine.Environment;
import io.dirsync.engine.Lane;
import io.dirsync.engine.Layout;
import io.dirsync.engine.scan.Observer.Patience;
import io.dirsync.engine.scan.Scanner.WalkResult;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.fs.FileStatus.Kind;
import io.dirsync.fs.Volume;
import io.dirsync.model.RelativePath;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Compares directories, and what is below them, with the records, and has looked at what differs.
 * On the scanner's lane, but for the listing itself.
 */
final class Walks {
  /** Directories of one walk that are listed at once: with more, other work would wait behind. */
  private static final int LISTINGS_MAX = 2;

  private final Volume volume;
  private final FolderStore store;
  private final IgnoreRules rules;
  private final Environment environment;
  private final Lane lane;
  private final Observer observer;
  private final Specials specials;
  private final ScanSink sink;
  private final Looks looks;
  private final Runnable ended;

  private final ArrayDeque<Walk> walks = new ArrayDeque<>();

  /** Directories that could not be listed: a look at their name does not tell whether they can. */
  private final Set<RelativePath> unlisted = ConcurrentHashMap.newKeySet();

  private volatile boolean walking;

  /**
   * @param ended run when a walk has ended
   */
  Walks(
      Volume volume,
      FolderStore store,
      IgnoreRules rules,
      Environment environment,
      Lane lane,
      Observer observer,
      Specials specials,
      ScanSink sink,
      Looks looks,
      Runnable ended) {
    this.volume = volume;
    this.store = store;
    this.rules = rules;
    this.environment = environment;
    this.lane = lane;
    this.observer = observer;
    this.specials = specials;
    this.sink = sink;
    this.looks = looks;
    this.ended = ended;
  }

  /** Whether a walk is under way. Safe for any thread. */
  boolean walking() {
    return walking;
  }

  /** Whether a directory could not be listed when that was last tried. Safe for any thread. */
  boolean isUnlisted(RelativePath directory) {
    return unlisted.contains(directory);
  }

  /** No directory stands there any more. Safe for any thread. */
  void gone(RelativePath directory) {
    unlisted.remove(directory);
  }

  /** The number of the oldest walk that is under way. */
  long oldest() {
    long oldest = Long.MAX_VALUE;
    for (Walk walk : walks) {
      oldest = Math.min(oldest, walk.number);
    }
    return oldest;
  }

  /** A walk of its own, whatever others are under way. */
  CompletableFuture<WalkResult> add(RelativePath top) {
    Walk walk = new Walk(top, looks.nextNumber());
    add(walk);
    return walk.done;
  }

  /** One that has not begun yet and covers it will do, but for what is being looked at now. */
  Walk start(RelativePath top) {
    for (Walk walk : walks) {
      if (walk.isToBegin() && (walk.top.equals(top) || top.isBelow(walk.top))) {
        looks.lookAgainBelow(top);
        return walk;
      }
    }
    Walk walk = new Walk(top, looks.nextNumber());
    add(walk);
    return walk;
  }

  private void add(Walk walk) {
    looks.lookAgainBelow(walk.top);
    walks.add(walk);
    walking = true;
    startListing();
  }

  /** Goes on, a few directories at a time. */
  void startListing() {
    for (Walk walk : walks) {
      while (walk.listings < LISTINGS_MAX && !walk.directories.isEmpty() && looks.hasRoom()) {
        walk.listings++;
        RelativePath directory = walk.directories.pop();
        environment.workers().execute(() -> list(walk, directory));
      }
    }
  }

  // -- on a worker -------------------------------------------------------------------------------

  private record Listing(
      List<RelativePath> directories,
      List<RelativePath> suspects,
      List<RelativePath> missing,
      long entries,
      long skipped) {}

  private void list(Walk walk, RelativePath directory) {
    List<RelativePath> directories = new ArrayList<>();
    List<RelativePath> suspects = new ArrayList<>();
    List<RelativePath> missing = new ArrayList<>();
    List<RelativePath> special = new ArrayList<>();
    long[] counts = new long[1];
    boolean[] refused = new boolean[1];
    // Asked first: what lands meanwhile may not be in the records that are compared with.
    List<RelativePath> changing = sink.changingIn(directory);
    try {
      Map<RelativePath, PathRecord> records = new HashMap<>();
      store.children(
          directory,
          record -> {
            if (record.shown() != null) {
              records.put(record.path(), record);
            }
          });
      volume.list(
          directory.bytes(),
          entry -> {
            RelativePath path;
            try {
              path = directory.child(entry.name());
            } catch (IllegalArgumentException e) {
              refused[0] = true;
              sink.unreadable(directory, Scanner.reason(e));
              return;
            }
            if (Layout.isPrivate(path)) {
              return;
            }
            var kind = entry.status().kind();
            boolean below = kind == Kind.DIRECTORY;
            PathRecord record = records.remove(path);
            if (rules.ignores(path, below)) {
              return;
            }
            counts[0]++;
            if (kind == Kind.OTHER) {
              special.add(path);
              if (record != null) {
                suspects.add(path);
              }
              return;
            }
            if (below) {
              directories.add(path);
            }
            if (record == null || observer.suspicious(record, entry.status())) {
              suspects.add(path);
            }
          });
      missing.addAll(records.keySet());
      suspects.addAll(changing);
      specials.listed(directory, special);
      if (refused[0]) {
        unlisted.add(directory);
      } else {
        unlisted.remove(directory);
        sink.readable(directory);
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      unlisted.remove(directory);
      suspects.clear();
      missing.clear();
      directories.clear();
      if (!directory.isRoot()) {
        suspects.add(directory);
      }
    } catch (ClosedChannelException e) {
      // The folder is closed: nothing follows from this.
      return;
    } catch (IOException | UncheckedIOException | IllegalArgumentException e) {
      // What cannot be listed is not gone.
      unlisted.add(directory);
      sink.unreadable(directory, Scanner.reason(e));
      suspects.clear();
      missing.clear();
      directories.clear();
    }
    Listing listing = new Listing(directories, suspects, missing, counts[0], special.size());
    lane.execute(() -> listed(walk, listing));
  }

  // -- on the lane
  // ---------------------------------------------------------------------------------

  private void listed(Walk walk, Listing listing) {
    walk.listings--;
    walk.entries += listing.entries();
    walk.skipped += listing.skipped();
    listing.directories().forEach(walk.directories::push);
    walk.missing.addAll(listing.missing());
    wantAll(walk, listing.suspects());
    endIfDone(walk);
    looks.start();
  }

  private void wantAll(Walk walk, List<RelativePath> paths) {
    for (RelativePath path : paths) {
      if (looks.isWanted(path)) {
        looks.want(path, Patience.WAIT);
      } else {
        walk.waiting++;
        looks.want(path, Patience.WAIT, Optional.of(walk));
      }
    }
  }

  /** One of the paths that the walk had looked at is done with. */
  void looked(Walk walk) {
    walk.waiting--;
    endIfDone(walk);
  }

  private void endIfDone(Walk walk) {
    if (!walk.isThrough() || !walks.contains(walk)) {
      return;
    }
    if (!walk.missing.isEmpty()) {
      List<RelativePath> missing = walk.missing;
      walk.missing = new ArrayList<>();
      sink.missing(missing);
      wantAll(walk, missing);
      if (walk.waiting > 0) {
        return;
      }
    }
    walks.remove(walk);
    walking = !walks.isEmpty();
    if (walk.top.isRoot()) {
      specials.walked(walk.skipped);
    }
    walk.done.complete(new WalkResult(walk.entries, walk.changed, walk.skipped));
    ended.run();
  }
}
