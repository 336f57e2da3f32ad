package io.dirsync.it.sim;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.fs.MemoryVolume.Operation;
import io.dirsync.watcher.Hint;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A disk that cannot be read says nothing about what is on it. */
final class BrokenDiskTest {
  /** Long enough for anything that is going on to end. */
  private static final Duration WHILE = Duration.ofMinutes(1);

  private static final int SEEDS = 5;
  private static final List<String> FILES = List.of("a/x", "a/b/y", "c", "d/z");

  /** What fails. */
  enum Broken {
    LISTING(1, Operation.LIST),
    LOOKING(1, Operation.STAT),
    READING(1, Operation.OPEN, Operation.READ, Operation.FILE_STATUS),
    NOW_AND_THEN(3, Operation.LIST, Operation.STAT, Operation.OPEN, Operation.READ);

    private final int oneIn;
    private final long operations;

    Broken(int oneIn, Operation... operations) {
      this.oneIn = oneIn;
      long bits = 0;
      for (Operation each : operations) {
        bits |= 1L << each.ordinal();
      }
      this.operations = bits;
    }

    boolean concerns(Operation operation) {
      return (operations >> operation.ordinal() & 1) != 0;
    }
  }

  @Test
  void moreFilesThanAreWaitedForCannotBeWrittenAndTheRestGoesOn() throws IOException {
    int many = 9_500;
    Scheduler scheduler = new Scheduler(1, new Trace(false));
    Network network = new Network(scheduler, new Trace(false));
    SimNode here = node("n0", "n1", scheduler, network);
    SimNode there = node("n1", "n0", scheduler, network);
    // More than comes unasked: their log and their contents.
    String rest = "x".repeat(4_000);
    for (int i = 0; i < many; i++) {
      here.user().write(("bad" + i).getBytes(UTF_8), (i + rest).getBytes(UTF_8));
    }
    here.start();
    there.start();
    there.breakDisk(
        (operation, path) -> {
          if (operation == Operation.LINK && new String(path, UTF_8).startsWith("bad")) {
            throw new AccessDeniedException("bad");
          }
        });
    scheduler.pass(Duration.ofSeconds(20));
    assertThat(there.tree()).isEmpty();
    here.write("good", "content");
    scheduler.pass(Duration.ofSeconds(20));
    assertThat(there.tree()).containsOnlyKeys("good");
    assertThat(there.folder().problems()).isNotEmpty();

    there.breakDisk((_, _) -> {});
    scheduler.pass(Duration.ofSeconds(40));
    assertThat(there.tree()).isEqualTo(here.tree()).hasSize(many + 1);
  }

  /** What may not be read for a while, and how one hears that it may again. */
  enum Forbidden {
    DIRECTORY_UNTIL_ITS_MODE_CHANGES(Operation.LIST, "d", true),
    DIRECTORY_AND_NOBODY_TELLS(Operation.LIST, "d", false),
    FILE_UNTIL_THE_DIRECTORY_ABOVE_CHANGES(Operation.OPEN, "d/f", true),
    FILE_AND_NOBODY_TELLS(Operation.OPEN, "d/f", false);

    private final Operation operation;
    private final String path;
    private final boolean told;

    Forbidden(Operation operation, String path, boolean told) {
      this.operation = operation;
      this.path = path;
      this.told = told;
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatMayNotBeReadIsToldAndReadWhenItMay(Forbidden forbidden) throws IOException {
    Scheduler scheduler = new Scheduler(1, new Trace(false));
    Network network = new Network(scheduler, new Trace(false));
    SimNode here = node("n0", "n1", scheduler, network);
    SimNode there = node("n1", "n0", scheduler, network);
    here.start();
    there.start();
    scheduler.pass(Duration.ofSeconds(5));
    byte[] directory = "d".getBytes(UTF_8);
    here.breakDisk(
        (operation, path) -> {
          if (operation == forbidden.operation && new String(path, UTF_8).equals(forbidden.path)) {
            throw new AccessDeniedException(forbidden.path);
          }
        });
    here.user().mkdir(directory);
    here.user().write("d/f".getBytes(UTF_8), "content".getBytes(UTF_8));
    here.tell(new Hint.Rescan(directory));
    // As when its mode is what keeps one out.
    here.tell(new Hint.Touched(directory));
    scheduler.pass(Duration.ofSeconds(10));
    assertThat(here.folder().problems())
        .anyMatch(problem -> problem.contains("cannot read " + forbidden.path + ":"));
    assertThat(there.tree()).doesNotContainKey("d/f");

    here.breakDisk((_, _) -> {});
    if (forbidden.told) {
      here.user().setMode(directory, 0711);
      here.tell(new Hint.Touched(directory));
      scheduler.pass(Duration.ofSeconds(5));
    } else {
      scheduler.pass(Duration.ofMinutes(2));
    }
    assertThat(there.tree()).containsKey("d/f");
    assertThat(here.folder().problems()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void nothingIsRemovedThatCannotBeRead(Broken broken) throws IOException {
    for (long seed = 1; seed <= SEEDS; seed++) {
      Scheduler scheduler = new Scheduler(seed, new Trace(false));
      Network network = new Network(scheduler, new Trace(false));
      SimNode here = node("n0", "n1", scheduler, network);
      SimNode there = node("n1", "n0", scheduler, network);
      here.start();
      there.start();
      List<Hint> hints = write(here);
      scheduler.pass(WHILE);
      Map<String, String> tree = there.tree();
      assertThat(tree).as("seed %d", seed).containsKeys(FILES.toArray(String[]::new));

      SplittableRandom random = new SplittableRandom(seed);
      here.breakDisk(
          (operation, path) -> {
            if (broken.concerns(operation) && random.nextInt(broken.oneIn) == 0) {
              throw new IOException("input/output error");
            }
          });
      hints.forEach(here::tell);
      here.tell(new Hint.Overflow());
      scheduler.pass(WHILE);
      assertThat(there.tree()).as("seed %d, while it is broken", seed).isEqualTo(tree);

      here.breakDisk((_, _) -> {});
      hints.forEach(here::tell);
      here.tell(new Hint.Overflow());
      scheduler.pass(WHILE);
      assertThat(there.tree()).as("seed %d, once it is mended", seed).isEqualTo(tree);
      assertThat(here.tree()).as("seed %d, once it is mended", seed).isEqualTo(tree);
      assertThat(here.idle()).as("seed %d: %s", seed, here.status()).isTrue();
    }
  }

  private static SimNode node(String name, String peer, Scheduler scheduler, Network network) {
    return new SimNode(name, scheduler, network, peer);
  }

  private static List<Hint> write(SimNode node) throws IOException {
    for (String directory : List.of("a", "a/b", "d")) {
      node.user().mkdir(directory.getBytes(UTF_8));
    }
    List<Hint> hints = new ArrayList<>();
    for (String file : FILES) {
      node.user().write(file.getBytes(UTF_8), ("content of " + file).getBytes(UTF_8));
      hints.add(new Hint.Closed(file.getBytes(UTF_8)));
    }
    for (String directory : List.of("a", "a/b", "d")) {
      hints.add(new Hint.Rescan(directory.getBytes(UTF_8)));
    }
    hints.forEach(node::tell);
    return hints;
  }
}
