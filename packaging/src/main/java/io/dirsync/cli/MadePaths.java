package io.dirsync.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.util.ArrayDeque;

/** What a command makes on the disk, and takes away again unless it gets to its end. */
final class MadePaths implements AutoCloseable {
  private final ArrayDeque<Path> made = new ArrayDeque<>();

  /** Makes a directory, and those above it that are missing. */
  void directories(Path directory, FileAttribute<?>... attributes) throws IOException {
    ArrayDeque<Path> missing = new ArrayDeque<>();
    for (Path at = directory.toAbsolutePath();
        at != null && !Files.isDirectory(at);
        at = at.getParent()) {
      missing.push(at);
    }
    for (Path each : missing) {
      Files.createDirectory(each, attributes);
      made.push(each);
    }
  }

  /** Notes a file that is about to be made, unless it is there already. */
  void file(Path file) {
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      made.push(file);
    }
  }

  /** The command got to its end: all stays. */
  void keep() {
    made.clear();
  }

  @Override
  public void close() {
    while (!made.isEmpty()) {
      Path last = made.pop();
      try {
        Files.deleteIfExists(last);
      } catch (IOException e) {
        // Somebody else has put something into it meanwhile, so it is theirs.
      }
    }
  }
}
