package io.dirsync.fs;

import java.nio.file.FileSystemException;

/** The file system, or this account's quota on it, has no space or inodes left. */
public final class DiskFullException extends FileSystemException {
  private static final long serialVersionUID = 1;

  public DiskFullException(String path, String reason) {
    super(path, null, reason);
  }
}
