package io.dirsync.daemon;

import java.nio.file.Path;

/** A configuration that cannot be used: where, what, and what to do. */
public final class ConfigException extends Exception {
  private static final long serialVersionUID = 1;

  private final String problem;

  public ConfigException(String problem) {
    super(problem);
    this.problem = problem;
  }

  /**
   * @param line counted from 1, likewise the column
   */
  ConfigException(Path file, int line, int column, String problem) {
    super(file + ":" + line + ":" + column + ": " + problem);
    this.problem = problem;
  }

  /** What is wrong, without the place; for texts that are in no file. */
  String problem() {
    return problem;
  }
}
