package io.dirsync.fs;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** An errno as the exception that callers expect. */
final class NativeErrors {
  private NativeErrors() {}

  /** Throws if the result is a negated errno. */
  static int check(int result, byte[] path) throws IOException {
    if (result < 0) {
      throw of(-result, path);
    }
    return result;
  }

  static long check(long result, byte[] path) throws IOException {
    if (result < 0) {
      throw of((int) -result, path);
    }
    return result;
  }

  static FileSystemException of(int errno, byte[] path) {
    String name = shown(path);
    return switch (errno) {
      case Constants.ENOENT -> new NoSuchFileException(name);
      case Constants.EEXIST -> new FileAlreadyExistsException(name);
      case Constants.ENOTEMPTY -> new DirectoryNotEmptyException(name);
      // A symbolic link in the way is no directory either, for nobody here follows it.
      case Constants.ENOTDIR, Constants.ELOOP -> new NotDirectoryException(name);
      case Constants.EACCES -> new AccessDeniedException(name, null, "permission denied");
      // What root is told too.
      case Constants.EPERM ->
          new AccessDeniedException(name, null, "permission denied; is it immutable (lsattr)?");
      case Constants.ENOSPC -> new DiskFullException(name, "no space left on the file system");
      case Constants.EDQUOT -> new DiskFullException(name, "the disk quota is used up");
      case Constants.EROFS -> new ReadOnlyException(name, "the file system is read-only");
      case Constants.EXDEV ->
          new FileSystemException(name, null, "it would lead to another file system");
      case Constants.ENAMETOOLONG ->
          new FileSystemException(name, null, "the name is too long for this file system");
      case Constants.EMFILE ->
          new FileSystemException(name, null, "too many open files (see ulimit -n)");
      default -> new FileSystemException(name, null, "the system answers error " + errno);
    };
  }

  /** Printable ASCII as it is, else escaped. */
  static String shown(byte[] path) {
    StringBuilder out = new StringBuilder();
    for (byte b : path) {
      char c = (char) (b & 0xff);
      if (c >= ' ' && c < 0x7f && c != '\\') {
        out.append(c);
      } else {
        out.append(String.format("\\x%02x", (int) c));
      }
    }
    return out.isEmpty() ? "." : out.toString();
  }
}
