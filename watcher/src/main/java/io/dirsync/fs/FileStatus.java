package io.dirsync.fs;

/**
 * What the file system says of one name, links not followed.
 *
 * @param device number of the file system that holds it
 * @param inode identity within the device; a new file may get the number of a removed one
 * @param sizeBytes length of a file, or of a symbolic link's target
 * @param mtimeNanos last change of content, nanoseconds since 1970-01-01T00:00Z
 * @param ctimeNanos last change of content or attributes, likewise
 * @param mode permission bits, 0 to 07777
 * @param allocatedBytes space taken on disk; less than the size of a file with holes
 */
public record FileStatus(
    Kind kind,
    long device,
    long inode,
    long sizeBytes,
    long mtimeNanos,
    long ctimeNanos,
    int mode,
    int uid,
    int gid,
    int links,
    long allocatedBytes) {
  /** What a name stands for. */
  public enum Kind {
    FILE,
    DIRECTORY,
    SYMLINK,
    /** A socket, fifo or device: counted, never carried. */
    OTHER
  }
}
