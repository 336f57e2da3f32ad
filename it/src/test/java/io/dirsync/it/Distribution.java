package io.dirsync.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What packaging built, started as its launcher starts it: the same jars and the same JVM options,
 * without building anything.
 */
final class Distribution {
  private static final Path PACKAGING =
      Path.of(System.getProperty("dirsync.packaging", "../packaging")).toAbsolutePath().normalize();

  private Distribution() {}

  /** The directory that the launcher is in. */
  static Path packaging() {
    return PACKAGING;
  }

  /** Where trees, databases and logs of tests go: a disk, not a tmpfs. */
  static Path trees() {
    return Path.of(System.getProperty("dirsync.trees", "target/trees"))
        .toAbsolutePath()
        .normalize();
  }

  /** The command line that runs {@code dirsync} with these arguments. */
  static List<String> command(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options(isNode(arguments) ? "node" : "command"));
    Path natives = PACKAGING.resolve("target/native");
    command.add(
        "-Djava.library.path="
            + natives
            + ":"
            + natives.resolve("META-INF/native")
            + ":"
            + natives.resolve("linux/amd64"));
    command.add("-cp");
    command.add(jar() + ":" + PACKAGING.resolve("target/lib") + "/*");
    command.add("io.dirsync.cli.Main");
    command.addAll(List.of(arguments));
    return command;
  }

  /** What the launcher adds to the environment. */
  static Map<String, String> environment(String... arguments) {
    return Map.of(
        "MALLOC_ARENA_MAX", "2", "DIRSYNC_LOG", arguments[0].equals("sync") ? "WARN" : "INFO");
  }

  private static boolean isNode(String... arguments) {
    return arguments[0].equals("daemon") || arguments[0].equals("sync");
  }

  private static List<String> options(String kind) {
    try (Stream<String> lines = Files.lines(PACKAGING.resolve("jvm-options"))) {
      return lines
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.trim().split("\\s+", 2))
          .filter(words -> words[0].equals("all") || words[0].equals(kind))
          .map(words -> words[1])
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the JVM options of the launcher", e);
    }
  }

  private static Path jar() {
    try (Stream<Path> files = Files.list(PACKAGING.resolve("target"))) {
      return files
          .filter(file -> file.getFileName().toString().matches("dirsync-packaging-.*\\.jar"))
          .findFirst()
          .orElseThrow(() -> new IllegalStateException("packaging is not built: mvn verify"));
    } catch (IOException e) {
      throw new UncheckedIOException("packaging is not built: mvn verify", e);
    }
  }
}
