package io.dirsync.cli;

/** What scripts read; documented in docs/commands.md. */
final class ExitCode {
  static final int DONE = 0;
  static final int FAILED = 1;
  static final int USAGE = 2;
  static final int NOT_REACHABLE = 3;
  static final int PEER_UNREACHABLE = 6;
  static final int CONFIGURATION = 7;
  static final int TIMED_OUT = 8;
  static final int HELD = 9;
  static final int INTERRUPTED = 130;

  private ExitCode() {}
}
