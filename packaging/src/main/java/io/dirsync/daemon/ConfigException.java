package io.dirsync.daemon;

import java.nio.file.Path;

/** A configuration that cannot be used: where, what, and what to do. */
public final class ConfigException extends Exception {
  private static final long serialVersionUID = 1;

  public ConfigException(String message) {
    super(message);
  }

  /**
   * @param line counted from 1, likewise the column
   */
  ConfigException(Path file, int line, int column, String message) {
    super(file + ":" + line + ":" + column + ": " + message);
  }
}
