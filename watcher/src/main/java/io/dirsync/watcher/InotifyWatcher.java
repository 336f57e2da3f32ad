package io.dirsync.watcher;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.dirsync.fs.PosixVolume;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches a tree by Linux's inotify, one watch a directory. A directory is watched first and listed
 * then, so that nothing falls between; the two halves of a move are put together. Which directory
 * an event speaks of is {@link WatchTree}'s to know.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/inotify.7.html">inotify(7)</a>
 */
public final class InotifyWatcher implements Watcher {
  private static final Logger LOG = LoggerFactory.getLogger(InotifyWatcher.class);

  /** How long the other half of a move is waited for; both are queued in one go. */
  private static final Duration MOVE_PAIR = Duration.ofMillis(10);

  /** How long the queue is empty before what is unclear is looked at. */
  private static final Duration QUIET = Duration.ofMillis(10);

  /** What is unclear is looked at even if the queue is never empty. */
  private static final Duration TIDY_LATEST = Duration.ofMillis(200);

  /**
   * How often it is asked whether the root is still the one that was opened, while anything is
   * reported: nothing tells of its removal while it is held open, but of what goes with it.
   */
  private static final Duration ROOT_CHECK = Duration.ofSeconds(1);

  /** How often it is asked if nothing was reported since. */
  private static final Duration ROOT_CHECK_AT_REST = Duration.ofSeconds(5);

  private static final int CLOSE_SECONDS_MAX = 5;

  private final PosixVolume volume;
  private final Inotify inotify;
  private final WatchGaps gaps = new WatchGaps();
  private final WatchTree tree;
  private final AtomicBoolean closing = new AtomicBoolean();
  private final AtomicBoolean retryWanted = new AtomicBoolean();
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Map<Integer, Departure> departures = new LinkedHashMap<>();
  private Consumer<Hint> hints = _ -> {};
  private long tidied = System.nanoTime();
  private long rootChecked = System.nanoTime();
  private Duration rootCheck = ROOT_CHECK;
  private @Nullable Thread thread;

  /** The first half of a move. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Departure(
      WatchTree.Directory parent, String name, byte[] path, boolean directory, long nanoTime) {}

  public InotifyWatcher(PosixVolume volume) throws IOException {
    this(volume, () -> Integer.MAX_VALUE);
  }

  /**
   * @param watchesMax watches beyond this are refused as the system refuses those beyond its own
   *     limit
   */
  InotifyWatcher(PosixVolume volume, IntSupplier watchesMax) throws IOException {
    this.volume = volume;
    this.inotify = new Inotify();
    this.tree = new WatchTree(volume, inotify, watchesMax, gaps, closing::get);
  }

  @Override
  public void start(Predicate<byte[]> excluded, Consumer<Hint> consumer) throws IOException {
    hints = consumer;
    tree.begin(excluded, consumer);
    publishGaps();
    Thread reader = Thread.ofPlatform().daemon().name("watcher").unstarted(this::run);
    thread = reader;
    reader.start();
  }

  // -- the reader

  private void run() {
    try {
      boolean rootThere = true;
      while (rootThere && !closing.get()) {
        rootThere = turn();
      }
    } catch (IOException | RuntimeException e) {
      LOG.error("the watcher failed; the tree is rescanned from time to time", e);
      gaps.addAll("the watcher failed: " + e.getMessage());
      publishGaps();
      hints.accept(new Hint.Overflow());
    } finally {
      if (closing.get()) {
        inotify.close();
      }
      ended.countDown();
    }
  }

  /** Waits and does what there is to do; false once the root is gone. */
  private boolean turn() throws IOException {
    boolean unclear = !departures.isEmpty() || tree.isUntidy();
    Inotify.Ready ready = inotify.await(Math.toIntExact((unclear ? QUIET : rootCheck).toMillis()));
    if (closing.get()) {
      return true;
    }
    if (ready.events()) {
      rootCheck = ROOT_CHECK;
      if (!handle(inotify.read())) {
        return false;
      }
    }
    long now = System.nanoTime();
    settleDepartures(now);
    if (ready.nothing() || now - tidied > TIDY_LATEST.toNanos()) {
      tidied = now;
      tree.tidy();
    }
    if (retryWanted.compareAndSet(true, false)) {
      tree.retryGaps();
    }
    tree.retryMovedGaps();
    publishGaps();
    if (now - rootChecked > rootCheck.toNanos()) {
      rootChecked = now;
      rootCheck = ready.events() ? ROOT_CHECK : ROOT_CHECK_AT_REST;
      return rootIsThere();
    }
    return true;
  }

  private boolean rootIsThere() {
    try {
      if (volume.isRootInPlace()) {
        return true;
      }
    } catch (IOException e) {
      // Too many open files, for one: it is asked again soon.
      LOG.debug("whether the root is in place: {}", e.toString());
      return true;
    }
    hints.accept(new Hint.RootGone());
    return false;
  }

  private boolean handle(List<Inotify.Event> events) {
    byte[] lastModified = null;
    for (Inotify.Event event : events) {
      if (closing.get()) {
        return true;
      }
      if (event.is(Inotify.OVERFLOW)) {
        overflowed();
        continue;
      }
      WatchTree.Directory directory = tree.byWatch(event.watch());
      if (directory == null) {
        continue;
      }
      if (event.is(Inotify.UNMOUNT | Inotify.IGNORED)) {
        if (tree.isRoot(directory)) {
          hints.accept(new Hint.RootGone());
          return false;
        }
        ended(directory, event);
        continue;
      }
      String name = new String(event.name(), ISO_8859_1);
      // Without a name it is the directory itself that was touched.
      byte[] path = name.isEmpty() ? tree.path(directory) : tree.path(directory, name);
      if (path == null) {
        if (event.is(Inotify.IS_DIRECTORY)) {
          tree.doubt(directory);
        }
        continue;
      }
      boolean modified = event.is(Inotify.MODIFY) && !event.is(Inotify.IS_DIRECTORY);
      if (!modified || !Arrays.equals(path, lastModified)) {
        named(directory, name, path, event);
      }
      lastModified = modified ? path : null;
    }
    return true;
  }

  private void named(WatchTree.Directory directory, String name, byte[] path, Inotify.Event event) {
    boolean isDirectory = event.is(Inotify.IS_DIRECTORY);
    if (event.is(Inotify.MOVED_FROM)) {
      departures.put(
          event.cookie(), new Departure(directory, name, path, isDirectory, System.nanoTime()));
    } else if (event.is(Inotify.MOVED_TO)) {
      Departure from = departures.remove(event.cookie());
      if (isDirectory) {
        directoryArrived(from, directory, name, path);
      } else {
        hints.accept(
            from == null ? new Hint.Closed(path) : new Hint.Moved(from.path(), path, false));
      }
    } else if (event.is(Inotify.CREATE) && isDirectory) {
      appeared(directory, name, path);
    } else if (event.is(Inotify.CLOSE_WRITE)) {
      hints.accept(new Hint.Closed(path));
    } else {
      if (event.is(Inotify.DELETE) && isDirectory) {
        tree.deleted(directory, name);
      }
      hints.accept(new Hint.Touched(path));
    }
  }

  private void appeared(WatchTree.Directory directory, String name, byte[] path) {
    hints.accept(new Hint.Touched(path));
    switch (tree.meet(directory, name)) {
      // Known: it may have been away, and whoever looked then has lost sight of what is in it.
      case KNOWN, GAP -> hints.accept(new Hint.Rescan(path));
      case NOTHING, EXCLUDED, UNREACHABLE, NEW, MOVED -> {}
    }
  }

  private void directoryArrived(
      @Nullable Departure from, WatchTree.Directory directory, String name, byte[] path) {
    if (from == null) {
      appeared(directory, name, path);
      return;
    }
    if (tree.isMoveFrom(from.path(), directory, name)) {
      hints.accept(new Hint.Moved(from.path(), path, true));
      return;
    }
    departed(from);
    appeared(directory, name, path);
  }

  /** The second half of a move did not come, or tells nothing. */
  private void departed(Departure from) {
    if (from.directory()) {
      tree.meet(from.parent(), from.name());
    }
    hints.accept(new Hint.Touched(from.path()));
  }

  private void settleDepartures(long now) {
    Iterator<Departure> all = departures.values().iterator();
    while (all.hasNext()) {
      Departure from = all.next();
      if (now - from.nanoTime() >= MOVE_PAIR.toNanos()) {
        all.remove();
        departed(from);
      }
    }
  }

  private void ended(WatchTree.Directory directory, Inotify.Event event) {
    byte[] path = tree.path(directory);
    WatchTree.Place place = tree.ended(directory);
    if (event.is(Inotify.UNMOUNT) && path != null && place != null) {
      // What the mounted file system hid shows again.
      hints.accept(new Hint.Touched(path));
      tree.meet(place.parent(), place.name());
    }
  }

  private void overflowed() {
    departures.clear();
    tree.renew();
    hints.accept(new Hint.Overflow());
  }

  private void publishGaps() {
    gaps.publish(place -> tree.path(place.parent(), place.name()));
  }

  // -- from other threads

  @Override
  public boolean isImmediate() {
    return true;
  }

  @Override
  public int watchedDirectories() {
    return tree.size();
  }

  @Override
  public List<Gap> gaps() {
    return gaps.list();
  }

  @Override
  public void retryGaps() {
    retryWanted.set(true);
    inotify.wake();
  }

  @Override
  public void close() {
    if (!closing.compareAndSet(false, true)) {
      return;
    }
    inotify.wake();
    if (thread == null || ended.getCount() == 0) {
      inotify.close();
    } else if (thread != Thread.currentThread()) {
      awaitEnd();
    }
  }

  private void awaitEnd() {
    try {
      if (!ended.await(CLOSE_SECONDS_MAX, TimeUnit.SECONDS)) {
        LOG.warn("the watcher's thread is still busy; it ends by itself");
        return;
      }
      inotify.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
