package io.dirsync.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A big file that changes a little, between two daemons: about what has changed is sent. */
final class DeltaIT {
  private static final int FILE_BYTES = 64 << 20;
  private static final int PAGE_BYTES = 4096;
  private static final int PAGES = FILE_BYTES / PAGE_BYTES / 100;
  private static final long CHANGED_BYTES = (long) PAGES * PAGE_BYTES;

  /** Entries, questions, acknowledgements and pings of a change, and what TLS adds to them. */
  private static final long TALK_BYTES = 64 << 10;

  @RegisterExtension final TestCluster cluster = new TestCluster();
  private final SplittableRandom random = new SplittableRandom(20);
  private TestNode a;
  private TestNode b;

  @BeforeEach
  void makeTwoNodesWithOneBigFile() throws Exception {
    a = cluster.node("a");
    b = cluster.node("b");
    TestCluster.join(a, b);
    Files.write(file(a), bytes(FILE_BYTES));
    TestCluster.start(a, b);
    TestCluster.converge(a, b);
  }

  @Test
  void onePercentOverwrittenIsSentAsJustThat() throws Exception {
    JsonObject before = a.peer();
    overwrite(file(a));
    TestCluster.converge(a, b);
    assertSentJustWhatChanged(before);
    assertThat(since(before, "receivedBytes")).isLessThan(TALK_BYTES);
  }

  @Test
  void whatIsAppendedOrInsertedIsSentAsJustThat() throws Exception {
    JsonObject before = a.peer();
    Files.write(file(a), bytes(PAGES * PAGE_BYTES), StandardOpenOption.APPEND);
    TestCluster.converge(a, b);
    assertSentJustWhatChanged(before);

    byte[] content = Files.readAllBytes(file(a));
    byte[] inserted = bytes(PAGES * PAGE_BYTES);
    before = a.peer();
    Path changed = cluster.directory("aside").resolve("changed");
    Files.write(changed, inserted);
    Files.write(changed, content, StandardOpenOption.APPEND);
    Files.move(changed, file(a), StandardCopyOption.ATOMIC_MOVE);
    TestCluster.converge(a, b);
    assertSentJustWhatChanged(before);
  }

  @Test
  void aNodeThatDoesNotKnowWhatTheFileWasLikeAsksForItsSignature() throws Exception {
    a.stop();
    overwrite(file(a));
    a.start();
    TestCluster.converge(a, b);
    JsonObject peer = a.peer();
    long sent = peer.get("sentBytes").getAsLong();
    assertThat(sent).isBetween(CHANGED_BYTES, CHANGED_BYTES * 115 / 100 + TALK_BYTES);
    // 28 bytes for each 16 KiB.
    assertThat(peer.get("receivedBytes").getAsLong()).isBetween(100_000L, 200_000L);
  }

  @Test
  void aFileThatIsMovedAndEditedAtOnceIsSentAsJustWhatChanged() throws Exception {
    for (String target : new String[] {"renamed", "sub/big"}) {
      Files.createDirectories(a.root().resolve("sub"));
      Path from = target.equals("renamed") ? file(a) : a.root().resolve("renamed");
      TestCluster.converge(a, b);
      JsonObject before = a.peer();
      // Aside, so that no reader meets it half edited.
      Path aside = cluster.directory("aside").resolve("moving");
      Files.move(from, aside);
      overwrite(aside);
      Files.move(aside, a.root().resolve(target));
      TestCluster.converge(a, b);
      assertSentJustWhatChanged(before);
      assertThat(b.root().resolve(target)).hasSameBinaryContentAs(a.root().resolve(target));
      assertThat(from).doesNotExist();
    }
  }

  @Test
  void aFileThatIsRemovedAndWrittenAnewIsMadeOfWhatLiesInTheTrash() throws Exception {
    Path aside = cluster.directory("aside").resolve("copy");
    Files.copy(file(a), aside);
    Files.delete(file(a));
    TestCluster.converge(a, b);
    assertThat(file(b)).doesNotExist();
    JsonObject before = a.peer();
    overwrite(aside);
    Files.move(aside, file(a), StandardCopyOption.ATOMIC_MOVE);
    TestCluster.converge(a, b);
    assertSentJustWhatChanged(before);
    assertThat(file(b)).hasSameBinaryContentAs(file(a));
  }

  private void assertSentJustWhatChanged(JsonObject before) throws Exception {
    assertThat(since(before, "sentBytes"))
        .isBetween(CHANGED_BYTES, CHANGED_BYTES * 115 / 100 + TALK_BYTES);
  }

  private long since(JsonObject before, String what) throws Exception {
    return a.peer().get(what).getAsLong() - before.get(what).getAsLong();
  }

  private static Path file(TestNode node) {
    return node.root().resolve("big");
  }

  private byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  /** Pages here and there, in place. */
  private void overwrite(Path path) throws IOException {
    try (RandomAccessFile open = new RandomAccessFile(path.toFile(), "rw")) {
      for (int i = 0; i < PAGES; i++) {
        open.seek((i * 100L + random.nextInt(100)) * PAGE_BYTES);
        open.write(bytes(PAGE_BYTES));
      }
    }
  }
}
