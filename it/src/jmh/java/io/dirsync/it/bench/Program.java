package io.dirsync.it.bench;

import java.io.IOException;
import java.util.List;

/** A program that does the same work; a run of it is its start, too. */
public final class Program {
  private final List<String> command;

  private Program(List<String> command) {
    this.command = command;
  }

  /**
   * @param needed the Debian package with the command's first word
   * @throws IOException saying what to install, if it cannot be started
   */
  public static Program of(String needed, List<String> command) throws IOException {
    try {
      new ProcessBuilder(command.getFirst(), "--version")
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start();
    } catch (IOException e) {
      throw new IOException(command.getFirst() + " is not installed: apt-get install " + needed, e);
    }
    return new Program(command);
  }

  /** Runs it to its end, what it prints going nowhere; it must succeed. */
  public void run() throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    int code = process.waitFor();
    if (code != 0) {
      throw new IOException(command + " ended with " + code);
    }
  }
}
