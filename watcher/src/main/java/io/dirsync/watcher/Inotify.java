package io.dirsync.watcher;

import io.dirsync.fs.Constants;
import io.dirsync.fs.Native;
import io.dirsync.fs.PosixDirectory;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One inotify instance with the means to wake the thread that waits for it. All but {@link #wake}
 * and {@link #close} belong to one thread.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/inotify.7.html">inotify(7)</a>
 */
final class Inotify implements Closeable {
  static final int MODIFY = 0x2;
  static final int ATTRIB = 0x4;
  static final int CLOSE_WRITE = 0x8;
  static final int MOVED_FROM = 0x40;
  static final int MOVED_TO = 0x80;
  static final int CREATE = 0x100;
  static final int DELETE = 0x200;
  static final int UNMOUNT = 0x2000;
  static final int OVERFLOW = 0x4000;
  static final int IGNORED = 0x8000;
  static final int IS_DIRECTORY = 0x4000_0000;
  private static final int ONLY_DIRECTORIES = 0x0100_0000;
  private static final int EXCLUDE_UNLINKED = 0x0400_0000;

  /**
   * Without it the kernel empties the mask of a directory that is watched already before it sets it
   * again, and an event that comes in between is lost (inotify_update_existing_watch).
   */
  private static final int ADD_TO_MASK = 0x2000_0000;

  private static final int MASK =
      MODIFY
          | ATTRIB
          | CLOSE_WRITE
          | MOVED_FROM
          | MOVED_TO
          | CREATE
          | DELETE
          | ONLY_DIRECTORIES
          | EXCLUDE_UNLINKED
          | ADD_TO_MASK;
  private static final int HEADER_BYTES = 16;

  private final int inotify;
  private final int wakeup;
  private boolean closed;

  /**
   * What happened in a watched directory.
   *
   * @param watch the directory's
   * @param cookie the same in both halves of a move
   * @param name what it happened to; empty for the directory itself
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Event(int watch, int mask, int cookie, byte[] name) {
    boolean is(int bits) {
      return (mask & bits) != 0;
    }
  }

  /** What ended a wait. */
  record Ready(boolean events, boolean woken) {
    boolean nothing() {
      return !events && !woken;
    }
  }

  Inotify() throws IOException {
    inotify = Native.inotifyInit();
    if (inotify < 0) {
      throw new IOException(
          inotify == -Constants.EMFILE
              ? "no more inotify instances for this user: raise them with"
                  + " 'sysctl -w fs.inotify.max_user_instances=1024'"
              : "inotify is not to be had here: error " + -inotify);
    }
    wakeup = Native.eventfd();
    if (wakeup < 0) {
      Native.closeDescriptor(inotify);
      throw new IOException("no event descriptor: error " + -wakeup);
    }
  }

  /** Watches a directory: the same number as before if it is watched already; or negated errno. */
  int add(PosixDirectory directory) {
    // inotify takes paths only; this one is always the open directory's.
    String path = "/proc/self/fd/" + directory.descriptor();
    return Native.inotifyAdd(inotify, path.getBytes(StandardCharsets.US_ASCII), MASK);
  }

  void remove(int watch) {
    Native.inotifyRemove(inotify, watch);
  }

  /**
   * Waits for events or {@link #wake}.
   *
   * @throws IOException if the kernel refuses to
   */
  Ready await(int timeoutMillis) throws IOException {
    int ready = Native.pollTwo(inotify, wakeup, timeoutMillis);
    if (ready < 0 && ready != -Constants.EINTR) {
      throw new IOException("waiting for events: error " + -ready);
    }
    boolean woken = ready > 0 && (ready & 2) != 0;
    if (woken) {
      Native.read(wakeup);
    }
    return new Ready(ready > 0 && (ready & 1) != 0, woken);
  }

  /** The events that are there, in their order. */
  List<Event> read() throws IOException {
    int length = Native.read(inotify);
    if (length == -Constants.EAGAIN || length == -Constants.EINTR) {
      return List.of();
    }
    if (length < 0) {
      throw new IOException("reading events: error " + -length);
    }
    byte[] bytes = Native.buffer().asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
    MemorySegment segment = MemorySegment.ofArray(bytes);
    List<Event> events = new ArrayList<>();
    int at = 0;
    while (at < length) {
      int nameAt = at + HEADER_BYTES;
      int next = nameAt + segment.get(ValueLayout.JAVA_INT_UNALIGNED, at + 12);
      int end = nameAt;
      while (end < next && bytes[end] != 0) {
        end++;
      }
      events.add(
          new Event(
              segment.get(ValueLayout.JAVA_INT_UNALIGNED, at),
              segment.get(ValueLayout.JAVA_INT_UNALIGNED, at + 4),
              segment.get(ValueLayout.JAVA_INT_UNALIGNED, at + 8),
              Arrays.copyOfRange(bytes, nameAt, end)));
      at = next;
    }
    return events;
  }

  /** Ends a wait that is on or the next; safe for any thread, and after {@link #close} nothing. */
  synchronized void wake() {
    if (!closed) {
      Native.signal(wakeup);
    }
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      Native.closeDescriptor(inotify);
      Native.closeDescriptor(wakeup);
    }
  }
}
