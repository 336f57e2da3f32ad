package io.dirsync.cli;

import java.util.List;

/**
 * A command that failed: what, and as far as it helps why, what to do, and what holds meanwhile.
 */
final class CommandException extends Exception {
  private static final long serialVersionUID = 1;

  private final int exitCode;
  private final List<String> hints;

  /**
   * @param hints lines as {@code do: ...} that follow the error
   */
  CommandException(int exitCode, String what, String... hints) {
    super(what);
    this.exitCode = exitCode;
    this.hints = List.of(hints);
  }

  int exitCode() {
    return exitCode;
  }

  List<String> hints() {
    return hints;
  }
}
