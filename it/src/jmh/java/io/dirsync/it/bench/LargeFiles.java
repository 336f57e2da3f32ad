package io.dirsync.it.bench;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Two files of random bytes that have nothing in common; in the page cache. */
@State(Scope.Benchmark)
public class LargeFiles {
  /** What is read at once, as the scanner does. */
  private static final int READ_BYTES = 128 << 10;

  @Param("64")
  public int mebibytes;

  private Path directory = Path.of("");

  /** Takes the bytes of a file as they come by. */
  public interface Taker {
    void take(byte[] bytes, int from, int count);
  }

  @Setup(Level.Trial)
  public void write() throws IOException {
    directory = Scratch.make();
    write(content(), 1);
    write(basis(), 2);
  }

  @TearDown(Level.Trial)
  public void remove() throws IOException {
    Scratch.remove(directory);
  }

  public Path directory() {
    return directory;
  }

  public Path content() {
    return directory.resolve("content");
  }

  public Path basis() {
    return directory.resolve("basis");
  }

  public long length() {
    return (long) mebibytes << 20;
  }

  /** Reads a file from its beginning to its end. */
  public static void read(Path file, Taker taker) throws IOException {
    byte[] bytes = new byte[READ_BYTES];
    try (FileChannel channel = FileChannel.open(file)) {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      int count;
      while ((count = channel.read(buffer.clear())) > 0) {
        taker.take(bytes, 0, count);
      }
    }
  }

  private void write(Path file, long seed) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    byte[] block = new byte[1 << 20];
    try (OutputStream out = Files.newOutputStream(file)) {
      for (int i = 0; i < mebibytes; i++) {
        random.nextBytes(block);
        out.write(block);
      }
    }
  }
}
