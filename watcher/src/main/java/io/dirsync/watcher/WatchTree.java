package io.dirsync.watcher;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.dirsync.fs.Constants;
import io.dirsync.fs.PosixDirectory;
import io.dirsync.fs.PosixVolume;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which directory each watch belongs to. Directories know their parent, not their path: a renamed
 * tree costs nothing.
 *
 * <p>Events tell of the past, a look at the disk tells of the present, and both change this tree.
 * It comes right because of three rules. A name is only ever looked up in a directory that was
 * proved, by its watch, to be the one that is meant. Every event that concerns a directory's name
 * leads to a look at that name, so that after the last of them the tree holds what is there. A
 * directory whose own path is out of date when something in it should be looked at is in doubt, and
 * is walked as soon as its path is right again. A directory that lost its name and got no other is
 * an orphan; it has left the tree if it is still one when no doubt is left. Not thread-safe.
 */
final class WatchTree {
  private static final byte[] ROOT_PATH = {};

  private final PosixVolume volume;
  private final Inotify inotify;
  private final IntSupplier watchesMax;
  private final WatchGaps gaps;
  private final BooleanSupplier stopped;
  private final Map<Integer, Directory> byWatch = new HashMap<>();
  private final Set<Directory> doubtful = new LinkedHashSet<>();
  private final Set<Directory> orphans = new LinkedHashSet<>();

  /** Have another path since gaps below them were last tried. */
  private final Set<Directory> moved = new LinkedHashSet<>();

  private Predicate<byte[]> excluded = _ -> false;
  private Consumer<Hint> hints = _ -> {};
  private @Nullable Directory root;
  private volatile int size;

  /** One watched directory. Its name is the file system's bytes, one a character. */
  static final class Directory {
    private final int watch;
    private final Map<String, Directory> children = new HashMap<>(4);
    private @Nullable Directory parent;
    private String name;

    private Directory(int watch, @Nullable Directory parent, String name) {
      this.watch = watch;
      this.parent = parent;
      this.name = name;
    }

    /** The directory that has a name in this one, as far as is known. */
    @Nullable Directory child(String name) {
      return children.get(name);
    }
  }

  /** A name in a directory. */
  record Place(Directory parent, String name) {}

  /** What stands under a name. */
  enum Found {
    /** Nothing, or no directory. */
    NOTHING,
    /** The directory that was known to stand there. */
    KNOWN,
    /** A directory that was known to stand elsewhere. */
    MOVED,
    /** A directory that was not watched. */
    NEW,
    /** A directory that is not to be watched. */
    EXCLUDED,
    /** Something that cannot be watched; {@link WatchGaps} has it. */
    GAP,
    /** It cannot be said now; the directory it should stand in is in doubt. */
    UNREACHABLE
  }

  private record Look(Found found, @Nullable Directory directory, byte @Nullable [] left) {
    static Look of(Found found) {
      return new Look(found, null, null);
    }
  }

  /**
   * @param watchesMax watches beyond this are refused as the system refuses those beyond its own
   *     limit
   * @param stopped asked between directories; once true, walks end early
   */
  WatchTree(
      PosixVolume volume,
      Inotify inotify,
      IntSupplier watchesMax,
      WatchGaps gaps,
      BooleanSupplier stopped) {
    this.volume = volume;
    this.inotify = inotify;
    this.watchesMax = watchesMax;
    this.gaps = gaps;
    this.stopped = stopped;
  }

  /**
   * Watches the whole tree as it is, without a hint.
   *
   * @throws IOException if the root cannot be watched
   */
  void begin(Predicate<byte[]> exclude, Consumer<Hint> consumer) throws IOException {
    excluded = exclude;
    int watch;
    try (PosixDirectory open = volume.openDirectory(ROOT_PATH)) {
      watch = watchesMax.getAsInt() < 1 ? -Constants.ENOSPC : inotify.add(open);
    }
    if (watch < 0) {
      throw new IOException("the root cannot be watched: " + reason(watch));
    }
    Directory top = new Directory(watch, null, "");
    root = top;
    byWatch.put(watch, top);
    walk(top);
    hints = consumer;
  }

  // -- asking

  /** How many directories are watched; safe for any thread. */
  int size() {
    return size;
  }

  boolean isRoot(Directory directory) {
    return directory == root;
  }

  @Nullable Directory byWatch(int watch) {
    return byWatch.get(watch);
  }

  /** Where a directory stands as far as is known; null if it has left its place. */
  byte @Nullable [] path(Directory directory) {
    List<Directory> up = new ArrayList<>();
    Directory top = directory;
    while (top.parent != null) {
      up.add(top);
      top = top.parent;
    }
    if (top != root) {
      return null;
    }
    byte[] path = ROOT_PATH;
    for (Directory next : up.reversed()) {
      path = join(path, next.name);
    }
    return path;
  }

  byte @Nullable [] path(Directory directory, String name) {
    byte[] path = path(directory);
    return path == null ? null : join(path, name);
  }

  private static byte[] join(byte[] directory, String name) {
    byte[] bytes = name.getBytes(ISO_8859_1);
    if (directory.length == 0) {
      return bytes;
    }
    byte[] path = new byte[directory.length + 1 + bytes.length];
    System.arraycopy(directory, 0, path, 0, directory.length);
    path[directory.length] = '/';
    System.arraycopy(bytes, 0, path, directory.length + 1, bytes.length);
    return path;
  }

  /** Whether {@link #tidy} has something to do. */
  boolean isUntidy() {
    return !doubtful.isEmpty() || !orphans.isEmpty();
  }

  // -- looking

  /**
   * Looks at a name, and takes in what stands there. A directory that was not watched, or not known
   * to be there, is walked and gives a {@link Hint.Rescan}, and the place it had a {@link
   * Hint.Touched}.
   */
  Found meet(Directory parent, String name) {
    Look look = look(parent, name);
    taken(look);
    return look.found();
  }

  /**
   * As {@link #meet}, but if what stands there now is the directory that stood at this path until
   * now, it gives no hint.
   */
  boolean isMoveFrom(byte[] path, Directory parent, String name) {
    Look look = look(parent, name);
    if (look.found() == Found.MOVED && Arrays.equals(look.left(), path)) {
      return true;
    }
    taken(look);
    return false;
  }

  private void taken(Look look) {
    if (look.left() != null) {
      hints.accept(new Hint.Touched(look.left()));
    }
    if (look.directory() != null && look.found() != Found.KNOWN) {
      walk(look.directory());
      rescan(look.directory());
    }
  }

  private void rescan(Directory directory) {
    byte[] path = path(directory);
    if (path != null) {
      hints.accept(new Hint.Rescan(path));
    }
  }

  private Look look(Directory parent, String name) {
    byte[] path = path(parent, name);
    if (path == null) {
      doubt(parent);
      return Look.of(Found.UNREACHABLE);
    }
    try (PosixDirectory open = proved(parent)) {
      if (open == null) {
        doubt(parent);
        return Look.of(Found.UNREACHABLE);
      }
      return look(parent, open, name, path);
    } catch (IOException e) {
      gaps.add(parent, name, reason(e), false);
      return Look.of(Found.GAP);
    }
  }

  private Look look(Directory parent, PosixDirectory open, String name, byte[] path) {
    if (excluded.test(path)) {
      orphan(parent.children.get(name));
      gaps.remove(parent, name);
      return Look.of(Found.EXCLUDED);
    }
    try (PosixDirectory child = open.open(name.getBytes(ISO_8859_1))) {
      int watch = inotify.add(child);
      Directory known = byWatch.get(watch);
      if (watch >= 0 && known == null && byWatch.size() >= watchesMax.getAsInt()) {
        inotify.remove(watch);
        watch = -Constants.ENOSPC;
      }
      if (watch < 0) {
        orphan(parent.children.get(name));
        gaps.add(parent, name, reason(watch), watch == -Constants.ENOSPC);
        return Look.of(Found.GAP);
      }
      if (known != null && isAboveOrSame(known, parent)) {
        gaps.add(parent, name, "a directory above is mounted here again", false);
        return Look.of(Found.GAP);
      }
      gaps.remove(parent, name);
      return attached(parent, name, watch, known);
    } catch (NoSuchFileException | NotDirectoryException e) {
      orphan(parent.children.get(name));
      gaps.remove(parent, name);
      return Look.of(Found.NOTHING);
    } catch (IOException e) {
      gaps.add(parent, name, reason(e), false);
      return Look.of(Found.GAP);
    }
  }

  private Look attached(Directory parent, String name, int watch, @Nullable Directory known) {
    Directory standing = parent.children.get(name);
    if (known != null && known == standing) {
      return new Look(Found.KNOWN, known, null);
    }
    orphan(standing);
    Directory directory = known;
    byte[] left = null;
    if (directory == null) {
      directory = new Directory(watch, parent, name);
      byWatch.put(watch, directory);
      size = byWatch.size();
    } else {
      left = path(directory);
      orphan(directory);
      orphans.remove(directory);
      directory.parent = parent;
      directory.name = name;
      gaps.relabelled();
      if (!gaps.isEmpty()) {
        moved.add(directory);
      }
    }
    parent.children.put(name, directory);
    return new Look(known == null ? Found.NEW : Found.MOVED, directory, left);
  }

  private static boolean isAboveOrSame(Directory above, Directory directory) {
    Directory next = directory;
    while (next != null && next != above) {
      next = next.parent;
    }
    return next != null;
  }

  /**
   * Opens a directory by its path; null if its path leads elsewhere or nowhere now.
   *
   * @throws IOException if that cannot be told
   */
  private @Nullable PosixDirectory proved(Directory directory) throws IOException {
    byte[] path = path(directory);
    if (path == null) {
      return null;
    }
    PosixDirectory open;
    try {
      open = volume.openDirectory(path);
    } catch (NoSuchFileException | NotDirectoryException e) {
      return null;
    }
    // The kernel gives a directory that is watched the watch that it has.
    int watch = inotify.add(open);
    if (watch == directory.watch) {
      return open;
    }
    open.close();
    if (watch >= 0 && !byWatch.containsKey(watch)) {
      inotify.remove(watch);
    }
    return null;
  }

  /** Takes in a directory that is watched itself, and everything below that is new. */
  private void walk(Directory top) {
    ArrayDeque<Directory> pending = new ArrayDeque<>();
    pending.push(top);
    while (!pending.isEmpty() && !stopped.getAsBoolean()) {
      Directory next = pending.pop();
      try (PosixDirectory open = proved(next)) {
        byte[] path = path(next);
        if (open == null || path == null) {
          doubt(next);
        } else {
          walkOne(next, open, path, pending);
        }
      } catch (IOException e) {
        doubtful.remove(next);
        if (next.parent == null) {
          gaps.addAll(reason(e));
        } else {
          gaps.add(next.parent, next.name, reason(e), false);
        }
      }
    }
    size = byWatch.size();
  }

  private void walkOne(
      Directory directory, PosixDirectory open, byte[] path, ArrayDeque<Directory> pending)
      throws IOException {
    Set<String> unmet = new HashSet<>(directory.children.keySet());
    for (byte[] bytes : open.directories()) {
      String name = new String(bytes, ISO_8859_1);
      unmet.remove(name);
      Look look = look(directory, open, name, join(path, name));
      if (look.left() != null) {
        hints.accept(new Hint.Touched(look.left()));
      }
      if (look.directory() != null && look.found() != Found.KNOWN) {
        pending.push(look.directory());
      }
    }
    for (String name : unmet) {
      orphan(directory.children.get(name));
    }
    doubtful.remove(directory);
  }

  // -- changing

  /** Something in a directory has to be looked at once its path is right. */
  void doubt(Directory directory) {
    if (byWatch.get(directory.watch) == directory) {
      doubtful.add(directory);
    }
  }

  private void orphan(@Nullable Directory directory) {
    if (directory == null || directory.parent == null) {
      return;
    }
    directory.parent.children.remove(directory.name, directory);
    directory.parent = null;
    orphans.add(directory);
    gaps.relabelled();
  }

  /**
   * A directory's watch has ended: it was deleted or unmounted.
   *
   * @return where it stood; null if it had left its place
   */
  @Nullable Place ended(Directory directory) {
    Place place = directory.parent == null ? null : new Place(directory.parent, directory.name);
    orphan(directory);
    for (Directory child : List.copyOf(directory.children.values())) {
      orphan(child);
    }
    drop(directory);
    size = byWatch.size();
    return place;
  }

  private void drop(Directory directory) {
    byWatch.remove(directory.watch);
    orphans.remove(directory);
    doubtful.remove(directory);
    gaps.removeIn(directory);
  }

  /** What no longer exists under a name cannot be a gap. */
  void deleted(Directory parent, String name) {
    gaps.remove(parent, name);
  }

  /** Looks at everything anew, without a hint but for what had another place: events were lost. */
  void renew() {
    Directory top = root;
    if (top == null) {
      return;
    }
    for (Directory directory : List.copyOf(byWatch.values())) {
      orphan(directory);
    }
    doubtful.clear();
    walk(top);
  }

  /**
   * Walks what is in doubt, and ends the watches of what has left the tree. What cannot be cleared
   * up yet, because its path is changing still, is left for the next time.
   */
  void tidy() {
    for (Directory directory : List.copyOf(doubtful)) {
      if (path(directory) == null) {
        continue;
      }
      walk(directory);
      Directory parent = directory.parent;
      if (!doubtful.contains(directory)) {
        rescan(directory);
      } else if (parent != null) {
        meet(parent, directory.name);
      }
    }
    if (doubtful.stream().anyMatch(directory -> path(directory) != null)) {
      return;
    }
    for (Directory orphan : List.copyOf(orphans)) {
      forget(orphan);
    }
    size = byWatch.size();
  }

  private void forget(Directory top) {
    ArrayDeque<Directory> all = new ArrayDeque<>();
    all.push(top);
    while (!all.isEmpty()) {
      Directory next = all.pop();
      all.addAll(next.children.values());
      inotify.remove(next.watch);
      drop(next);
    }
  }

  /** Tries again to watch what could not be; gives a {@link Hint.Rescan} for what is now. */
  void retryGaps() {
    boolean everything = gaps.incomplete();
    retry(gaps.takeAll());
    if (everything) {
      renew();
      hints.accept(new Hint.Overflow());
    }
  }

  /** The same below what has moved since: a path that was too long, say, may not be now. */
  void retryMovedGaps() {
    if (!moved.isEmpty()) {
      Set<Directory> tops = Set.copyOf(moved);
      moved.clear();
      retry(gaps.take(place -> tops.stream().anyMatch(top -> isAboveOrSame(top, place.parent()))));
    }
  }

  private void retry(List<Place> places) {
    for (Place place : places) {
      if (meet(place.parent(), place.name()) == Found.KNOWN) {
        // Watched, but it could not be listed.
        Directory child = place.parent().child(place.name());
        if (child != null) {
          walk(child);
          rescan(child);
        }
      }
    }
  }

  // -- saying

  private static String reason(int error) {
    return switch (-error) {
      case Constants.ENOSPC -> {
        long limit = limit();
        yield "the limit of inotify watches is reached ("
            + limit
            + "): raise it with 'sysctl -w fs.inotify.max_user_watches="
            + 2 * limit
            + "' and in /etc/sysctl.d/60-dirsync.conf";
      }
      case Constants.EACCES -> "permission denied";
      case Constants.ENOMEM -> "the kernel has no memory for it";
      default -> "error " + -error;
    };
  }

  private static String reason(IOException failure) {
    if (failure instanceof FileSystemException named && named.getReason() != null) {
      return named.getReason();
    }
    return failure.toString();
  }

  private static long limit() {
    try {
      // In one read: the kernel gives the rest of a number to nobody.
      return Long.parseLong(
          Files.readAllLines(Path.of("/proc/sys/fs/inotify/max_user_watches")).getFirst());
    } catch (IOException | NumberFormatException e) {
      return 8192;
    }
  }
}
