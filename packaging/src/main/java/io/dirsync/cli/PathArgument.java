package io.dirsync.cli;

import io.dirsync.model.EscapedBytes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A path on the command line, as the daemon can look it up. */
final class PathArgument {
  /** What Java makes of bytes that are no UTF-8. */
  private static final char UNREADABLE = '\ufffd';

  private static final Path COMMAND_LINE = Path.of("/proc/self/cmdline");

  private PathArgument() {}

  /**
   * Absolute, through links in the directories above; the path itself, which may be a link or gone,
   * stays as it is.
   */
  static String of(String argument) throws CommandException {
    Path path = Path.of(readable(argument, commandLine())).toAbsolutePath().normalize();
    Path above = path.getParent();
    Path name = path.getFileName();
    if (above == null || name == null) {
      return path.toString();
    }
    try {
      return above.toRealPath().resolve(name).toString();
    } catch (IOException e) {
      // The directory may be gone too.
      return path.toString();
    }
  }

  /**
   * The argument as it is shown, {@code \xNN} for bytes that are no UTF-8: these are lost in what
   * Java hands over, and are looked up in what the process was given.
   *
   * @param commandLine of this process: each argument and a zero byte
   */
  static String readable(String argument, byte[] commandLine) throws CommandException {
    if (argument.indexOf(UNREADABLE) < 0) {
      return argument;
    }
    List<String> found = new ArrayList<>();
    ByteArrayOutputStream one = new ByteArrayOutputStream();
    for (byte b : commandLine) {
      if (b != 0) {
        one.write(b);
        continue;
      }
      if (one.toString(StandardCharsets.UTF_8).equals(argument)) {
        found.add(EscapedBytes.escape(one.toByteArray()));
      }
      one.reset();
    }
    if (found.stream().distinct().count() != 1) {
      throw new CommandException(
          ExitCode.USAGE,
          "the path has bytes that are no UTF-8: write each as \\xNN, as dirsync shows them");
    }
    return found.getFirst();
  }

  private static byte[] commandLine() {
    try {
      return Files.readAllBytes(COMMAND_LINE);
    } catch (IOException e) {
      // There is none on this system.
      return new byte[0];
    }
  }
}
