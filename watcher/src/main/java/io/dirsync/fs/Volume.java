package io.dirsync.fs;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * One folder's root and everything below it. Paths are bytes: components joined by {@code /}, empty
 * for the root itself; a path whose bytes are not a plain relative path (absolute, empty component,
 * {@code .} or {@code ..}, NUL) is refused with {@link IllegalArgumentException}. No call follows a
 * symbolic link in any component, crosses out of the root, or waits for locks of others.
 *
 * <p>Outcomes that callers expect are java.nio's exceptions: {@link
 * java.nio.file.NoSuchFileException} (also when a parent is missing), {@link
 * java.nio.file.FileAlreadyExistsException}, {@link java.nio.file.DirectoryNotEmptyException},
 * {@link java.nio.file.NotDirectoryException} (a component is not a directory), {@link
 * java.nio.file.AccessDeniedException}; {@link DiskFullException} when space or quota is used up
 * and {@link ReadOnlyException} on a read-only file system. Every other failure is a {@link
 * java.nio.file.FileSystemException} that names path and reason. Safe for use by several threads.
 */
public interface Volume extends Closeable {
  /**
   * The root's status now, by the path it was opened with; so a root that was unmounted or replaced
   * shows.
   */
  Optional<FileStatus> currentRoot() throws IOException;

  /** The root's status when it was opened; device and inode are its identity. */
  FileStatus openedRoot();

  /** Whether what stands at the root's path is the directory that was opened. */
  default boolean isRootInPlace() throws IOException {
    FileStatus opened = openedRoot();
    return currentRoot()
        .filter(now -> now.device() == opened.device() && now.inode() == opened.inode())
        .isPresent();
  }

  /** The status of what stands at the path, links not followed; empty if nothing does. */
  Optional<FileStatus> stat(byte[] path) throws IOException;

  /** The same; empty also if a directory on the way is missing or is something else. */
  default Optional<FileStatus> find(byte[] path) throws IOException {
    try {
      return stat(path);
    } catch (NoSuchFileException | NotDirectoryException e) {
      return Optional.empty();
    }
  }

  /** One name in a directory. */
  record Entry(byte[] name, FileStatus status) {}

  /**
   * Gives every entry of a directory, in no order, without {@code .} and {@code ..}. Names that
   * vanish while listing are left out.
   */
  void list(byte[] directory, Consumer<Entry> consumer) throws IOException;

  byte[] readLink(byte[] path) throws IOException;

  /**
   * Opens a regular file for reading, without changing its access time where the system allows
   * that.
   *
   * @throws java.nio.file.FileSystemException if it is no regular file
   */
  ReadableFile open(byte[] path) throws IOException;

  /** An open regular file. Several threads may read at once; nothing else is for two. */
  interface ReadableFile extends Closeable {
    /** The open file's status now. */
    FileStatus status() throws IOException;

    /**
     * Reads at a position; returns fewer bytes than asked for only at the end of the file, and -1
     * if the position is at or beyond it.
     */
    int read(long position, byte[] buffer, int offset, int length) throws IOException;

    /**
     * The first position from here on that holds data; the file's size if only a hole follows.
     * Where the system cannot tell, the position itself.
     */
    long nextData(long position) throws IOException;

    /** The first position from here on that lies in a hole; the file's size if there is none. */
    long nextHole(long position) throws IOException;

    /**
     * Takes a read lease: granted only if no one has the file open for writing, and a writer that
     * opens it meanwhile waits until the lease is given up (by {@link #unlease} or {@link #close}).
     *
     * @return GRANTED, BUSY (someone has it open for writing), or UNSUPPORTED
     */
    Lease lease() throws IOException;

    void unlease() throws IOException;
  }

  /** The answer to {@link ReadableFile#lease}. */
  enum Lease {
    GRANTED,
    BUSY,
    UNSUPPORTED
  }

  /**
   * Starts a new file without a name, or with a private one in the given directory where the file
   * system has no unnamed files. Closing it unpublished discards it.
   *
   * @param directory a directory on the same file system that others do not use
   */
  StagedFile stage(byte[] directory) throws IOException;

  /**
   * Goes on making the file that was {@linkplain StagedFile#suspend suspended} at this path, or
   * left there when the process ended; starts one if there is none. The name that it is given takes
   * the path's place.
   *
   * @param path where others do nothing
   */
  StagedFile stageAt(byte[] path) throws IOException;

  /**
   * A file being made. Several threads may read, write, copy and share at once, at different
   * places; nothing else is for two.
   */
  interface StagedFile extends Closeable {
    void write(long position, byte[] buffer, int offset, int length) throws IOException;

    /** Reads back what was written or copied; as {@link ReadableFile#read}. */
    int read(long position, byte[] buffer, int offset, int length) throws IOException;

    /**
     * Copies bytes of another file of this volume: sharing blocks where the file system can, holes
     * kept as holes where it tells.
     */
    void copyFrom(ReadableFile source, long sourcePosition, long position, long length)
        throws IOException;

    /**
     * Shares blocks of another file of this volume, so that no bytes are written.
     *
     * @return false if the file system cannot do that, or not between these places: nothing was
     *     done then
     */
    boolean share(ReadableFile source, long sourcePosition, long position, long length)
        throws IOException;

    /** Sets the file's length; what was not written is a hole. */
    void truncate(long sizeBytes) throws IOException;

    /** Sets permission bits (0 to 07777). */
    void setMode(int mode) throws IOException;

    void setOwner(int uid, int gid) throws IOException;

    /**
     * Sets the time of last change, to the nanosecond where the file system keeps it. To be called
     * after the last write.
     */
    void setMtime(long mtimeNanos) throws IOException;

    FileStatus status() throws IOException;

    /**
     * Makes content and attributes durable (fdatasync or better). An error means that the data is
     * gone.
     */
    void sync() throws IOException;

    /**
     * Gives the file a name that must not exist yet. The file stays open and owned until closed.
     */
    void link(byte[] path) throws IOException;

    /**
     * Gives a file of {@link #stageAt} that has no other name yet another path, at which nothing
     * may stand, so that a further file may be made at the one before.
     */
    void moveTo(byte[] path) throws IOException;

    /** Whether {@link #suspend} would leave it at its path. */
    boolean isSuspendable();

    /**
     * Closes the file, and leaves it at its path if it is one of {@link #stageAt} that has no other
     * name yet.
     */
    void suspend() throws IOException;
  }

  /** Renames; the target must not exist. */
  void rename(byte[] from, byte[] to) throws IOException;

  /** Swaps what the two names stand for, in one step where the file system can. Both must exist. */
  void exchange(byte[] one, byte[] other) throws IOException;

  void symlink(byte[] target, byte[] path) throws IOException;

  /** Sets a symbolic link's own time of last change. */
  void setLinkMtime(byte[] path, long mtimeNanos) throws IOException;

  /** Makes a directory with exactly these permission bits; the parent must exist. */
  void mkdir(byte[] path, int mode) throws IOException;

  void rmdir(byte[] path) throws IOException;

  /** Removes a name that is no directory. */
  void unlink(byte[] path) throws IOException;

  /** Sets permission bits of a file or directory, not of a link. */
  void setMode(byte[] path, int mode) throws IOException;

  /** Sets owner and group, of a link itself too; -1 leaves one as it is. */
  void setOwner(byte[] path, int uid, int gid) throws IOException;

  void setMtime(byte[] path, long mtimeNanos) throws IOException;

  /** Makes everything on the volume's file system durable: names, content and attributes. */
  void sync() throws IOException;

  /** Bytes that this process may still write, and the file system's size. */
  record Space(long availableBytes, long totalBytes) {}

  Space space() throws IOException;

  /** Whether nothing can be written now because the root is mounted read-only. */
  default boolean isReadOnly() throws IOException {
    return false;
  }

  /** The account's name; the number in decimal if it has none. */
  String ownerName(int uid);

  String groupName(int gid);

  /**
   * The number of an account on this machine; a decimal number stands for itself. Empty if there is
   * none.
   */
  OptionalInt uid(String owner);

  OptionalInt gid(String group);
}
