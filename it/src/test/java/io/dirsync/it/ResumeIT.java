package io.dirsync.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A big file whose transfer is cut by the end of either daemon. */
final class ResumeIT {
  private static final int FILE_BYTES = 48 << 20;
  private static final int HALF_BYTES = FILE_BYTES / 2;
  private static final int PAGE_BYTES = 4096;

  @RegisterExtension final TestCluster cluster = new TestCluster();

  @Test
  void aTransferGoesOnWhereItWasWhenTheReceiverOrTheSenderWasKilled() throws Exception {
    cutTwice(FILE_BYTES, "8MiB/s");
  }

  @Tag("soak")
  @Test
  void aTransferOf4GigabytesGoesOnWhereItWasWhenTheReceiverOrTheSenderWasKilled() throws Exception {
    cutTwice(4L << 30, "150MiB/s");
  }

  /**
   * @param upload slow enough for the transfer to be cut in the middle
   */
  private void cutTwice(long fileBytes, String upload) throws Exception {
    TestNode a = cluster.node("a");
    TestNode b = cluster.node("b");
    TestCluster.join(a, b);
    limit(a, upload);
    TestCluster.start(a, b);
    TestCluster.awaitConnected(a, b);
    Path outside = cluster.directory("aside").resolve("big");
    write(outside, fileBytes);
    Files.move(outside, a.root().resolve("big"));

    awaitPart(b, fileBytes / 4);
    b.kill();
    assertThat(b.root().resolve("big")).doesNotExist();
    long before = partBytes(b);
    b.start();
    awaitPart(b, Math.max(fileBytes / 2, before + 1));
    a.kill();
    limit(a, "0");
    long then = partBytes(b);
    a.start();
    TestCluster.converge(a, b);

    assertThat(Files.mismatch(a.root().resolve("big"), b.root().resolve("big"))).isEqualTo(-1);
    // What the sender has sent since it was started again; TLS and frames take some.
    assertThat(a.peer().get("sentBytes").getAsLong())
        .isLessThan(fileBytes - then + (4 << 20) + fileBytes / 200)
        .isGreaterThan(0);
    assertThat(parts(b)).isEmpty();
  }

  private static void write(Path file, long sizeBytes) throws IOException {
    SplittableRandom random = new SplittableRandom(9);
    byte[] block = new byte[1 << 20];
    try (OutputStream out = Files.newOutputStream(file)) {
      for (long written = 0; written < sizeBytes; written += block.length) {
        random.nextBytes(block);
        out.write(block);
      }
    }
  }

  @Test
  void aDeltaGoesOnWhereItWasWhenTheReceiverWasKilled() throws Exception {
    TestNode a = cluster.node("a");
    TestNode b = cluster.node("b");
    TestCluster.join(a, b);
    byte[] content = new byte[FILE_BYTES];
    new SplittableRandom(9).nextBytes(content);
    Files.write(a.root().resolve("big"), content);
    TestCluster.start(a, b);
    TestCluster.converge(a, b);
    a.stop();
    limit(a, "8MiB/s");
    a.start();
    TestCluster.converge(a, b);

    SplittableRandom random = new SplittableRandom(10);
    byte[] page = new byte[PAGE_BYTES];
    for (int at = 0; at < FILE_BYTES; at += 2 * PAGE_BYTES) {
      random.nextBytes(page);
      System.arraycopy(page, 0, content, at, PAGE_BYTES);
    }
    Path outside = cluster.directory("aside").resolve("big");
    Files.write(outside, content);
    Files.move(outside, a.root().resolve("big"), StandardCopyOption.ATOMIC_MOVE);
    awaitPart(b, HALF_BYTES);
    b.kill();
    long before = a.peer().get("sentBytes").getAsLong();
    b.start();
    TestCluster.converge(a, b);

    assertThat(b.root().resolve("big")).hasSameBinaryContentAs(a.root().resolve("big"));
    // Half of what has changed, which is half of the file; and little besides.
    assertThat(a.peer().get("sentBytes").getAsLong() - before)
        .isLessThan(FILE_BYTES / 4 + (2 << 20))
        .isGreaterThan(0);
    assertThat(parts(b)).isEmpty();
  }

  private static void limit(TestNode node, String upload) throws IOException {
    String text = Files.readString(node.config());
    Files.writeString(
        node.config(),
        "[limits]\nupload = \""
            + upload
            + "\"\n\n"
            + text.replaceAll("(?s)\\[limits\\].*?\n\n", ""));
  }

  private static void awaitPart(TestNode node, long bytes) {
    await()
        .atMost(Duration.ofMinutes(2))
        .pollInterval(Duration.ofMillis(20))
        .until(() -> partBytes(node) >= bytes);
  }

  private static long partBytes(TestNode node) throws IOException {
    long sum = 0;
    for (Path part : parts(node)) {
      sum += Files.size(part);
    }
    return sum;
  }

  private static java.util.List<Path> parts(TestNode node) throws IOException {
    Path staging = node.root().resolve(".dirsync/staging");
    if (!Files.isDirectory(staging)) {
      return java.util.List.of();
    }
    try (Stream<Path> files = Files.list(staging)) {
      return files.filter(file -> file.getFileName().toString().startsWith("part-")).toList();
    }
  }
}
