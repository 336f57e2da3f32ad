package io.dirsync.fs;

import static io.dirsync.fs.Constants.AT_EMPTY_PATH;
import static io.dirsync.fs.Constants.AT_FDCWD;
import static io.dirsync.fs.Constants.AT_SYMLINK_NOFOLLOW;
import static io.dirsync.fs.Constants.O_CLOEXEC;
import static io.dirsync.fs.Constants.O_DIRECTORY;
import static io.dirsync.fs.Constants.O_NOATIME;
import static io.dirsync.fs.Constants.O_NOFOLLOW;
import static io.dirsync.fs.Constants.O_NONBLOCK;
import static io.dirsync.fs.Constants.O_PATH;
import static io.dirsync.fs.Constants.O_RDONLY;
import static io.dirsync.fs.NativeErrors.check;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

/**
 * A directory tree on Linux. Everything is reached relative to the root's descriptor by {@code
 * openat2} with {@code RESOLVE_BENEATH}, {@code RESOLVE_NO_SYMLINKS} and {@code
 * RESOLVE_NO_MAGICLINKS}: a symbolic link swapped in between check and use cannot lead out. Names
 * are the file system's bytes.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/openat2.2.html">openat2(2)</a>
 */
public final class PosixVolume implements Volume {
  private static final long RESOLVE =
      Constants.RESOLVE_BENEATH | Constants.RESOLVE_NO_SYMLINKS | Constants.RESOLVE_NO_MAGICLINKS;
  static final long LISTABLE = O_RDONLY | O_DIRECTORY;
  private static final int RESOLVE_TRIES_MAX = 64;
  private static final int PERMISSIONS = 07777;
  private static final int ACCOUNTS_MAX = 1024;
  private static final byte[] EMPTY = new byte[0];

  private final byte[] path;
  private final OpenRoot root;
  private final FileStatus openedRoot;
  private volatile boolean unnamedFiles = true;
  private final Map<String, String> accounts = new ConcurrentHashMap<>();

  private PosixVolume(byte[] path, int root) throws IOException {
    this.path = path;
    this.root = new OpenRoot(root);
    this.openedRoot = status(root, EMPTY, AT_EMPTY_PATH, path);
  }

  /**
   * Opens a directory.
   *
   * @param root a path that the platform's character set can spell; else use {@link #at(byte[])}
   */
  public static PosixVolume at(Path root) throws IOException {
    return at(root.toAbsolutePath().toString().getBytes(platformCharset()));
  }

  private static java.nio.charset.Charset platformCharset() {
    String name = System.getProperty("sun.jnu.encoding", "UTF-8");
    return java.nio.charset.Charset.isSupported(name)
        ? java.nio.charset.Charset.forName(name)
        : StandardCharsets.UTF_8;
  }

  /**
   * Opens a directory by the bytes of its absolute path. The path to the root itself may go through
   * symbolic links.
   *
   * @throws java.nio.file.NoSuchFileException if it is not there
   * @throws java.nio.file.NotDirectoryException if it is no directory
   */
  public static PosixVolume at(byte[] absolutePath) throws IOException {
    int root =
        check(
            Native.openat2(AT_FDCWD, absolutePath, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0, 0),
            absolutePath);
    try {
      return new PosixVolume(absolutePath.clone(), root);
    } catch (IOException | RuntimeException e) {
      Native.close(root);
      throw e;
    }
  }

  // -- reaching a path
  // -----------------------------------------------------------------------------

  static void requirePlain(byte[] path) {
    int start = 0;
    for (int i = 0; i <= path.length; i++) {
      if (i == path.length || path[i] == '/') {
        int length = i - start;
        boolean dots =
            (length == 1 && path[start] == '.')
                || (length == 2 && path[start] == '.' && path[start + 1] == '.');
        if ((length == 0 && path.length > 0) || dots) {
          throw new IllegalArgumentException(
              "not a plain relative path: " + NativeErrors.shown(path));
        }
        start = i + 1;
      } else if (path[i] == 0) {
        throw new IllegalArgumentException("a path has no NUL: " + NativeErrors.shown(path));
      }
    }
  }

  private int openBelow(byte[] path, long flags, long mode) throws IOException {
    int directory = root.hold();
    try {
      return openBelow(directory, path, flags, mode);
    } finally {
      root.release();
    }
  }

  /** Opens below a directory, links nowhere followed; the descriptor or the negated errno. */
  static int openBelow(int directory, byte[] path, long flags, long mode) {
    byte[] name = path.length == 0 ? new byte[] {'.'} : path;
    for (int attempt = 0; ; attempt++) {
      int result = Native.openat2(directory, name, flags | O_CLOEXEC, mode, RESOLVE);
      // EAGAIN: a rename somewhere raced with the walk; EXDEV: what was reached has just left.
      boolean again =
          result == -Constants.EAGAIN || result == -Constants.EXDEV || result == -Constants.EINTR;
      if (!again || attempt == RESOLVE_TRIES_MAX) {
        return result;
      }
    }
  }

  private interface InParent<T> {
    T apply(int parent, byte[] name) throws IOException;
  }

  /** Does something to a name in its directory, which is held open meanwhile. */
  private <T> T inParent(byte[] path, InParent<T> action) throws IOException {
    requirePlain(path);
    if (path.length == 0) {
      throw new FileSystemException(
          NativeErrors.shown(path), null, "the root itself cannot be changed");
    }
    int slash = path.length - 1;
    while (slash >= 0 && path[slash] != '/') {
      slash--;
    }
    byte[] name = Arrays.copyOfRange(path, slash + 1, path.length);
    if (slash < 0) {
      int parent = root.hold();
      try {
        return action.apply(parent, name);
      } finally {
        root.release();
      }
    }
    int parent = check(openBelow(Arrays.copyOf(path, slash), O_PATH | O_DIRECTORY, 0), path);
    try {
      return action.apply(parent, name);
    } finally {
      Native.close(parent);
    }
  }

  // -- looking
  // -------------------------------------------------------------------------------------

  static FileStatus status(int directory, byte[] name, int flags, byte[] shownPath)
      throws IOException {
    check(Native.statx(directory, name, flags), shownPath);
    return decode(Native.scratch().result);
  }

  private static FileStatus decode(MemorySegment statx) {
    int mode = Short.toUnsignedInt(statx.get(ValueLayout.JAVA_SHORT, 28));
    FileStatus.Kind kind =
        switch (mode & Constants.S_IFMT) {
          case Constants.S_IFREG -> FileStatus.Kind.FILE;
          case Constants.S_IFDIR -> FileStatus.Kind.DIRECTORY;
          case Constants.S_IFLNK -> FileStatus.Kind.SYMLINK;
          default -> FileStatus.Kind.OTHER;
        };
    long device =
        (long) statx.get(ValueLayout.JAVA_INT, 136) << 32
            | Integer.toUnsignedLong(statx.get(ValueLayout.JAVA_INT, 140));
    return new FileStatus(
        kind,
        device,
        statx.get(ValueLayout.JAVA_LONG, 32),
        statx.get(ValueLayout.JAVA_LONG, 40),
        nanos(statx, 112),
        nanos(statx, 96),
        mode & PERMISSIONS,
        statx.get(ValueLayout.JAVA_INT, 20),
        statx.get(ValueLayout.JAVA_INT, 24),
        statx.get(ValueLayout.JAVA_INT, 16),
        statx.get(ValueLayout.JAVA_LONG, 48) * 512);
  }

  private static long nanos(MemorySegment statx, long offset) {
    long seconds = statx.get(ValueLayout.JAVA_LONG, offset);
    int nanos = statx.get(ValueLayout.JAVA_INT, offset + 8);
    // Times beyond what 64 bits of nanoseconds hold (the year 2262) are taken as the last one.
    return seconds > Long.MAX_VALUE / 1_000_000_000L - 1
        ? Long.MAX_VALUE
        : seconds < Long.MIN_VALUE / 1_000_000_000L + 1
            ? Long.MIN_VALUE
            : seconds * 1_000_000_000L + nanos;
  }

  @Override
  public Optional<FileStatus> currentRoot() throws IOException {
    int found = Native.openat2(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC, 0, 0);
    if (found == -Constants.ENOENT || found == -Constants.ENOTDIR) {
      return Optional.empty();
    }
    check(found, path);
    try {
      return Optional.of(status(found, EMPTY, AT_EMPTY_PATH, path));
    } finally {
      Native.close(found);
    }
  }

  @Override
  public FileStatus openedRoot() {
    return openedRoot;
  }

  @Override
  public Optional<FileStatus> stat(byte[] path) throws IOException {
    if (path.length == 0) {
      return Optional.of(root.use(opened -> status(opened, EMPTY, AT_EMPTY_PATH, path)));
    }
    try {
      return inParent(
          path,
          (parent, name) -> {
            int result = Native.statx(parent, name, AT_SYMLINK_NOFOLLOW);
            if (result == -Constants.ENOENT) {
              return Optional.empty();
            }
            check(result, path);
            return Optional.of(decode(Native.scratch().result));
          });
    } catch (NoSuchFileException | NotDirectoryException e) {
      // Where there is no directory nothing stands in it.
      return Optional.empty();
    }
  }

  @Override
  public void list(byte[] directory, Consumer<Entry> consumer) throws IOException {
    try (PosixDirectory open = openDirectory(directory)) {
      open.read(
          (name, _) -> {
            int result = Native.statx(open.descriptor(), name, AT_SYMLINK_NOFOLLOW);
            if (result != -Constants.ENOENT) {
              check(result, name);
              consumer.accept(new Entry(name, decode(Native.scratch().result)));
            }
          });
    }
  }

  @Override
  public byte[] readLink(byte[] path) throws IOException {
    return inParent(
        path,
        (parent, name) -> {
          int length = check(Native.readlinkat(parent, name), path);
          return Native.scratch().buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
        });
  }

  @Override
  public ReadableFile open(byte[] path) throws IOException {
    requirePlain(path);
    long flags = O_RDONLY | O_NONBLOCK | O_NOFOLLOW;
    int descriptor = openBelow(path, flags | O_NOATIME, 0);
    if (descriptor == -Constants.EPERM) {
      // Only the owner may leave the access time alone.
      descriptor = openBelow(path, flags, 0);
    }
    check(descriptor, path);
    try {
      FileStatus status = status(descriptor, EMPTY, AT_EMPTY_PATH, path);
      if (status.kind() != FileStatus.Kind.FILE) {
        throw new FileSystemException(NativeErrors.shown(path), null, "not a regular file");
      }
      return new PosixFile(descriptor, path);
    } catch (IOException | RuntimeException e) {
      Native.close(descriptor);
      throw e;
    }
  }

  /**
   * Opens a directory below the root, or the root itself by the empty path.
   *
   * @throws NoSuchFileException if it is not there
   * @throws NotDirectoryException if it, or what leads to it, is no directory
   * @throws java.nio.file.AccessDeniedException if it may not be read
   */
  public PosixDirectory openDirectory(byte[] directory) throws IOException {
    requirePlain(directory);
    return new PosixDirectory(check(openBelow(directory, LISTABLE, 0), directory), directory);
  }

  // -- changing
  // ------------------------------------------------------------------------------------

  @Override
  public StagedFile stage(byte[] directory) throws IOException {
    requirePlain(directory);
    if (unnamedFiles) {
      int descriptor = openBelow(directory, Constants.O_TMPFILE | Constants.O_RDWR, 0600);
      if (descriptor >= 0) {
        return new PosixStagedFile(this, descriptor, null, directory, false);
      }
      boolean unsupported =
          descriptor == -Constants.EOPNOTSUPP
              || descriptor == -Constants.EISDIR
              || descriptor == -Constants.EINVAL;
      if (!unsupported) {
        check(descriptor, directory);
      }
      unnamedFiles = false;
    }
    byte[] random = new byte[12];
    ThreadLocalRandom.current().nextBytes(random);
    byte[] name =
        ("/.staged-" + HexFormat.of().formatHex(random)).getBytes(StandardCharsets.US_ASCII);
    byte[] path = Arrays.copyOf(directory, directory.length + name.length);
    System.arraycopy(name, 0, path, directory.length, name.length);
    int flags = Constants.O_RDWR | Constants.O_CREAT | Constants.O_EXCL;
    int descriptor = check(openBelow(path, flags, 0600), path);
    return new PosixStagedFile(this, descriptor, path, path, false);
  }

  @Override
  public StagedFile stageAt(byte[] path) throws IOException {
    requirePlain(path);
    int descriptor = check(openBelow(path, Constants.O_RDWR | Constants.O_CREAT, 0600), path);
    return new PosixStagedFile(this, descriptor, path.clone(), path, true);
  }

  void link(int descriptor, byte[] path) throws IOException {
    byte[] self = ("/proc/self/fd/" + descriptor).getBytes(StandardCharsets.US_ASCII);
    inParent(
        path,
        (parent, name) ->
            check(Native.linkat(AT_FDCWD, self, parent, name, Constants.AT_SYMLINK_FOLLOW), path));
  }

  @Override
  public void rename(byte[] from, byte[] to) throws IOException {
    rename(from, to, Constants.RENAME_NOREPLACE);
  }

  @Override
  public void exchange(byte[] one, byte[] other) throws IOException {
    rename(one, other, Constants.RENAME_EXCHANGE);
  }

  private void rename(byte[] from, byte[] to, int flags) throws IOException {
    inParent(
        from,
        (fromParent, fromName) ->
            inParent(
                to,
                (toParent, toName) -> {
                  int result = Native.renameat2(fromParent, fromName, toParent, toName, flags);
                  return check(result, result == -Constants.EEXIST ? to : from);
                }));
  }

  @Override
  public void symlink(byte[] target, byte[] path) throws IOException {
    inParent(path, (parent, name) -> check(Native.symlinkat(target, parent, name), path));
  }

  @Override
  public void setLinkMtime(byte[] path, long mtimeNanos) throws IOException {
    setMtime(path, mtimeNanos);
  }

  @Override
  public void mkdir(byte[] path, int mode) throws IOException {
    inParent(
        path,
        (parent, name) -> {
          check(Native.mkdirat(parent, name, 0700), path);
          return path;
        });
    setMode(path, mode);
  }

  @Override
  public void rmdir(byte[] path) throws IOException {
    inParent(
        path,
        (parent, name) -> {
          int result = Native.unlinkat(parent, name, Constants.AT_REMOVEDIR);
          // POSIX lets a file system say EEXIST for a directory that is not empty.
          return check(result == -Constants.EEXIST ? -Constants.ENOTEMPTY : result, path);
        });
  }

  @Override
  public void unlink(byte[] path) throws IOException {
    inParent(path, (parent, name) -> check(Native.unlinkat(parent, name, 0), path));
  }

  @Override
  public void setMode(byte[] path, int mode) throws IOException {
    requirePlain(path);
    // fchmod takes no O_PATH descriptor, and a file need not be readable to its owner: by its name
    // in /proc.
    int descriptor = check(openBelow(path, O_PATH | O_NOFOLLOW, 0), path);
    try {
      FileStatus status = status(descriptor, EMPTY, AT_EMPTY_PATH, path);
      if (status.kind() == FileStatus.Kind.SYMLINK) {
        throw new FileSystemException(
            NativeErrors.shown(path), null, "a symbolic link has no mode");
      }
      byte[] self = ("/proc/self/fd/" + descriptor).getBytes(StandardCharsets.US_ASCII);
      check(Native.fchmodat(AT_FDCWD, self, mode & PERMISSIONS), path);
    } finally {
      Native.close(descriptor);
    }
  }

  @Override
  public void setOwner(byte[] path, int uid, int gid) throws IOException {
    inParent(
        path,
        (parent, name) ->
            check(Native.fchownat(parent, name, uid, gid, AT_SYMLINK_NOFOLLOW), path));
  }

  @Override
  public void setMtime(byte[] path, long mtimeNanos) throws IOException {
    inParent(
        path,
        (parent, name) ->
            check(Native.utimensat(parent, name, mtimeNanos, AT_SYMLINK_NOFOLLOW), path));
  }

  @Override
  public void sync() throws IOException {
    check(root.use(Native::syncfs), path);
  }

  @Override
  public Space space() throws IOException {
    check(root.use(Native::fstatvfs), path);
    MemorySegment statvfs = Native.scratch().result;
    long fragment = statvfs.get(ValueLayout.JAVA_LONG, 8);
    long blocks = statvfs.get(ValueLayout.JAVA_LONG, 16);
    long available = statvfs.get(ValueLayout.JAVA_LONG, 32);
    return new Space(available * fragment, blocks * fragment);
  }

  @Override
  public boolean isReadOnly() throws IOException {
    check(root.use(Native::fstatvfs), path);
    long flags = Native.scratch().result.get(ValueLayout.JAVA_LONG, 72);
    return (flags & Constants.ST_RDONLY) != 0;
  }

  /**
   * The kind of file system that the root is on, if it is one whose changes may be made by other
   * machines too, of which inotify tells nothing.
   */
  public Optional<String> sharedFileSystem() throws IOException {
    check(root.use(Native::fstatfs), path);
    return Constants.sharedFileSystem(Native.scratch().result.get(ValueLayout.JAVA_LONG, 0));
  }

  // -- accounts
  // ------------------------------------------------------------------------------------

  @Override
  public String ownerName(int uid) {
    return account("u" + uid, () -> accountName(true, uid));
  }

  @Override
  public String groupName(int gid) {
    return account("g" + gid, () -> accountName(false, gid));
  }

  private static String accountName(boolean user, int id) {
    byte[] name = Native.accountName(user, id);
    return name.length == 0
        ? Integer.toUnsignedString(id)
        : new String(name, StandardCharsets.UTF_8);
  }

  @Override
  public OptionalInt uid(String owner) {
    return id("U" + owner, true, owner);
  }

  @Override
  public OptionalInt gid(String group) {
    return id("G" + group, false, group);
  }

  private OptionalInt id(String key, boolean user, String name) {
    String found =
        account(
            key,
            () -> {
              int id = Native.accountId(user, name.getBytes(StandardCharsets.UTF_8));
              return id == -1 ? "" : Integer.toString(id);
            });
    if (!found.isEmpty()) {
      return OptionalInt.of(Integer.parseInt(found));
    }
    try {
      return OptionalInt.of(Integer.parseUnsignedInt(name));
    } catch (NumberFormatException e) {
      return OptionalInt.empty();
    }
  }

  private String account(String key, java.util.function.Supplier<String> lookup) {
    if (accounts.size() > ACCOUNTS_MAX) {
      accounts.clear();
    }
    return accounts.computeIfAbsent(key, _ -> lookup.get());
  }

  @Override
  public void close() {
    root.close();
  }
}
