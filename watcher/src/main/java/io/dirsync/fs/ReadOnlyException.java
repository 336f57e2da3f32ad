package io.dirsync.fs;

import java.nio.file.FileSystemException;

/** The file system is mounted read-only. */
public final class ReadOnlyException extends FileSystemException {
  private static final long serialVersionUID = 1;

  public ReadOnlyException(String path, String reason) {
    super(path, null, reason);
  }
}
