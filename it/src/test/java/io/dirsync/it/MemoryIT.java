package io.dirsync.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The memory and the open files that daemons hold, at their most, as the kernel counts them. */
final class MemoryIT {
  private static final long BYTES_MAX = 350L << 20;
  private static final long OPEN_FILES_MAX = 2048;
  private static final int PER_DIRECTORY = 500;
  private static final Duration SHOWN_MAX = Duration.ofMinutes(15);
  private static final Duration LOOK = Duration.ofSeconds(1);

  @RegisterExtension final TestCluster cluster = new TestCluster();
  private TestNode a;
  private TestNode b;

  @BeforeEach
  void makeTwoNodes() throws Exception {
    a = cluster.node("a");
    b = cluster.node("b");
    TestCluster.join(a, b);
  }

  @Test
  void aFileOf600MegabytesPassesThroughLittleMemory() throws Exception {
    sendBigFile(600L << 20);
  }

  @Test
  void aTreeOf20000FilesNeedsLittleMemory() throws Exception {
    sendTree(20_000);
  }

  @Tag("soak")
  @Test
  void aFileOf4GigabytesPassesThroughLittleMemory() throws Exception {
    sendBigFile(4L << 30);
  }

  @Tag("soak")
  @Test
  void aTreeOf300000FilesNeedsLittleMemory() throws Exception {
    sendTree(300_000);
  }

  private void sendBigFile(long sizeBytes) throws Exception {
    TestCluster.start(a, b);
    TestCluster.awaitConnected(a, b);
    writeRandom(a.root().resolve("big"), sizeBytes);
    TestCluster.converge(a, b);
    assertLittle();
  }

  private void sendTree(int files) throws Exception {
    SplittableRandom random = new SplittableRandom(files);
    for (int i = 0; i < files; i++) {
      Path directory = a.root().resolve("d" + i / PER_DIRECTORY);
      if (i % PER_DIRECTORY == 0) {
        Files.createDirectories(directory);
      }
      byte[] content = new byte[random.nextInt(2_000)];
      random.nextBytes(content);
      Files.write(directory.resolve("file-" + i), content);
    }
    TestCluster.start(a, b);
    // Seen from the outside: a big tree takes longer than any one command waits.
    await("b to have all files")
        .atMost(SHOWN_MAX)
        .pollInterval(LOOK)
        .until(() -> b.folder().get("files").getAsLong() == files);
    TestCluster.converge(a, b);
    a.dirsync("scan", TestCluster.FOLDER).succeeded();
    b.dirsync("scan", TestCluster.FOLDER).succeeded();
    assertLittle();
    a.stop();
    b.stop();
    TestCluster.start(a, b);
    TestCluster.converge(a, b);
    assertLittle();
  }

  private void assertLittle() throws IOException {
    for (TestNode node : new TestNode[] {a, b}) {
      long peak = node.peakBytes();
      System.out.printf("peak of %s: %d MiB%n", node.name(), peak >> 20);
      assertThat(peak).as("memory of %s at its highest", node.name()).isLessThan(BYTES_MAX);
      assertThat(node.openFilesRoom())
          .as("open files of %s at their most", node.name())
          .isLessThanOrEqualTo(OPEN_FILES_MAX);
    }
  }

  private static void writeRandom(Path file, long sizeBytes) throws IOException {
    SplittableRandom random = new SplittableRandom(sizeBytes);
    byte[] block = new byte[1 << 20];
    try (OutputStream out = Files.newOutputStream(file)) {
      for (long written = 0; written < sizeBytes; written += block.length) {
        random.nextBytes(block);
        out.write(block);
      }
    }
  }
}
