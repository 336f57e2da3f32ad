package io.dirsync.engine.store;

import io.dirsync.fs.FileStatus;

/**
 * What tells that a file on disk is still the one that was looked at.
 *
 * @param sizeBytes length
 * @param racy the file was looked at so soon after its last change that a further change might not
 *     show here
 */
public record Fingerprint(
    long inode, long sizeBytes, long mtimeNanos, long ctimeNanos, boolean racy) {
  /** The one of a file that was looked at. */
  public static Fingerprint of(FileStatus status, boolean racy) {
    return new Fingerprint(
        status.inode(), status.sizeBytes(), status.mtimeNanos(), status.ctimeNanos(), racy);
  }

  /** The same of a file that has to be looked at again. */
  public Fingerprint asRacy() {
    return new Fingerprint(inode, sizeBytes, mtimeNanos, ctimeNanos, true);
  }

  /** Whether nothing that this records differs from the status. */
  public boolean matches(FileStatus status) {
    return inode == status.inode()
        && sizeBytes == status.sizeBytes()
        && mtimeNanos == status.mtimeNanos()
        && ctimeNanos == status.ctimeNanos();
  }

  /** Whether it is the same file with the same content, whatever was renamed or chmodded since. */
  public boolean sameContent(FileStatus status) {
    return inode == status.inode()
        && sizeBytes == status.sizeBytes()
        && mtimeNanos == status.mtimeNanos();
  }
}
