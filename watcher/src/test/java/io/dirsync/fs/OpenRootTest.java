package io.dirsync.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class OpenRootTest {
  @TempDir private Path directory = Path.of("");

  @Test
  void aRootThatIsClosedWhileItIsUsedStaysOpenUntilThen() throws Exception {
    OpenRoot root = open();
    int number =
        root.use(
            descriptor -> {
              root.close();
              root.close();
              assertThatThrownBy(root::hold).isInstanceOf(ClosedChannelException.class);
              assertThat(isOpen(descriptor)).isTrue();
              return descriptor;
            });
    assertThat(isOpen(number)).isFalse();
  }

  @Test
  void nobodyGetsTheNumberOfAClosedRootNorClosesItTwice() throws Exception {
    OpenRoot root = open();
    root.close();
    // The system gives the lowest number that is free: the one that the root had.
    int next = descriptor();

    assertThatThrownBy(root::hold).isInstanceOf(ClosedChannelException.class);
    root.close();
    assertThat(isOpen(next)).isTrue();
    Native.close(next);
  }

  @Test
  void aVolumeThatIsClosedAmongItsReadersSaysThatItIsClosedAndNothingElse() throws Exception {
    Files.writeString(directory.resolve("file"), "text");
    byte[] file = "file".getBytes(StandardCharsets.UTF_8);
    try (ExecutorService readers = Executors.newFixedThreadPool(2)) {
      for (int round = 0; round < 200; round++) {
        PosixVolume volume = PosixVolume.at(directory);
        CountDownLatch started = new CountDownLatch(2);
        Future<?> looking = readers.submit(() -> read(started, () -> volume.stat(file)));
        Future<?> listing =
            readers.submit(() -> read(started, () -> volume.list(new byte[0], _ -> {})));
        started.await();
        volume.close();
        looking.get();
        listing.get();
      }
    }
  }

  private interface Reading {
    void read() throws IOException;
  }

  private static Void read(CountDownLatch started, Reading reading) throws IOException {
    try {
      while (true) {
        reading.read();
        started.countDown();
      }
    } catch (ClosedChannelException expected) {
      return null;
    }
  }

  private OpenRoot open() {
    return new OpenRoot(descriptor());
  }

  private int descriptor() {
    byte[] path = directory.toString().getBytes(StandardCharsets.UTF_8);
    return Native.openat2(Constants.AT_FDCWD, path, PosixVolume.LISTABLE, 0, 0);
  }

  private static boolean isOpen(int descriptor) {
    return Files.exists(Path.of("/proc/self/fd/" + descriptor), LinkOption.NOFOLLOW_LINKS);
  }
}
