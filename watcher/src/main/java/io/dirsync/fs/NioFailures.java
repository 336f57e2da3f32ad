package io.dirsync.fs;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NotDirectoryException;
import java.nio.file.ReadOnlyFileSystemException;

/** Turns what java.nio throws into what {@link Volume} promises. */
final class NioFailures {
  /** Something to do with files. */
  @FunctionalInterface
  interface Action<T> {
    T run() throws IOException;
  }

  /** Something to do with files that gives nothing back. */
  @FunctionalInterface
  interface Step {
    void run() throws IOException;
  }

  private NioFailures() {}

  /**
   * Runs an action.
   *
   * @param doing what is done, for the message: "make directory"
   * @param path to what, for the message
   */
  static <T> T attempt(String doing, byte[] path, Action<T> action) throws IOException {
    try {
      return action.run();
    } catch (ReadOnlyFileSystemException e) {
      throw caused(new ReadOnlyException(PlainPath.text(path), "read-only file system"), e);
    } catch (InvalidPathException e) {
      String reason =
          "cannot " + doing + ": no such name in this locale, which is to be a UTF-8 one";
      throw caused(new FileSystemException(PlainPath.text(path), null, reason), e);
    } catch (UnsupportedOperationException e) {
      throw caused(failed(doing, path, e), e);
    } catch (IOException e) {
      throw translate(doing, path, e);
    }
  }

  static void attemptStep(String doing, byte[] path, Step step) throws IOException {
    attempt(
        doing,
        path,
        () -> {
          step.run();
          return path;
        });
  }

  private static IOException translate(String doing, byte[] path, IOException failure) {
    String message = String.valueOf(failure.getMessage());
    if (failure instanceof DiskFullException || failure instanceof ReadOnlyException) {
      return failure;
    }
    // java.nio has no types for these; the words are those of strerror, the JDK and jimfs.
    if (message.contains("No space left")
        || message.contains("Disk quota exceeded")
        || message.contains("not enough space")
        || message.contains("out of disk space")) {
      return caused(new DiskFullException(PlainPath.text(path), doing + ": " + message), failure);
    }
    if (message.contains("Read-only file system")) {
      return caused(new ReadOnlyException(PlainPath.text(path), doing + ": " + message), failure);
    }
    if (failure.getClass() == FileSystemException.class && message.endsWith("Not a directory")) {
      return caused(new NotDirectoryException(PlainPath.text(path)), failure);
    }
    if (failure instanceof FileSystemException) {
      return failure;
    }
    return caused(failed(doing, path, failure), failure);
  }

  private static FileSystemException failed(String doing, byte[] path, Exception failure) {
    String reason = "cannot " + doing + ": " + failure.getMessage();
    return new FileSystemException(PlainPath.text(path), null, reason);
  }

  private static <E extends Throwable> E caused(E failure, Throwable cause) {
    failure.initCause(cause);
    return failure;
  }
}
