package io.dirsync.watcher;

import io.dirsync.fs.Constants;
import io.dirsync.fs.FileStatus;
import io.dirsync.fs.Native;
import io.dirsync.fs.PosixVolume;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches a tree by Linux's inotify, one watch a directory. A directory is watched first and listed
 * then, so that nothing falls between. Directories know their parent, not their path: a renamed
 * tree costs nothing.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/inotify.7.html">inotify(7)</a>
 */
public final class InotifyWatcher implements Watcher {
  private static final Logger LOG = LoggerFactory.getLogger(InotifyWatcher.class);

  private static final int IN_MODIFY = 0x2;
  private static final int IN_ATTRIB = 0x4;
  private static final int IN_CLOSE_WRITE = 0x8;
  private static final int IN_MOVED_FROM = 0x40;
  private static final int IN_MOVED_TO = 0x80;
  private static final int IN_CREATE = 0x100;
  private static final int IN_DELETE = 0x200;
  private static final int IN_DELETE_SELF = 0x400;
  private static final int IN_MOVE_SELF = 0x800;
  private static final int IN_UNMOUNT = 0x2000;
  private static final int IN_Q_OVERFLOW = 0x4000;
  private static final int IN_IGNORED = 0x8000;
  private static final int IN_ONLYDIR = 0x0100_0000;
  private static final int IN_EXCL_UNLINK = 0x0400_0000;
  private static final int IN_ISDIR = 0x4000_0000;
  private static final int MASK =
      IN_MODIFY
          | IN_ATTRIB
          | IN_CLOSE_WRITE
          | IN_MOVED_FROM
          | IN_MOVED_TO
          | IN_CREATE
          | IN_DELETE
          | IN_DELETE_SELF
          | IN_MOVE_SELF
          | IN_ONLYDIR
          | IN_EXCL_UNLINK;

  private static final int HEADER_BYTES = 16;

  /** How long the other half of a move is waited for; both are written to the queue in one go. */
  private static final int MOVE_PAIR_MILLIS = 10;

  private static final int CLOSE_SECONDS_MAX = 5;

  private final PosixVolume volume;
  private final int watchesMax;
  private final int inotify;
  private final int wakeup;
  private final Map<Integer, Node> byWatch = new HashMap<>();
  private final Map<String, Gap> gaps = new LinkedHashMap<>();
  private final CountDownLatch ended = new CountDownLatch(1);
  private final List<Runnable> requests = new ArrayList<>();

  private Predicate<byte[]> excluded = _ -> false;
  private Consumer<Hint> hints = _ -> {};
  private @Nullable Node root;
  private @Nullable Departed departed;
  private volatile int watched;
  private volatile boolean closing;
  private @Nullable Thread thread;

  /** One watched directory. */
  private static final class Node {
    final int watch;
    @Nullable Node parent;
    byte[] name;
    final Map<String, Node> children = new HashMap<>(4);

    Node(int watch, @Nullable Node parent, byte[] name) {
      this.watch = watch;
      this.parent = parent;
      this.name = name;
    }
  }

  /** The first half of a move. */
  private record Departed(int cookie, byte[] path, Node parent, byte[] name, boolean directory) {}

  public InotifyWatcher(PosixVolume volume) throws IOException {
    this(volume, Integer.MAX_VALUE);
  }

  /**
   * @param watchesMax watches beyond this are refused as the system refuses those beyond its own
   *     limit
   */
  InotifyWatcher(PosixVolume volume, int watchesMax) throws IOException {
    this.volume = volume;
    this.watchesMax = watchesMax;
    this.inotify = Native.inotifyInit();
    if (inotify < 0) {
      throw new IOException(
          inotify == -Constants.EMFILE
              ? "no more inotify instances: raise the sysctl fs.inotify.max_user_instances"
              : "inotify is not to be had here: error " + -inotify);
    }
    this.wakeup = Native.eventfd();
    if (wakeup < 0) {
      Native.closeDescriptor(inotify);
      throw new IOException("no event descriptor: error " + -wakeup);
    }
  }

  @Override
  public void start(Predicate<byte[]> exclude, Consumer<Hint> consumer) throws IOException {
    excluded = exclude;
    hints = consumer;
    int descriptor = volume.openDirectory(new byte[0]);
    if (descriptor < 0) {
      throw new IOException("the root cannot be opened: error " + -descriptor);
    }
    int watch = addWatch(descriptor);
    if (watch < 0) {
      throw new IOException("the root cannot be watched: " + reason(watch));
    }
    Node top = new Node(watch, null, new byte[0]);
    byWatch.put(watch, top);
    root = top;
    addBelow(top, new byte[0]);
    watched = byWatch.size();
    Thread reader = Thread.ofPlatform().daemon().name("watcher").unstarted(this::run);
    thread = reader;
    reader.start();
  }

  // -- watches
  // -------------------------------------------------------------------------------------

  private int addWatch(int descriptor) {
    try {
      if (byWatch.size() >= watchesMax) {
        return -Constants.ENOSPC;
      }
      return Native.inotifyAdd(
          inotify, ("/proc/self/fd/" + descriptor).getBytes(StandardCharsets.US_ASCII), MASK);
    } finally {
      Native.closeDescriptor(descriptor);
    }
  }

  /** Watches everything below a directory that is watched itself. */
  private void addBelow(Node top, byte[] topPath) {
    record Pending(Node node, byte[] path) {}
    ArrayDeque<Pending> pending = new ArrayDeque<>();
    pending.push(new Pending(top, topPath));
    while (!pending.isEmpty() && !closing) {
      Pending next = pending.pop();
      List<byte[]> names = new ArrayList<>();
      try {
        volume.list(
            next.path(),
            entry -> {
              if (entry.status().kind() == FileStatus.Kind.DIRECTORY) {
                names.add(entry.name());
              }
            });
      } catch (java.nio.file.NoSuchFileException | java.nio.file.NotDirectoryException e) {
        continue;
      } catch (IOException e) {
        gap(next.path(), "it cannot be listed: " + e.getMessage(), false);
        continue;
      }
      for (byte[] name : names) {
        byte[] path = join(next.path(), name);
        if (excluded.test(path)) {
          continue;
        }
        Node child = add(next.node(), name, path);
        if (child != null) {
          pending.push(new Pending(child, path));
        }
      }
    }
    watched = byWatch.size();
  }

  /** Watches one directory; null if that is not possible, which is noted unless it is gone. */
  private @Nullable Node add(Node parent, byte[] name, byte[] path) {
    int watch;
    try {
      int descriptor = volume.openDirectory(path);
      watch = descriptor < 0 ? descriptor : addWatch(descriptor);
    } catch (IOException e) {
      gap(path, e.toString(), false);
      return null;
    }
    if (watch < 0) {
      if (watch != -Constants.ENOENT && watch != -Constants.ENOTDIR && watch != -Constants.ELOOP) {
        gap(path, reason(watch), watch == -Constants.ENOSPC);
      }
      return null;
    }
    Node known = byWatch.get(watch);
    if (known != null) {
      // The same directory under another name: it was moved, and the hint of that is still to come.
      detach(known);
      known.parent = parent;
      known.name = name;
      parent.children.put(key(name), known);
      return known;
    }
    Node node = new Node(watch, parent, name);
    byWatch.put(watch, node);
    parent.children.put(key(name), node);
    return node;
  }

  private static String reason(int error) {
    return switch (-error) {
      case Constants.ENOSPC ->
          "the limit of inotify watches is reached ("
              + limit()
              + "): raise the sysctl fs.inotify.max_user_watches";
      case Constants.EACCES -> "permission denied";
      case Constants.ENOMEM -> "the kernel has no memory for it";
      default -> "error " + -error;
    };
  }

  private static String limit() {
    try {
      return Files.readString(Path.of("/proc/sys/fs/inotify/max_user_watches")).strip();
    } catch (IOException e) {
      return "unknown";
    }
  }

  private void gap(byte[] path, String reason, boolean limitReached) {
    synchronized (gaps) {
      if (gaps.size() < GAPS_MAX) {
        gaps.put(key(path), new Gap(path, reason, limitReached));
      } else if (!gaps.containsKey("")) {
        gaps.put("", new Gap(new byte[0], reason, limitReached));
      }
    }
  }

  private static String key(byte[] name) {
    return new String(name, StandardCharsets.ISO_8859_1);
  }

  private static byte[] join(byte[] directory, byte[] name) {
    if (directory.length == 0) {
      return name;
    }
    byte[] path = Arrays.copyOf(directory, directory.length + 1 + name.length);
    path[directory.length] = '/';
    System.arraycopy(name, 0, path, directory.length + 1, name.length);
    return path;
  }

  private static byte[] path(Node node) {
    byte[] path = node.name;
    for (Node above = node.parent; above != null; above = above.parent) {
      path = above.name.length == 0 ? path : join(above.name, path);
    }
    return path;
  }

  private static void detach(Node node) {
    if (node.parent != null) {
      node.parent.children.remove(key(node.name), node);
    }
  }

  /** Ends the watches of a directory that left the tree, and of all below. */
  private void forget(Node node) {
    detach(node);
    ArrayDeque<Node> all = new ArrayDeque<>();
    all.push(node);
    while (!all.isEmpty()) {
      Node next = all.pop();
      all.addAll(next.children.values());
      byWatch.remove(next.watch);
      Native.inotifyRemove(inotify, next.watch);
    }
    watched = byWatch.size();
  }

  // -- the reader
  // ----------------------------------------------------------------------------------

  private void run() {
    try {
      while (!closing) {
        int ready = Native.pollTwo(inotify, wakeup, departed == null ? -1 : MOVE_PAIR_MILLIS);
        if (ready == 0) {
          settleDeparted();
        }
        if (ready > 0 && (ready & 2) != 0) {
          Native.read(wakeup);
          runRequests();
        }
        if (ready > 0 && (ready & 1) != 0 && !closing) {
          read();
        }
      }
    } catch (RuntimeException e) {
      LOG.error("the watcher failed; this is a defect", e);
      hints.accept(new Hint.Overflow());
    } finally {
      ended.countDown();
    }
  }

  private void runRequests() {
    List<Runnable> now;
    synchronized (requests) {
      now = List.copyOf(requests);
      requests.clear();
    }
    now.forEach(Runnable::run);
  }

  private void read() {
    int length = Native.read(inotify);
    if (length < 0) {
      return;
    }
    byte[] events = Native.buffer().asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
    MemorySegment segment = MemorySegment.ofArray(events);
    byte[] lastTouched = null;
    int at = 0;
    while (at < length && !closing) {
      int watch = segment.get(ValueLayout.JAVA_INT_UNALIGNED, at);
      int mask = segment.get(ValueLayout.JAVA_INT_UNALIGNED, at + 4);
      int cookie = segment.get(ValueLayout.JAVA_INT_UNALIGNED, at + 8);
      int size = segment.get(ValueLayout.JAVA_INT_UNALIGNED, at + 12);
      int end = at + HEADER_BYTES;
      while (end < at + HEADER_BYTES + size && events[end] != 0) {
        end++;
      }
      byte[] name = Arrays.copyOfRange(events, at + HEADER_BYTES, end);
      at += HEADER_BYTES + size;
      if ((mask & IN_Q_OVERFLOW) != 0) {
        overflowed();
        continue;
      }
      Node directory = byWatch.get(watch);
      if (directory == null) {
        continue;
      }
      if (departed != null && !((mask & IN_MOVED_TO) != 0 && departed.cookie() == cookie)) {
        settleDeparted();
      }
      if ((mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED)) != 0) {
        self(directory, mask);
        continue;
      }
      // Without a name it is the directory itself that was touched.
      byte[] path = name.length == 0 ? path(directory) : join(path(directory), name);
      if ((mask & IN_MODIFY) != 0 && (mask & IN_ISDIR) == 0) {
        if (Arrays.equals(path, lastTouched)) {
          continue;
        }
        lastTouched = path;
      } else {
        lastTouched = null;
      }
      named(directory, name, path, mask, cookie);
    }
  }

  private void named(Node directory, byte[] name, byte[] path, int mask, int cookie) {
    boolean isDirectory = (mask & IN_ISDIR) != 0;
    if ((mask & IN_MOVED_FROM) != 0) {
      departed = new Departed(cookie, path, directory, name, isDirectory);
    } else if ((mask & IN_MOVED_TO) != 0) {
      arrived(directory, name, path, isDirectory);
    } else if ((mask & IN_CREATE) != 0 && isDirectory) {
      appeared(directory, name, path);
    } else if ((mask & IN_CLOSE_WRITE) != 0) {
      hints.accept(new Hint.Closed(path));
    } else {
      hints.accept(new Hint.Touched(path));
    }
  }

  private void appeared(Node directory, byte[] name, byte[] path) {
    hints.accept(new Hint.Touched(path));
    if (!excluded.test(path)) {
      Node node = add(directory, name, path);
      if (node != null) {
        addBelow(node, path);
      }
      hints.accept(new Hint.Rescan(path));
    }
  }

  private void arrived(Node directory, byte[] name, byte[] path, boolean isDirectory) {
    Departed from = departed;
    departed = null;
    Node replaced = directory.children.get(key(name));
    Node moving = from == null ? null : from.parent().children.get(key(from.name()));
    if (replaced != null && replaced != moving) {
      forget(replaced);
    }
    if (from == null) {
      if (isDirectory) {
        appeared(directory, name, path);
      } else {
        hints.accept(new Hint.Closed(path));
      }
      return;
    }
    if (isDirectory) {
      boolean out = excluded.test(path);
      if (moving != null && !out) {
        detach(moving);
        moving.parent = directory;
        moving.name = name;
        directory.children.put(key(name), moving);
      } else if (moving != null) {
        forget(moving);
      } else if (!out) {
        // It was not watched where it came from.
        hints.accept(new Hint.Touched(from.path()));
        appeared(directory, name, path);
        return;
      }
    }
    hints.accept(new Hint.Moved(from.path(), path, isDirectory));
  }

  /** The second half did not come: it went out of the tree. */
  private void settleDeparted() {
    Departed from = departed;
    departed = null;
    if (from == null) {
      return;
    }
    Node gone = from.parent().children.get(key(from.name()));
    if (from.directory() && gone != null) {
      forget(gone);
    }
    hints.accept(new Hint.Touched(from.path()));
  }

  private void self(Node directory, int mask) {
    boolean top = directory == root;
    if (top && (mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT)) != 0) {
      hints.accept(new Hint.RootGone());
      return;
    }
    if ((mask & IN_IGNORED) != 0 || (mask & IN_UNMOUNT) != 0) {
      detach(directory);
      byWatch.remove(directory.watch);
      watched = byWatch.size();
    }
  }

  private void overflowed() {
    departed = null;
    // Directories that appeared meanwhile are not watched yet, and some that are have been renamed.
    Node top = root;
    if (top != null) {
      renew(top);
    }
    hints.accept(new Hint.Overflow());
  }

  private void renew(Node top) {
    List<Node> stale = new ArrayList<>(byWatch.values());
    stale.remove(top);
    for (Node node : stale) {
      node.children.clear();
    }
    top.children.clear();
    addBelow(top, new byte[0]);
    // What was not met again has left the tree.
    for (Node node : stale) {
      Node parent = node.parent;
      if (parent == null || parent.children.get(key(node.name)) != node) {
        byWatch.remove(node.watch);
        Native.inotifyRemove(inotify, node.watch);
      }
    }
    watched = byWatch.size();
  }

  // -- from other threads
  // --------------------------------------------------------------------------

  @Override
  public int watchedDirectories() {
    return watched;
  }

  @Override
  public List<Gap> gaps() {
    synchronized (gaps) {
      Gap all = gaps.get("");
      List<Gap> list = new ArrayList<>(gaps.values());
      if (all != null) {
        list.remove(all);
        list.addFirst(all);
      }
      return list;
    }
  }

  @Override
  public void retryGaps() {
    synchronized (requests) {
      requests.add(this::retry);
    }
    Native.signal(wakeup);
  }

  private void retry() {
    List<Gap> old = gaps();
    synchronized (gaps) {
      gaps.clear();
    }
    for (Gap gap : old) {
      Node parent = find(parentOf(gap.path()));
      if (gap.path().length == 0 || parent == null) {
        continue;
      }
      byte[] name =
          Arrays.copyOfRange(
              gap.path(), gap.path().length - nameLength(gap.path()), gap.path().length);
      Node node = add(parent, name, gap.path());
      if (node != null) {
        addBelow(node, gap.path());
        hints.accept(new Hint.Rescan(gap.path()));
      }
    }
  }

  private static int nameLength(byte[] path) {
    int length = 0;
    while (length < path.length && path[path.length - 1 - length] != '/') {
      length++;
    }
    return length;
  }

  private static byte[] parentOf(byte[] path) {
    int length = path.length - nameLength(path) - 1;
    return length <= 0 ? new byte[0] : Arrays.copyOf(path, length);
  }

  private @Nullable Node find(byte[] path) {
    Node node = root;
    int start = 0;
    for (int i = 0; i <= path.length && node != null && path.length > 0; i++) {
      if (i == path.length || path[i] == '/') {
        node = node.children.get(key(Arrays.copyOfRange(path, start, i)));
        start = i + 1;
      }
    }
    return node;
  }

  @Override
  public void close() {
    if (closing) {
      return;
    }
    closing = true;
    Native.signal(wakeup);
    if (thread != null && thread != Thread.currentThread()) {
      try {
        if (!ended.await(CLOSE_SECONDS_MAX, TimeUnit.SECONDS)) {
          LOG.warn("the watcher's thread is still busy; leaving it");
          return;
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
    Native.closeDescriptor(inotify);
    Native.closeDescriptor(wakeup);
  }
}
