package io.dirsync.fs;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.dirsync.fs.FileStatus.Kind;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * What one java.nio file system tells of its files, and how it is told to change that. Richest
 * where there are {@code unix} attributes, then {@code posix}, then the basic ones.
 */
final class NioAttributes {
  private static final String UNIX_ATTRIBUTES =
      "unix:isRegularFile,isDirectory,isSymbolicLink,size,lastModifiedTime,"
          + "mode,ino,dev,nlink,uid,gid,ctime";

  private static final int PERMISSIONS = 0777;
  private static final int ALL_MODE_BITS = 07777;

  /** In the order of the mode's bits, from the lowest. */
  private static final PosixFilePermission[] BITS = {
    PosixFilePermission.OTHERS_EXECUTE,
    PosixFilePermission.OTHERS_WRITE,
    PosixFilePermission.OTHERS_READ,
    PosixFilePermission.GROUP_EXECUTE,
    PosixFilePermission.GROUP_WRITE,
    PosixFilePermission.GROUP_READ,
    PosixFilePermission.OWNER_EXECUTE,
    PosixFilePermission.OWNER_WRITE,
    PosixFilePermission.OWNER_READ
  };

  private final boolean unix;
  private final boolean posix;
  private final boolean setsUnix;

  NioAttributes(FileSystem fileSystem) {
    Set<String> views = fileSystem.supportedFileAttributeViews();
    unix = views.contains("unix");
    posix = views.contains("posix");
    // jimfs has "unix" attributes too, but they can only be read.
    setsUnix = unix && fileSystem == FileSystems.getDefault();
  }

  /** Whether numeric owners and all twelve mode bits can be set here. */
  boolean setsUnix() {
    return setsUnix;
  }

  FileStatus read(Path file, LinkOption... options) throws IOException {
    if (unix) {
      return ofUnix(Files.readAttributes(file, UNIX_ATTRIBUTES, options));
    }
    if (posix) {
      PosixFileAttributes attributes =
          Files.readAttributes(file, PosixFileAttributes.class, options);
      int mode = bits(attributes.permissions());
      long mtimeNanos = attributes.lastModifiedTime().to(NANOSECONDS);
      return ofBasic(file, attributes, changeTime(mtimeNanos, mode), mode);
    }
    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class, options);
    long mtimeNanos = attributes.lastModifiedTime().to(NANOSECONDS);
    return ofBasic(file, attributes, mtimeNanos, usualMode(kind(attributes)));
  }

  private FileStatus ofUnix(Map<String, Object> attributes) {
    long size = number(attributes, "size");
    long mtimeNanos = time(attributes, "lastModifiedTime");
    int mode = (int) number(attributes, "mode") & ALL_MODE_BITS;
    return new FileStatus(
        kind(attributes),
        number(attributes, "dev"),
        number(attributes, "ino"),
        size,
        mtimeNanos,
        setsUnix ? time(attributes, "ctime") : changeTime(mtimeNanos, mode),
        mode,
        (int) number(attributes, "uid"),
        (int) number(attributes, "gid"),
        (int) number(attributes, "nlink"),
        size);
  }

  /**
   * Stands for the time of the last change where the system keeps none, or, as jimfs, calls that of
   * creation so: another one for each mode, for whoever looks whether anything has changed.
   */
  private static long changeTime(long mtimeNanos, int mode) {
    return mtimeNanos + mode;
  }

  private static Kind kind(Map<String, Object> attributes) {
    if (Boolean.TRUE.equals(attributes.get("isRegularFile"))) {
      return Kind.FILE;
    }
    if (Boolean.TRUE.equals(attributes.get("isDirectory"))) {
      return Kind.DIRECTORY;
    }
    return Boolean.TRUE.equals(attributes.get("isSymbolicLink")) ? Kind.SYMLINK : Kind.OTHER;
  }

  private static long number(Map<String, Object> attributes, String name) {
    return ((Number) Objects.requireNonNull(attributes.get(name), name)).longValue();
  }

  private static long time(Map<String, Object> attributes, String name) {
    return ((FileTime) Objects.requireNonNull(attributes.get(name), name)).to(NANOSECONDS);
  }

  private static FileStatus ofBasic(
      Path file, BasicFileAttributes attributes, long ctimeNanos, int mode) {
    Object key = attributes.fileKey();
    return new FileStatus(
        kind(attributes),
        0,
        spread(key == null ? file.toString() : key.toString()),
        attributes.size(),
        attributes.lastModifiedTime().to(NANOSECONDS),
        ctimeNanos,
        mode,
        0,
        0,
        1,
        attributes.size());
  }

  private static Kind kind(BasicFileAttributes attributes) {
    if (attributes.isRegularFile()) {
      return Kind.FILE;
    }
    if (attributes.isDirectory()) {
      return Kind.DIRECTORY;
    }
    return attributes.isSymbolicLink() ? Kind.SYMLINK : Kind.OTHER;
  }

  /** FNV-1a, 64 bits: {@link String#hashCode} is too narrow to tell files apart. */
  private static long spread(String key) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < key.length(); i++) {
      hash = (hash ^ key.charAt(i)) * 0x100000001b3L;
    }
    return hash;
  }

  private static int usualMode(Kind kind) {
    return kind == Kind.DIRECTORY ? 0755 : 0644;
  }

  /** What a new file or directory is to be made with, so that nobody else sees into it. */
  FileAttribute<?>[] ownerOnly(Kind kind) {
    return posix
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(permissions(kind == Kind.DIRECTORY ? 0700 : 0600))
        }
        : new FileAttribute<?>[0];
  }

  void setMode(Path file, int mode) throws IOException {
    if (setsUnix) {
      Files.setAttribute(file, "unix:mode", mode, NOFOLLOW_LINKS);
      return;
    }
    int now = read(file, NOFOLLOW_LINKS).mode();
    if (mode == now) {
      return;
    }
    if (!posix || (mode & ~PERMISSIONS) != 0) {
      String reason = "cannot set mode %04o on this kind of file system".formatted(mode);
      throw new FileSystemException(file.toString(), null, reason);
    }
    Files.setAttribute(file, "posix:permissions", permissions(mode), NOFOLLOW_LINKS);
  }

  /** Sets what is not -1. */
  void setOwner(Path file, int uid, int gid) throws IOException {
    if (!setsUnix) {
      FileStatus now = read(file, NOFOLLOW_LINKS);
      if ((uid == -1 || uid == now.uid()) && (gid == -1 || gid == now.gid())) {
        return;
      }
      String reason = "cannot set numeric owners on this kind of file system";
      throw new FileSystemException(file.toString(), null, reason);
    }
    if (uid != -1) {
      Files.setAttribute(file, "unix:uid", uid, NOFOLLOW_LINKS);
    }
    if (gid != -1) {
      Files.setAttribute(file, "unix:gid", gid, NOFOLLOW_LINKS);
    }
  }

  static void setMtime(Path file, long mtimeNanos) throws IOException {
    BasicFileAttributeView view =
        Files.getFileAttributeView(file, BasicFileAttributeView.class, NOFOLLOW_LINKS);
    view.setTimes(FileTime.from(mtimeNanos, NANOSECONDS), null, null);
  }

  private static int bits(Set<PosixFilePermission> permissions) {
    int mode = 0;
    for (int i = 0; i < BITS.length; i++) {
      mode |= permissions.contains(BITS[i]) ? 1 << i : 0;
    }
    return mode;
  }

  private static Set<PosixFilePermission> permissions(int mode) {
    Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
    for (int i = 0; i < BITS.length; i++) {
      if ((mode & 1 << i) != 0) {
        permissions.add(BITS[i]);
      }
    }
    return permissions;
  }
}
