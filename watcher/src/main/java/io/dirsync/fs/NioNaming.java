package io.dirsync.fs;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;

import io.dirsync.fs.FileStatus.Kind;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Gives files other names. java.nio can rename over a file, or look first and then rename; it
 * cannot refuse in one step. So this looks first, under a lock that keeps this process's own
 * threads apart.
 */
final class NioNaming {
  private final NioNames names;
  private final NioAttributes attributes;
  private final NioUnsynced unsynced;
  private final ReentrantLock lock = new ReentrantLock();

  NioNaming(NioNames names, NioAttributes attributes, NioUnsynced unsynced) {
    this.names = names;
    this.attributes = attributes;
    this.unsynced = unsynced;
  }

  /**
   * Gives a staged file a name that is free.
   *
   * @param keep whether its present name was published too, and stays
   * @return the file under its new name
   */
  Path publish(Path staged, boolean keep, byte[] target) throws IOException {
    Path file = names.resolve(target);
    lock.lock();
    try {
      requireFree(file, target);
      linkOrMove(staged, keep, file);
    } finally {
      lock.unlock();
    }
    unsynced.namesChanged(file);
    return file;
  }

  /** A hard link never replaces anything; a rename may, but not every system has links. */
  private static void linkOrMove(Path staged, boolean keep, Path file) throws IOException {
    try {
      Files.createLink(file, staged);
    } catch (UnsupportedOperationException noLinks) {
      moveUnlessKept(
          staged, keep, file, new FileSystemException(file.toString(), null, "no links"));
      return;
    } catch (FileSystemException e) {
      // FAT and some network file systems answer "not permitted" or "not supported".
      if (e.getClass() != FileSystemException.class) {
        throw e;
      }
      moveUnlessKept(staged, keep, file, e);
      return;
    }
    if (!keep) {
      Files.delete(staged);
    }
  }

  private static void moveUnlessKept(
      Path staged, boolean keep, Path file, FileSystemException linkFailure) throws IOException {
    if (keep) {
      throw linkFailure;
    }
    try {
      Files.move(staged, file, ATOMIC_MOVE);
    } catch (IOException e) {
      e.addSuppressed(linkFailure);
      throw e;
    }
  }

  void rename(byte[] from, byte[] to) throws IOException {
    Path source = names.notRoot(from);
    Path target = names.notRoot(to);
    lock.lock();
    try {
      Kind kind = kind(source);
      requireFree(target, to);
      requireApart(from, to);
      Files.move(source, target, ATOMIC_MOVE);
      unsynced.moved(source, target, kind == Kind.DIRECTORY);
    } finally {
      lock.unlock();
    }
    unsynced.namesChanged(source);
    unsynced.namesChanged(target);
  }

  void exchange(byte[] one, byte[] other) throws IOException {
    Path first = names.notRoot(one);
    Path second = names.notRoot(other);
    lock.lock();
    try {
      Kind firstKind = kind(first);
      Kind secondKind = kind(second);
      if (first.equals(second)) {
        return;
      }
      requireApart(one, other);
      requireApart(other, one);
      Path aside = first.resolveSibling(".exchange-" + UUID.randomUUID());
      swap(first, second, aside);
      unsynced.moved(first, aside, firstKind == Kind.DIRECTORY);
      unsynced.moved(second, first, secondKind == Kind.DIRECTORY);
      unsynced.moved(aside, second, firstKind == Kind.DIRECTORY);
    } finally {
      lock.unlock();
    }
    unsynced.namesChanged(first);
    unsynced.namesChanged(second);
  }

  private static void swap(Path first, Path second, Path aside) throws IOException {
    Files.move(first, aside, ATOMIC_MOVE);
    Path back = first;
    try {
      Files.move(second, first, ATOMIC_MOVE);
      back = second;
    } finally {
      Files.move(aside, back, ATOMIC_MOVE);
    }
  }

  private Kind kind(Path file) throws IOException {
    return attributes.read(file, NOFOLLOW_LINKS).kind();
  }

  /** Not Files.exists, which takes an I/O error for an answer. */
  private void requireFree(Path file, byte[] path) throws IOException {
    try {
      attributes.read(file, NOFOLLOW_LINKS);
    } catch (NoSuchFileException free) {
      return;
    }
    throw new FileAlreadyExistsException(PlainPath.text(path));
  }

  private static void requireApart(byte[] from, byte[] to) throws IOException {
    if (PlainPath.isBelow(to, from)) {
      throw new FileSystemException(
          PlainPath.text(from), PlainPath.text(to), "a directory cannot go below itself");
    }
  }
}
