package io.dirsync.fs;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The C library's calls that the file-system boundary is made of. Each returns what C returns, or
 * the negated errno. A thread's memory for names, results and buffers is its own and kept.
 */
@SuppressWarnings("restricted")
public final class Native {
  /** The largest piece of content that one call moves. */
  static final int BUFFER_BYTES = 128 << 10;

  /** Twice Linux's PATH_MAX. */
  private static final int PATH_BYTES = 8192;

  private static final int RESULT_BYTES = 1024;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final SymbolLookup LIBC = LINKER.defaultLookup();
  private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
  private static final MemoryLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle STATE_ERRNO =
      STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

  private static final MethodHandle SYSCALL4 =
      bind("syscall", 1, JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG);
  private static final MethodHandle CLOSE = bind("close", JAVA_INT, JAVA_INT);
  private static final MethodHandle STATX =
      bind("statx", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS);
  private static final MethodHandle GETDENTS =
      bind("getdents64", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
  private static final MethodHandle RENAMEAT2 =
      bind("renameat2", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle LINKAT =
      bind("linkat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle UNLINKAT =
      bind("unlinkat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle MKDIRAT =
      bind("mkdirat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle SYMLINKAT =
      bind("symlinkat", JAVA_INT, ADDRESS, JAVA_INT, ADDRESS);
  private static final MethodHandle READLINKAT =
      bind("readlinkat", JAVA_LONG, JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG);
  private static final MethodHandle PREAD =
      bind("pread", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle PWRITE =
      bind("pwrite", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle READ = bind("read", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
  private static final MethodHandle WRITE = bind("write", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
  private static final MethodHandle FTRUNCATE = bind("ftruncate", JAVA_INT, JAVA_INT, JAVA_LONG);
  private static final MethodHandle FSYNC = bind("fsync", JAVA_INT, JAVA_INT);
  private static final MethodHandle SYNC_FILE_RANGE =
      bind("sync_file_range", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);
  private static final MethodHandle SYNCFS = bind("syncfs", JAVA_INT, JAVA_INT);
  private static final MethodHandle LSEEK = bind("lseek", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT);
  private static final MethodHandle FCHMOD = bind("fchmod", JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle FCHMODAT =
      bind("fchmodat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
  private static final MethodHandle FCHOWNAT =
      bind("fchownat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle UTIMENSAT =
      bind("utimensat", JAVA_INT, JAVA_INT, ADDRESS, ADDRESS, JAVA_INT);
  private static final MethodHandle COPY_FILE_RANGE =
      bind("copy_file_range", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
  private static final MethodHandle IOCTL =
      bind("ioctl", 2, JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS);
  private static final MethodHandle FCNTL =
      bind("fcntl", 2, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle FSTATVFS = bind("fstatvfs", JAVA_INT, JAVA_INT, ADDRESS);
  private static final MethodHandle FSTATFS = bind("fstatfs", JAVA_INT, JAVA_INT, ADDRESS);
  private static final MethodHandle INOTIFY_INIT = bind("inotify_init1", JAVA_INT, JAVA_INT);
  private static final MethodHandle INOTIFY_ADD =
      bind("inotify_add_watch", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle INOTIFY_RM =
      bind("inotify_rm_watch", JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle EVENTFD = bind("eventfd", JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle POLL = bind("poll", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
  private static final MethodHandle GETPWUID =
      bind("getpwuid_r", JAVA_INT, JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS);
  private static final MethodHandle GETGRGID =
      bind("getgrgid_r", JAVA_INT, JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS);
  private static final MethodHandle GETPWNAM =
      bind("getpwnam_r", JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS);
  private static final MethodHandle GETGRNAM =
      bind("getgrnam_r", JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS);

  private static final Optional<MethodHandle> MALLOC_TRIM =
      LIBC.find("malloc_trim")
          .map(symbol -> LINKER.downcallHandle(symbol, FunctionDescriptor.of(JAVA_INT, JAVA_LONG)));

  private static final ThreadLocal<Scratch> SCRATCH = ThreadLocal.withInitial(Scratch::new);

  private Native() {}

  /** One thread's memory for calls. */
  static final class Scratch {
    final Arena arena = Arena.ofAuto();
    final MemorySegment state = arena.allocate(STATE);
    final MemorySegment path = arena.allocate(PATH_BYTES);
    final MemorySegment other = arena.allocate(PATH_BYTES);
    final MemorySegment result = arena.allocate(RESULT_BYTES, 8);
    final MemorySegment buffer = arena.allocate(BUFFER_BYTES, 8);

    MemorySegment name(byte[] bytes) {
      return put(path, bytes);
    }

    MemorySegment otherName(byte[] bytes) {
      return put(other, bytes);
    }

    /** A name too long for the space is too long for the kernel, and so is what is left of it. */
    private static MemorySegment put(MemorySegment target, byte[] bytes) {
      int length = Math.min(bytes.length, PATH_BYTES - 1);
      MemorySegment.copy(bytes, 0, target, ValueLayout.JAVA_BYTE, 0, length);
      target.set(ValueLayout.JAVA_BYTE, length, (byte) 0);
      return target;
    }

    long result(long value) {
      return value >= 0 ? value : -(long) (int) STATE_ERRNO.get(state, 0L);
    }
  }

  /** This thread's memory. */
  static Scratch scratch() {
    return SCRATCH.get();
  }

  private static MethodHandle bind(String name, MemoryLayout result, MemoryLayout... arguments) {
    return LINKER.downcallHandle(
        LIBC.findOrThrow(name), FunctionDescriptor.of(result, arguments), ERRNO);
  }

  private static MethodHandle bind(
      String name, int firstVariadic, MemoryLayout result, MemoryLayout... arguments) {
    return LINKER.downcallHandle(
        LIBC.findOrThrow(name),
        FunctionDescriptor.of(result, arguments),
        ERRNO,
        Linker.Option.firstVariadicArg(firstVariadic));
  }

  /** A call that can only fail by a programming error on this side. */
  private interface Call {
    long call() throws Throwable;
  }

  private static long run(Scratch scratch, Call call) {
    try {
      return scratch.result(call.call());
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("a native call is declared wrongly", e);
    }
  }

  private static int runInt(Scratch scratch, Call call) {
    return (int) run(scratch, call);
  }

  static int openat2(int directory, byte[] path, long flags, long mode, long resolve) {
    Scratch s = scratch();
    s.result.set(ValueLayout.JAVA_LONG, 0, flags);
    s.result.set(ValueLayout.JAVA_LONG, 8, mode);
    s.result.set(ValueLayout.JAVA_LONG, 16, resolve);
    MemorySegment name = s.name(path);
    return runInt(
        s,
        () ->
            (long)
                SYSCALL4.invokeExact(
                    s.state, Constants.SYS_OPENAT2, (long) directory, name, s.result, 24L));
  }

  static int close(int descriptor) {
    Scratch s = scratch();
    return runInt(s, () -> (int) CLOSE.invokeExact(s.state, descriptor));
  }

  /** Fills {@link Scratch#result} with a statx. */
  static int statx(int directory, byte[] name, int flags) {
    Scratch s = scratch();
    MemorySegment path = s.name(name);
    return runInt(
        s,
        () ->
            (int)
                STATX.invokeExact(
                    s.state, directory, path, flags, Constants.STATX_BASIC_STATS, s.result));
  }

  /** Fills {@link Scratch#buffer} with directory entries; the number of bytes, zero at the end. */
  static int getdents(int directory) {
    Scratch s = scratch();
    return runInt(
        s, () -> (long) GETDENTS.invokeExact(s.state, directory, s.buffer, (long) BUFFER_BYTES));
  }

  static int renameat2(int from, byte[] fromName, int to, byte[] toName, int flags) {
    Scratch s = scratch();
    MemorySegment one = s.name(fromName);
    MemorySegment other = s.otherName(toName);
    return runInt(s, () -> (int) RENAMEAT2.invokeExact(s.state, from, one, to, other, flags));
  }

  static int linkat(int from, byte[] fromName, int to, byte[] toName, int flags) {
    Scratch s = scratch();
    MemorySegment one = s.name(fromName);
    MemorySegment other = s.otherName(toName);
    return runInt(s, () -> (int) LINKAT.invokeExact(s.state, from, one, to, other, flags));
  }

  static int unlinkat(int directory, byte[] name, int flags) {
    Scratch s = scratch();
    MemorySegment path = s.name(name);
    return runInt(s, () -> (int) UNLINKAT.invokeExact(s.state, directory, path, flags));
  }

  static int mkdirat(int directory, byte[] name, int mode) {
    Scratch s = scratch();
    MemorySegment path = s.name(name);
    return runInt(s, () -> (int) MKDIRAT.invokeExact(s.state, directory, path, mode));
  }

  static int symlinkat(byte[] target, int directory, byte[] name) {
    Scratch s = scratch();
    MemorySegment one = s.name(target);
    MemorySegment other = s.otherName(name);
    return runInt(s, () -> (int) SYMLINKAT.invokeExact(s.state, one, directory, other));
  }

  /** Fills {@link Scratch#buffer} with a link's target; its length. */
  static int readlinkat(int directory, byte[] name) {
    Scratch s = scratch();
    MemorySegment path = s.name(name);
    return runInt(
        s,
        () -> (long) READLINKAT.invokeExact(s.state, directory, path, s.buffer, (long) PATH_BYTES));
  }

  /** Reads up to {@link #BUFFER_BYTES} into {@link Scratch#buffer}. */
  static int pread(int descriptor, long position, int count) {
    Scratch s = scratch();
    return runInt(
        s, () -> (long) PREAD.invokeExact(s.state, descriptor, s.buffer, (long) count, position));
  }

  /** Writes from {@link Scratch#buffer}. */
  static int pwrite(int descriptor, long position, int offset, int count) {
    Scratch s = scratch();
    MemorySegment from = s.buffer.asSlice(offset);
    return runInt(
        s, () -> (long) PWRITE.invokeExact(s.state, descriptor, from, (long) count, position));
  }

  /** Reads what is there, up to {@link #BUFFER_BYTES}, into {@link Scratch#buffer}. */
  public static int read(int descriptor) {
    Scratch s = scratch();
    return runInt(
        s, () -> (long) READ.invokeExact(s.state, descriptor, s.buffer, (long) BUFFER_BYTES));
  }

  /** What the last call filled. */
  public static MemorySegment buffer() {
    return scratch().buffer;
  }

  /** Adds one to an eventfd, which wakes who polls it. */
  public static int signal(int eventDescriptor) {
    Scratch s = scratch();
    s.result.set(ValueLayout.JAVA_LONG, 0, 1);
    return runInt(s, () -> (long) WRITE.invokeExact(s.state, eventDescriptor, s.result, 8L));
  }

  static int ftruncate(int descriptor, long size) {
    Scratch s = scratch();
    return runInt(s, () -> (int) FTRUNCATE.invokeExact(s.state, descriptor, size));
  }

  /** Begins to write the whole file's dirty pages out; waits for none. */
  static int beginWriteback(int descriptor) {
    Scratch s = scratch();
    return runInt(
        s,
        () ->
            (int)
                SYNC_FILE_RANGE.invokeExact(
                    s.state, descriptor, 0L, 0L, Constants.SYNC_FILE_RANGE_WRITE));
  }

  static int fsync(int descriptor) {
    Scratch s = scratch();
    return runInt(s, () -> (int) FSYNC.invokeExact(s.state, descriptor));
  }

  static int syncfs(int descriptor) {
    Scratch s = scratch();
    return runInt(s, () -> (int) SYNCFS.invokeExact(s.state, descriptor));
  }

  static long lseek(int descriptor, long position, int whence) {
    Scratch s = scratch();
    return run(s, () -> (long) LSEEK.invokeExact(s.state, descriptor, position, whence));
  }

  static int fchmod(int descriptor, int mode) {
    Scratch s = scratch();
    return runInt(s, () -> (int) FCHMOD.invokeExact(s.state, descriptor, mode));
  }

  static int fchmodat(int directory, byte[] name, int mode) {
    Scratch s = scratch();
    MemorySegment path = s.name(name);
    return runInt(s, () -> (int) FCHMODAT.invokeExact(s.state, directory, path, mode, 0));
  }

  static int fchownat(int directory, byte[] name, int uid, int gid, int flags) {
    Scratch s = scratch();
    MemorySegment path = s.name(name);
    return runInt(s, () -> (int) FCHOWNAT.invokeExact(s.state, directory, path, uid, gid, flags));
  }

  /** Sets the time of last change, leaving that of last access. */
  static int utimensat(int directory, byte[] name, long mtimeNanos, int flags) {
    Scratch s = scratch();
    MemorySegment path = s.name(name);
    s.result.set(ValueLayout.JAVA_LONG, 0, 0);
    s.result.set(ValueLayout.JAVA_LONG, 8, Constants.UTIME_OMIT);
    s.result.set(ValueLayout.JAVA_LONG, 16, Math.floorDiv(mtimeNanos, 1_000_000_000L));
    s.result.set(ValueLayout.JAVA_LONG, 24, Math.floorMod(mtimeNanos, 1_000_000_000L));
    return runInt(s, () -> (int) UTIMENSAT.invokeExact(s.state, directory, path, s.result, flags));
  }

  static long copyFileRange(int from, long fromPosition, int to, long toPosition, long count) {
    Scratch s = scratch();
    s.result.set(ValueLayout.JAVA_LONG, 0, fromPosition);
    s.result.set(ValueLayout.JAVA_LONG, 8, toPosition);
    MemorySegment in = s.result.asSlice(0, 8);
    MemorySegment out = s.result.asSlice(8, 8);
    return run(s, () -> (long) COPY_FILE_RANGE.invokeExact(s.state, from, in, to, out, count, 0));
  }

  /** Shares a range of blocks between files, where the file system can. */
  static int cloneRange(int from, long fromPosition, long count, int to, long toPosition) {
    Scratch s = scratch();
    s.result.set(ValueLayout.JAVA_LONG, 0, from);
    s.result.set(ValueLayout.JAVA_LONG, 8, fromPosition);
    s.result.set(ValueLayout.JAVA_LONG, 16, count);
    s.result.set(ValueLayout.JAVA_LONG, 24, toPosition);
    return runInt(s, () -> (int) IOCTL.invokeExact(s.state, to, Constants.FICLONERANGE, s.result));
  }

  static int fcntl(int descriptor, int command, int argument) {
    Scratch s = scratch();
    return runInt(s, () -> (int) FCNTL.invokeExact(s.state, descriptor, command, argument));
  }

  /** Fills {@link Scratch#result} with a statvfs. */
  static int fstatvfs(int descriptor) {
    Scratch s = scratch();
    return runInt(s, () -> (int) FSTATVFS.invokeExact(s.state, descriptor, s.result));
  }

  /** Fills {@link Scratch#result} with a statfs. */
  static int fstatfs(int descriptor) {
    Scratch s = scratch();
    return runInt(s, () -> (int) FSTATFS.invokeExact(s.state, descriptor, s.result));
  }

  public static int inotifyInit() {
    Scratch s = scratch();
    return runInt(
        s,
        () -> (int) INOTIFY_INIT.invokeExact(s.state, Constants.O_CLOEXEC | Constants.O_NONBLOCK));
  }

  public static int inotifyAdd(int inotify, byte[] path, int mask) {
    Scratch s = scratch();
    MemorySegment name = s.name(path);
    return runInt(s, () -> (int) INOTIFY_ADD.invokeExact(s.state, inotify, name, mask));
  }

  public static int inotifyRemove(int inotify, int watch) {
    Scratch s = scratch();
    return runInt(s, () -> (int) INOTIFY_RM.invokeExact(s.state, inotify, watch));
  }

  public static int eventfd() {
    Scratch s = scratch();
    return runInt(
        s, () -> (int) EVENTFD.invokeExact(s.state, 0, Constants.O_CLOEXEC | Constants.O_NONBLOCK));
  }

  public static int closeDescriptor(int descriptor) {
    return close(descriptor);
  }

  /**
   * Waits until one of two descriptors can be read.
   *
   * @param timeoutMillis negative to wait for ever
   * @return bit 0 for the first, bit 1 for the second; zero when the time is up; or the negated
   *     errno
   */
  public static int pollTwo(int first, int second, int timeoutMillis) {
    Scratch s = scratch();
    MemorySegment polls = s.result;
    polls.set(JAVA_INT, 0, first);
    polls.set(JAVA_INT, 4, Constants.POLLIN);
    polls.set(JAVA_INT, 8, second);
    polls.set(JAVA_INT, 12, Constants.POLLIN);
    int count = runInt(s, () -> (int) POLL.invokeExact(s.state, polls, 2L, timeoutMillis));
    if (count < 0) {
      return count;
    }
    return (polls.get(JAVA_INT, 4) >>> 16 != 0 ? 1 : 0)
        | (polls.get(JAVA_INT, 12) >>> 16 != 0 ? 2 : 0);
  }

  /**
   * Gives memory that was freed in the C library's heap back to the system; nothing where it cannot
   * do that. Takes some 10 ms.
   */
  public static void trimHeap() {
    try {
      if (MALLOC_TRIM.isPresent()) {
        int unused = (int) MALLOC_TRIM.get().invokeExact(0L);
      }
    } catch (Throwable e) {
      throw new AssertionError("malloc_trim takes any number", e);
    }
  }

  /** The name of a user or group; empty if there is none. */
  static byte[] accountName(boolean user, int id) {
    Scratch s = scratch();
    MemorySegment found = s.result.asSlice(512, 8);
    MethodHandle handle = user ? GETPWUID : GETGRGID;
    int code =
        runInt(
            s,
            () ->
                (int)
                    handle.invokeExact(
                        s.state, id, s.result, s.buffer, (long) BUFFER_BYTES, found));
    if (code != 0 || found.get(ADDRESS, 0).address() == 0) {
      return new byte[0];
    }
    String name = s.result.get(ADDRESS, 0).reinterpret(256).getString(0);
    return name.getBytes(StandardCharsets.UTF_8);
  }

  /** The number of a user or group, or -1. */
  static int accountId(boolean user, byte[] name) {
    Scratch s = scratch();
    MemorySegment path = s.name(name);
    MemorySegment found = s.result.asSlice(512, 8);
    MethodHandle handle = user ? GETPWNAM : GETGRNAM;
    int code =
        runInt(
            s,
            () ->
                (int)
                    handle.invokeExact(
                        s.state, path, s.result, s.buffer, (long) BUFFER_BYTES, found));
    if (code != 0 || found.get(ADDRESS, 0).address() == 0) {
      return -1;
    }
    // Name and password pointers stand before the number, in both structures.
    return s.result.get(JAVA_INT, 16);
  }
}
