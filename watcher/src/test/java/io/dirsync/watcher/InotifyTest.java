package io.dirsync.watcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.fs.PosixDirectory;
import io.dirsync.fs.PosixVolume;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InotifyTest {
  private static final int FILES = 5_000;

  /** Seen as a moved directory of which nothing came: one event in some thousands was lost. */
  @Test
  void noEventIsLostWhileItsDirectoryIsWatchedAgain(@TempDir Path root) throws Exception {
    Set<String> seen = new HashSet<>();
    try (PosixVolume volume = PosixVolume.at(root);
        PosixDirectory directory = volume.openDirectory(new byte[0]);
        Inotify inotify = new Inotify()) {
      int watch = inotify.add(directory);
      Thread user = Thread.ofPlatform().start(() -> makeFiles(root));
      boolean more = true;
      while (more) {
        more = user.isAlive();
        for (int i = 0; i < 20; i++) {
          assertThat(inotify.add(directory)).isEqualTo(watch);
        }
        more |= take(inotify, seen);
      }
      user.join();
    }
    assertThat(seen).hasSize(FILES);
  }

  private static boolean take(Inotify inotify, Set<String> seen) throws IOException {
    if (!inotify.await(0).events()) {
      return false;
    }
    for (Inotify.Event event : inotify.read()) {
      if (event.is(Inotify.CREATE)) {
        seen.add(new String(event.name(), StandardCharsets.US_ASCII));
      }
    }
    return true;
  }

  private static void makeFiles(Path root) {
    try {
      for (int i = 0; i < FILES; i++) {
        Files.createFile(root.resolve("file" + i));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
