package io.dirsync.watcher;

import static org.awaitility.Awaitility.await;

import io.dirsync.fs.PosixVolume;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class InotifyWatcherContractTest extends WatcherContractTest {
  private static final List<String> NAMES = List.of("a", "b", "c");

  @Override
  Watcher watcher(PosixVolume volume) throws IOException {
    return new InotifyWatcher(volume);
  }

  @Override
  void awaitWatched(int directories) {
    await().atMost(PATIENCE).until(() -> watcher.watchedDirectories() == directories);
  }

  /** More with {@code -Ddirsync.watcher.histories=500}. */
  static IntStream seeds() {
    return IntStream.rangeClosed(1, Integer.getInteger("dirsync.watcher.histories", 40));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void whatManyChangesInARowLeaveIsKnownInTheEnd(int seed) throws IOException {
    Random random = new Random(seed);
    begin();
    for (int round = 0; round < 6; round++) {
      for (int i = 0; i < 80; i++) {
        try {
          change(random);
        } catch (IOException e) {
          // The name was taken, or not there: users meet that too.
        }
      }
      awaitEqual();
      awaitEveryDirectoryWatched();
    }
  }

  private void change(Random random) throws IOException {
    Path at = path(random);
    Path other = path(random);
    switch (random.nextInt(11)) {
      case 0, 1, 2 -> Files.createDirectories(at);
      case 3 -> Files.writeString(at, "x".repeat(random.nextInt(100)));
      case 4, 5 -> Files.move(at, other);
      case 6 -> volume.exchange(bytes(root.relativize(at)), bytes(root.relativize(other)));
      case 7 -> deleteAll(at);
      case 8 -> Files.move(at, outside.resolve("o" + random.nextInt(3)));
      case 9 -> Files.move(outside.resolve("o" + random.nextInt(3)), at);
      default -> Files.setPosixFilePermissions(at, PosixFilePermissions.fromString("rwxr-x--x"));
    }
  }

  private Path path(Random random) {
    Path path = root;
    int depth = 1 + random.nextInt(3);
    for (int i = 0; i < depth; i++) {
      path = path.resolve(NAMES.get(random.nextInt(NAMES.size())));
    }
    return path;
  }

  private static void deleteAll(Path top) throws IOException {
    Files.walkFileTree(
        top,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, IOException failure)
              throws IOException {
            Files.delete(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
