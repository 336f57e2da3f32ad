package io.dirsync.cli;

import java.io.IOException;
import java.nio.file.Path;

/** A path on the command line, as the daemon can look it up. */
final class PathArgument {
  private PathArgument() {}

  /**
   * Absolute, through links in the directories above; the path itself, which may be a link or gone,
   * stays as it is.
   */
  static String of(String argument) {
    Path path = Path.of(argument).toAbsolutePath().normalize();
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
}
