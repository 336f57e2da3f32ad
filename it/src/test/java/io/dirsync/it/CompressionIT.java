package io.dirsync.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What goes over the wire between two daemons, compared with what is in the files. */
final class CompressionIT {
  private static final int SMALL_FILES = 2000;
  private static final int SMALL_BYTES = 4096;
  private static final int BIG_BYTES = 32 << 20;
  private static final String[] WORDS =
      "replica peer dot signature delta basis snapshot cursor hash leaf path batch".split(" ");

  @RegisterExtension final TestCluster cluster = new TestCluster();
  private final SplittableRandom random = new SplittableRandom(22);
  private TestNode a;
  private TestNode b;

  @BeforeEach
  void makeTwoNodes() throws Exception {
    a = cluster.node("a");
    b = cluster.node("b");
    TestCluster.join(a, b);
  }

  @Test
  void manySmallTextsGoInHalfTheirBytes() throws Exception {
    for (int i = 0; i < SMALL_FILES; i++) {
      write("d" + i % 40 + "/f" + i, text(SMALL_BYTES));
    }
    assertThat(sent()).isLessThan((long) SMALL_FILES * SMALL_BYTES / 2);
  }

  @Test
  void aBigTextGoesInHalfItsBytes() throws Exception {
    write("big", text(BIG_BYTES));
    assertThat(sent()).isLessThan(BIG_BYTES / 2);
  }

  @Test
  void whatDoesNotCompressCostsAHundredthMoreAtMost() throws Exception {
    byte[] bytes = new byte[BIG_BYTES];
    random.nextBytes(bytes);
    write("big", bytes);
    assertThat(sent()).isBetween((long) BIG_BYTES, BIG_BYTES + BIG_BYTES / 100L);
  }

  /** Has one node send all that it has to the other; returns the bytes on the wire. */
  private long sent() throws Exception {
    TestCluster.start(a, b);
    TestCluster.converge(a, b);
    long sent = a.peer().get("sentBytes").getAsLong();
    assertThat(b.peer().get("receivedBytes").getAsLong())
        .as("what one counts as sent, the other as received, but for the last pings")
        .isBetween(sent * 9 / 10, sent * 11 / 10);
    return sent;
  }

  private void write(String name, byte[] content) throws IOException {
    Path file = a.root().resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, content);
  }

  private byte[] text(int length) {
    StringBuilder text = new StringBuilder(length + 32);
    while (text.length() < length) {
      text.append(WORDS[random.nextInt(WORDS.length)]).append(' ').append(random.nextInt(1000));
    }
    return Arrays.copyOf(text.toString().getBytes(StandardCharsets.US_ASCII), length);
  }
}
