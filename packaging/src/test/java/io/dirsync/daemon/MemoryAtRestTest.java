package io.dirsync.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.engine.Lane;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class MemoryAtRestTest implements Lane {
  private static final long MIB = 1L << 20;

  private long used = 40 * MIB;
  private int collections;
  private int trims;
  private Runnable look = () -> {};

  MemoryAtRestTest() {
    new MemoryAtRest(
            () -> used,
            () -> {
              collections++;
              used = 20 * MIB;
            },
            () -> trims++,
            this)
        .start();
  }

  @Override
  public void execute(Runnable task) {
    task.run();
  }

  @Override
  public void after(Duration delay, Runnable task) {
    look = task;
  }

  @Override
  public void close() {}

  private void lookAfter(long allocatedBytes) {
    used += allocatedBytes;
    look.run();
  }

  @Test
  void collectsOnceWhenTheNodeHasComeToRest() {
    lookAfter(0);
    assertThat(collections).isZero();
    lookAfter(MIB / 8);
    assertThat(collections).isEqualTo(1);
    for (int i = 0; i < 60; i++) {
      lookAfter(MIB / 8);
    }
    assertThat(collections).isEqualTo(1);
  }

  @Test
  void leavesTheHeapAloneWhileTheNodeWorks() {
    for (int i = 0; i < 10; i++) {
      lookAfter(20 * MIB);
      // A small collection, as the node works.
      lookAfter(-15 * MIB);
    }
    assertThat(collections).isZero();
  }

  @Test
  void collectsAgainAfterMoreWork() {
    lookAfter(0);
    lookAfter(0);
    lookAfter(9 * MIB);
    assertThat(collections).isEqualTo(1);
    lookAfter(0);
    assertThat(collections).isEqualTo(2);
  }

  @Test
  void givesBackWhatWasFreedWhileTheNodeWorksAndOnceAfterTheCollection() {
    lookAfter(5 * MIB);
    lookAfter(5 * MIB);
    assertThat(trims).isEqualTo(1);
    lookAfter(0);
    assertThat(collections).isEqualTo(1);
    for (int i = 0; i < 60; i++) {
      lookAfter(MIB / 8);
    }
    assertThat(trims).isEqualTo(3);
  }
}
