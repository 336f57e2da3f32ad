package io.dirsync.watcher;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.dirsync.fs.FileStatus;
import io.dirsync.fs.FileStatus.Kind;
import io.dirsync.fs.Volume;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Watches by looking: for network file systems, whose servers tell nobody about the changes of
 * other clients, and for systems without inotify. Lists the whole tree again and again and compares
 * it with what it found the time before, of which it keeps some 32 to 64 bytes a path.
 *
 * <p>A file whose status differs gives {@link Hint.Touched}, and {@link Hint.Closed} once it has
 * stood still from one walk to the next. Since paths are not kept, a removal gives {@link
 * Hint.Rescan} of the directory that it was in. What came and went between two walks gives nothing.
 * A directory that cannot be listed is a gap and nothing below it counts as removed; every walk
 * tries it again and gives {@link Hint.Rescan} when it can be listed.
 *
 * <p>The interval must be longer than the steps of the file system's clock (10 ms on Linux, 2 s on
 * FAT), or a second change within one step goes unseen.
 */
public final class PollingWatcher implements Watcher {
  private static final byte[] ROOT = {};

  /** A change just before a walk may share its time with one just after: steps of FAT's clock. */
  private static final Duration YOUNG_LEAST = Duration.ofSeconds(2);

  /** More directories to rescan than that and the whole tree is. */
  private static final int RESCANS_MAX = 10_000;

  /** How long {@link #close} waits for a listing that hangs, on a dead server say. */
  private static final Duration CLOSE_WAIT = Duration.ofSeconds(5);

  /** A directory to be listed; covered if a rescan of one above it is announced anyway. */
  private record Pending(byte[] path, boolean covered) {}

  private final Volume volume;
  private final Duration interval;
  private final InstantSource clock;
  private final SeenPaths seen = new SeenPaths(ThreadLocalRandom.current().nextLong());
  private final CountDownLatch closing = new CountDownLatch(1);
  private Predicate<byte[]> excluded = directory -> false;
  private Consumer<Hint> hints = hint -> {};
  private @Nullable Thread thread;
  private volatile int watchedDirectories;
  private volatile List<Gap> gaps = List.of();

  /**
   * @param volume stays the caller's to close, after the watcher
   * @param interval the pause from the end of one walk to the next
   */
  public PollingWatcher(Volume volume, Duration interval) {
    this(volume, interval, InstantSource.system());
  }

  PollingWatcher(Volume volume, Duration interval, InstantSource clock) {
    if (!interval.isPositive()) {
      throw new IllegalArgumentException("an interval must be positive: " + interval);
    }
    this.volume = volume;
    this.interval = interval;
    this.clock = clock;
  }

  @Override
  public void start(Predicate<byte[]> excluded, Consumer<Hint> hints) throws IOException {
    begin(excluded, hints);
    thread = Thread.ofPlatform().daemon().name("dirsync-poll").start(this::pollUntilClosed);
  }

  /** Takes in the tree as it is, without a hint; {@link #poll} is left to the caller. */
  void begin(Predicate<byte[]> excluded, Consumer<Hint> hints) throws IOException {
    if (rootIsGone()) {
      throw new NoSuchFileException("the root is gone");
    }
    // Asked apart, since a walk takes a directory that cannot be listed for a gap.
    volume.list(ROOT, entry -> {});
    this.excluded = excluded;
    this.hints = hints;
    walk(true);
  }

  private void pollUntilClosed() {
    try {
      boolean goesOn = true;
      while (goesOn && !closing.await(interval.toNanos(), NANOSECONDS)) {
        goesOn = poll();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Walks the tree once and gives hints. Returns false if the root is gone. */
  boolean poll() {
    try {
      if (rootIsGone()) {
        hints.accept(new Hint.RootGone());
        return false;
      }
    } catch (IOException e) {
      gaps = List.of(new Gap(ROOT, reason(e), false));
      return true;
    }
    walk(false);
    return true;
  }

  private boolean rootIsGone() throws IOException {
    FileStatus opened = volume.openedRoot();
    Optional<FileStatus> current = volume.currentRoot();
    return current.isEmpty()
        || current.get().inode() != opened.inode()
        || current.get().device() != opened.device();
  }

  private void walk(boolean first) {
    Walk walk = new Walk(first);
    seen.beginWalk();
    walk.run();
    if (closing.getCount() == 0) {
      return;
    }
    seen.endWalk();
    watchedDirectories = walk.listed;
    gaps = walk.gaps();
    walk.announceRescans();
  }

  /** One look at everything. */
  private final class Walk {
    private final boolean first;
    private final long youngNanos = nanos(clock.instant().minus(youngAge()));
    private final Deque<Pending> todo = new ArrayDeque<>();
    private final List<byte[]> rescans = new ArrayList<>();
    private final List<Gap> unlisted = new ArrayList<>();
    private int listed;
    private long unlistedCount;

    Walk(boolean first) {
      this.first = first;
    }

    void run() {
      todo.push(new Pending(ROOT, first));
      while (!todo.isEmpty() && closing.getCount() > 0) {
        visit(todo.pop());
      }
    }

    private void visit(Pending directory) {
      byte[] path = directory.path();
      long namesKey = seen.namesKey(seen.key(path));
      long namesBefore = seen.get(namesKey);
      boolean isNew = namesBefore == SeenPaths.NONE;
      Listing listing = new Listing(path, directory.covered() || isNew);
      try {
        volume.list(path, listing::take);
      } catch (NoSuchFileException | NotDirectoryException vanished) {
        // Its parent's names will tell. The root has no parent.
        if (path.length == 0) {
          gap(path, vanished);
        }
        return;
      } catch (IOException e) {
        gap(path, e);
        return;
      }
      seen.put(namesKey, listing.names, 0);
      listed++;
      boolean lost = !isNew && !SeenPaths.holds(namesBefore, listing.namesKnown);
      if (!directory.covered() && (isNew || lost)) {
        // Told when all below has been looked at: whoever lists it then sees what this walk saw.
        rescans.add(path);
      }
    }

    private void gap(byte[] path, IOException failure) {
      unlistedCount++;
      if (unlisted.size() < GAPS_MAX) {
        unlisted.add(new Gap(path, reason(failure), false));
      }
    }

    List<Gap> gaps() {
      if (unlistedCount > GAPS_MAX) {
        String reason = unlistedCount + " directories cannot be listed";
        unlisted.removeLast();
        unlisted.addFirst(new Gap(ROOT, reason, false));
      }
      return List.copyOf(unlisted);
    }

    void announceRescans() {
      if (rescans.size() > RESCANS_MAX) {
        hints.accept(new Hint.Overflow());
      } else {
        rescans.forEach(directory -> hints.accept(new Hint.Rescan(directory)));
      }
    }

    /** One directory's entries. */
    private final class Listing {
      private final byte[] directory;
      private final boolean covered;

      /** Sums of the names' keys: of all, and of those that the last walk saw here. */
      private long names;

      private long namesKnown;

      Listing(byte[] directory, boolean covered) {
        this.directory = directory;
        this.covered = covered;
      }

      void take(Volume.Entry entry) {
        byte[] path = child(directory, entry.name());
        FileStatus status = entry.status();
        boolean isDirectory = status.kind() == Kind.DIRECTORY;
        if (isDirectory && excluded.test(path)) {
          return;
        }
        long key = seen.key(path);
        long before = seen.get(key);
        names += key;
        namesKnown += before == SeenPaths.NONE ? 0 : key;
        long now = SeenPaths.fingerprint(status);
        boolean same = before != SeenPaths.NONE && SeenPaths.holds(before, now);
        seen.put(key, now, status.kind() == Kind.FILE ? mark(status, same) : 0);
        if (!covered && !same && !(isDirectory && before == SeenPaths.NONE)) {
          hints.accept(new Hint.Touched(path));
        } else if (same && SeenPaths.isUnsettled(before)) {
          hints.accept(new Hint.Closed(path));
        }
        if (isDirectory) {
          todo.push(new Pending(path, covered));
        }
      }

      private long mark(FileStatus status, boolean same) {
        boolean unsettled = !same && (!covered || status.ctimeNanos() >= youngNanos);
        return unsettled ? SeenPaths.UNSETTLED : 0;
      }
    }
  }

  private Duration youngAge() {
    return interval.compareTo(YOUNG_LEAST) > 0 ? interval : YOUNG_LEAST;
  }

  private static long nanos(Instant instant) {
    return instant.getEpochSecond() * 1_000_000_000 + instant.getNano();
  }

  private static byte[] child(byte[] directory, byte[] name) {
    if (directory.length == 0) {
      return name;
    }
    byte[] path = new byte[directory.length + 1 + name.length];
    System.arraycopy(directory, 0, path, 0, directory.length);
    path[directory.length] = '/';
    System.arraycopy(name, 0, path, directory.length + 1, name.length);
    return path;
  }

  private static String reason(IOException failure) {
    String message = failure.getMessage();
    String kind = failure.getClass().getSimpleName();
    return message == null ? kind : kind + ": " + message;
  }

  @Override
  public int watchedDirectories() {
    return watchedDirectories;
  }

  @Override
  public List<Gap> gaps() {
    return gaps;
  }

  /** Nothing to do: every walk tries the gaps again. */
  @Override
  public void retryGaps() {}

  /** Ends the walk that is going on, at its next directory. Gives no hint afterwards. */
  @Override
  public void close() {
    closing.countDown();
    Thread poller = thread;
    if (poller == null || poller == Thread.currentThread()) {
      return;
    }
    try {
      poller.join(CLOSE_WAIT);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
