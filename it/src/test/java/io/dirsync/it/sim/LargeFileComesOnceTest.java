package io.dirsync.it.sim;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.engine.TransferBounds;
import io.dirsync.fs.MemoryVolume.Operation;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What has come from a peer and does not get its name does not come again when it may. */
final class LargeFileComesOnceTest {
  /** Long enough for anything that is going on to end. */
  private static final Duration WHILE = Duration.ofMinutes(1);

  private static final byte[] LARGE = "large".getBytes(UTF_8);
  private static final String CONTENT = content("l");

  private final Scheduler scheduler = new Scheduler(1, new Trace(false));
  private final Network network = new Network(scheduler, new Trace(false));
  private final SimNode here = new SimNode("n0", scheduler, network, "n1");
  private final AtomicInteger writes = new AtomicInteger();
  private final SimNode there =
      new SimNode(
          "n1",
          scheduler,
          network,
          (_, operation, _) -> {
            if (operation == Operation.WRITE) {
              writes.incrementAndGet();
            }
          },
          "n0");

  private static String content(String of) {
    return of.repeat((int) TransferBounds.USUAL.resumeBytesMin());
  }

  private void start() throws IOException {
    here.start();
    there.start();
    scheduler.pass(WHILE);
  }

  /** How many writes it takes when nothing is in the way. */
  private int writesOfOneCopy() throws IOException {
    writes.set(0);
    here.write("another", content("a"));
    scheduler.pass(WHILE);
    assertThat(there.tree()).containsKey("another");
    return writes.getAndSet(0);
  }

  private void assertThatItCameOnce(int once) throws IOException {
    assertThat(there.tree()).isEqualTo(here.tree()).hasSize(2);
    assertThat(new String(there.user().read(LARGE), UTF_8)).isEqualTo(CONTENT);
    assertThat(writes).hasValue(once);
  }

  @ParameterizedTest
  @EnumSource(
      value = Operation.class,
      names = {"LINK", "EXCHANGE"})
  void aFileThatMayNotGetItsNameComesOnce(Operation forbidden) throws IOException {
    start();
    int once = writesOfOneCopy();
    if (forbidden == Operation.EXCHANGE) {
      here.write("large", "before");
      scheduler.pass(WHILE);
      writes.set(0);
    }
    there.breakDisk(
        (operation, path) -> {
          String name = new String(path, UTF_8);
          if (operation == forbidden && (name.equals("large") || forbidden != Operation.LINK)) {
            throw new AccessDeniedException(name);
          }
        });
    here.write("large", CONTENT);
    scheduler.pass(Duration.ofMinutes(10));
    assertThat(there.folder().problems()).isNotEmpty();
    assertThat(writes).as("while it may not").hasValue(once);

    there.breakDisk((_, _) -> {});
    scheduler.pass(WHILE);
    assertThatItCameOnce(once);
  }

  @Test
  void aFileComesOnceThoughSomebodyHasTouchedTheOneThatItReplaces() throws IOException {
    start();
    int once = writesOfOneCopy();
    here.write("large", "before");
    scheduler.pass(WHILE);
    writes.set(0);
    // As a second name does, or a flag, and nobody tells.
    there.user().setMode(LARGE, 0644);
    here.write("large", CONTENT);
    scheduler.pass(WHILE);
    assertThatItCameOnce(once);
  }

  @Test
  void aFileComesOnceThoughTheOneThatItReplacesIsOpenForWriting() throws IOException {
    start();
    int once = writesOfOneCopy();
    here.write("large", "before");
    scheduler.pass(WHILE);
    writes.set(0);
    try (Closeable _ = there.user().holdOpen(LARGE)) {
      here.write("large", CONTENT);
      scheduler.pass(Duration.ofSeconds(20));
      assertThat(new String(there.user().read(LARGE), UTF_8)).isEqualTo("before");
    }
    scheduler.pass(WHILE);
    assertThatItCameOnce(once);
  }

  @Test
  void aFileThatSomebodyWritesAtTheLastMomentBecomesAConflictAndBothCameOnce() throws IOException {
    start();
    int once = writesOfOneCopy();
    here.write("large", "before");
    scheduler.pass(WHILE);
    writes.set(0);
    here.write("large", CONTENT);
    // Nobody tells of it before the exchange.
    there.user().write(LARGE, "meanwhile".getBytes(UTF_8));
    scheduler.pass(Duration.ofMinutes(3));
    assertThat(there.tree()).isEqualTo(here.tree()).hasSize(2);
    assertThat(there.folder().conflicts()).isEqualTo(1);
    assertThat(writes).hasValueLessThanOrEqualTo(once + 2);
  }
}
