package io.dirsync.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A receiver on a file system whose files can share blocks: made in a file, and mounted. */
final class ReflinkIT {
  private static final int FILE_BYTES = 64 << 20;
  private static final int PAGE_BYTES = 4096;
  private static final int PAGES = FILE_BYTES / PAGE_BYTES / 100;

  /** What the file system writes down about so many pages that lie apart. */
  private static final int NOTES_BYTES = FILE_BYTES / 100;

  @RegisterExtension final TestCluster cluster = new TestCluster();
  private TestNode a;
  private TestNode b;
  private boolean mounted;

  @BeforeEach
  void makeTwoNodes() throws Exception {
    a = cluster.node("a");
    b = cluster.node("b");
  }

  private void mount(String type) throws Exception {
    String image = cluster.directory().resolve("image").toString();
    String make = "mkfs." + type;
    Program.script(cluster.directory(), "truncate -s 400M image");
    mounted =
        Program.works(make, "-q", image)
            && Program.works("mount", "-o", "loop", image, b.root().toString());
    assumeTrue(mounted, "this account may not mount file systems, or there is no " + make);
  }

  @AfterEach
  void unmount() throws Exception {
    if (mounted) {
      if (b.runs()) {
        b.stop();
      }
      Program.script(cluster.directory(), "umount '" + b.root() + "'");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"xfs", "btrfs"})
  void aChangedFileTakesAsMuchMoreOfTheDiskAsHasChangedThoughItsOldContentIsKept(String type)
      throws Exception {
    mount(type);
    TestCluster.join(a, b);
    Path file = a.root().resolve("big");
    SplittableRandom random = new SplittableRandom(21);
    byte[] content = new byte[FILE_BYTES];
    random.nextBytes(content);
    Files.write(file, content);
    TestCluster.start(a, b);
    TestCluster.converge(a, b);

    long before = used();
    try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
      byte[] page = new byte[PAGE_BYTES];
      for (int i = 0; i < PAGES; i++) {
        random.nextBytes(page);
        open.seek((i * 100L + random.nextInt(100)) * PAGE_BYTES);
        open.write(page);
      }
    }
    TestCluster.converge(a, b);
    long more = used() - before;
    System.out.printf("%s: %,d bytes changed, %,d more used%n", type, PAGES * PAGE_BYTES, more);
    assertThat(more).isBetween((long) PAGES * PAGE_BYTES, (long) PAGES * PAGE_BYTES + NOTES_BYTES);
    assertThat(Program.script(b.root(), "ls -R .dirsync/trash").out()).contains("big");
  }

  /** Bytes in use on the mounted file system. */
  private long used() throws IOException, InterruptedException {
    String told = Program.script(b.root(), "sync -f . && df --output=used -B1 . | tail -n 1").out();
    return Long.parseLong(told.trim());
  }
}
