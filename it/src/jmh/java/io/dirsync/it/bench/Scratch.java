package io.dirsync.it.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** A directory for the files of one trial, below the build's; it is gone afterwards. */
public final class Scratch {
  private Scratch() {}

  public static Path make() throws IOException {
    Path target = Path.of(System.getProperty("dirsync.bench", "target"));
    return Files.createTempDirectory(Files.createDirectories(target), "jmh").toAbsolutePath();
  }

  public static void remove(Path directory) throws IOException {
    try (Stream<Path> below = Files.walk(directory)) {
      for (Path path : below.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
