package io.dirsync.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A daemon that is killed while it works, and started again. */
final class CrashIT {
  private static final int FILES = 10_000;
  private static final int DIRECTORIES = 100;
  private static final int DOOMED = 200;

  /** How many files have arrived when the daemon is killed. */
  private static final int KILLED_AT = 3_000;

  @RegisterExtension final TestCluster cluster = new TestCluster();

  private enum Victim {
    SENDER,
    RECEIVER
  }

  @ParameterizedTest
  @EnumSource(Victim.class)
  void aDaemonKilledAmongTenThousandFilesCatchesUpAndNoPartOfAFileIsEverSeen(Victim which)
      throws Exception {
    TestNode a = cluster.node("a");
    TestNode b = cluster.node("b");
    TestCluster.join(a, b);
    TestNode victim = which == Victim.SENDER ? a : b;
    Path aside = cluster.directory("aside");
    Files.createDirectories(a.root().resolve("doomed"));
    for (int i = 0; i < DOOMED; i++) {
      CheckedFiles.write(aside, a.root().resolve("doomed/" + i), CheckedFiles.content(-i, 500));
    }
    TestCluster.start(a, b);
    TestCluster.converge(a, b);

    try (ExecutorService thread = Executors.newSingleThreadExecutor();
        CheckedFiles.Reader reader = new CheckedFiles.Reader(a.root(), b.root())) {
      Future<Map<String, Long>> writer = thread.submit(() -> write(aside, a.root()));
      await("enough files to have arrived")
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofMillis(10))
          .until(() -> CheckedFiles.count(b.root()) > KILLED_AT);
      victim.kill();
      long arrived = CheckedFiles.count(b.root());
      for (int i = 0; i < DOOMED; i++) {
        Files.delete(a.root().resolve("doomed/" + i));
      }
      Map<String, Long> written = writer.get();
      assertThat(arrived).as("it was killed in the middle").isLessThan(FILES);
      victim.start();
      TestCluster.converge(a, b);
      long before = reader.read();
      assertWhole(b.root(), written);

      victim.kill();
      victim.start();
      TestCluster.converge(a, b);
      assertWhole(a.root(), written);
      assertThat(before).as("the reader has read").isGreaterThan(FILES);
      assertThat(reader.torn()).isEmpty();
    }
    assertThat(a.conflicts()).isEmpty();
    assertThat(b.conflicts()).isEmpty();
  }

  private static Map<String, Long> write(Path aside, Path root) throws IOException {
    Map<String, Long> written = new TreeMap<>();
    for (int i = 0; i < FILES; i++) {
      String name = "d" + i % DIRECTORIES + "/f" + i;
      Files.createDirectories(root.resolve(name).getParent());
      CheckedFiles.write(aside, root.resolve(name), content(i));
      written.put(name, (long) i);
    }
    return written;
  }

  private static byte[] content(long number) {
    // Now and then one that is too big to ride along with the news of it.
    return CheckedFiles.content(number, number % 50 == 0 ? 200_000 : (int) (number % 7) * 900);
  }

  private static void assertWhole(Path root, Map<String, Long> written) throws Exception {
    assertThat(TreeSnapshot.of(root).files()).containsExactlyElementsOf(written.keySet());
    for (var file : written.entrySet()) {
      assertThat(Files.readAllBytes(root.resolve(file.getKey())))
          .as(file.getKey())
          .isEqualTo(content(file.getValue()));
    }
  }
}
