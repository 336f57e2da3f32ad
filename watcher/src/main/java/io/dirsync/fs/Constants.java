package io.dirsync.fs;

import java.util.Optional;

/** Linux's numbers, as the generic and x86-64 headers have them. */
public final class Constants {
  static final long SYS_OPENAT2 = 437;

  static final int AT_FDCWD = -100;
  static final int AT_SYMLINK_NOFOLLOW = 0x100;
  static final int AT_REMOVEDIR = 0x200;
  static final int AT_SYMLINK_FOLLOW = 0x400;
  static final int SYNC_FILE_RANGE_WRITE = 2;
  static final int AT_EMPTY_PATH = 0x1000;

  private static final boolean ARM = System.getProperty("os.arch").equals("aarch64");

  static final int O_RDONLY = 0;
  static final int O_WRONLY = 1;
  static final int O_RDWR = 2;
  static final int O_CREAT = 0100;
  static final int O_EXCL = 0200;
  static final int O_NONBLOCK = 04000;
  static final int O_DIRECTORY = ARM ? 040000 : 0200000;
  static final int O_NOFOLLOW = ARM ? 0100000 : 0400000;
  static final int O_NOATIME = 01000000;
  static final int O_CLOEXEC = 02000000;
  static final int O_PATH = 010000000;
  static final int O_TMPFILE = 020000000 | O_DIRECTORY;

  static final long RESOLVE_NO_MAGICLINKS = 0x02;
  static final long RESOLVE_NO_SYMLINKS = 0x04;
  static final long RESOLVE_BENEATH = 0x08;

  static final int STATX_BASIC_STATS = 0x7ff;
  static final int RENAME_NOREPLACE = 1;
  static final int RENAME_EXCHANGE = 2;
  static final int SEEK_DATA = 3;
  static final int SEEK_HOLE = 4;
  static final long UTIME_OMIT = 0x3ffffffeL;
  static final long FICLONERANGE = 0x4020940dL;

  static final int F_SETSIG = 10;
  static final int F_SETLEASE = 1024;
  static final int F_RDLCK = 0;
  static final int F_UNLCK = 2;
  static final int SIGURG = 23;

  static final int POLLIN = 1;

  static final int S_IFMT = 0170000;
  static final int S_IFDIR = 0040000;
  static final int S_IFREG = 0100000;
  static final int S_IFLNK = 0120000;

  static final byte DT_UNKNOWN = 0;
  static final byte DT_DIR = 4;

  static final long ST_RDONLY = 1;

  public static final int EPERM = 1;
  public static final int ENOENT = 2;
  public static final int EINTR = 4;
  public static final int EAGAIN = 11;
  public static final int ENOMEM = 12;
  public static final int EACCES = 13;
  public static final int EEXIST = 17;
  public static final int EXDEV = 18;
  public static final int ENOTDIR = 20;
  public static final int EISDIR = 21;
  public static final int EINVAL = 22;
  public static final int EMFILE = 24;
  public static final int ENOSPC = 28;
  public static final int EROFS = 30;
  public static final int ENAMETOOLONG = 36;
  public static final int ENOSYS = 38;
  public static final int ENOTEMPTY = 39;
  public static final int ELOOP = 40;
  public static final int EOPNOTSUPP = 95;
  public static final int EDQUOT = 122;

  /**
   * The name of a file system that several machines may write to, by its number in statfs.
   *
   * @see <a href="https://man7.org/linux/man-pages/man2/statfs.2.html">statfs(2)</a>
   */
  static Optional<String> sharedFileSystem(long type) {
    return Optional.ofNullable(
        switch ((int) type) {
          case 0x6969 -> "nfs";
          case 0x517b -> "smb";
          case 0xff534d42, 0xfe534d42 -> "cifs";
          case 0x65735546 -> "fuse";
          case 0x01021997 -> "9p";
          case 0x00c36400 -> "ceph";
          case 0x5346414f -> "afs";
          case 0x73757245 -> "coda";
          case 0x0bd00bd0 -> "lustre";
          case 0x47504653 -> "gpfs";
          case 0x01161970 -> "gfs2";
          case 0x7461636f -> "ocfs2";
          case 0x19830326 -> "beegfs";
          case 0x786f4256 -> "vboxsf";
          default -> null;
        });
  }

  private Constants() {}
}
