package io.dirsync.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

final class SharedWorkTest {
  private static final int COUNT = 50;

  @Test
  void eachStretchIsDoneOnce() throws Exception {
    var done = new ConcurrentSkipListSet<Integer>();
    try (var workers = Executors.newFixedThreadPool(2)) {
      assertThat(
              new SharedWork(COUNT, number -> assertThat(done.add(number)).isTrue(), workers).run())
          .isTrue();
    }
    assertThat(done).hasSize(COUNT);
  }

  @Test
  void whoAskedDoesItAloneWhereNobodyHelps() throws Exception {
    var done = new ConcurrentSkipListSet<Integer>();
    Executor nobody = _ -> {};
    assertThat(new SharedWork(COUNT, done::add, nobody).run()).isTrue();
    assertThat(done).hasSize(COUNT);
  }

  @Test
  void nothingIsBegunOnceItIsCut() throws Exception {
    var done = new ConcurrentSkipListSet<Integer>();
    SharedWork[] work = new SharedWork[1];
    work[0] =
        new SharedWork(
            COUNT,
            number -> {
              done.add(number);
              work[0].cut();
            },
            _ -> {});
    assertThat(work[0].run()).isFalse();
    assertThat(done).hasSize(1);
  }

  @Test
  void whatAHelperFailsWithIsThrownToWhoAsked() {
    for (Throwable failure :
        new Throwable[] {
          new IOException("the disk"),
          new IllegalStateException("a fault"),
          new StackOverflowError()
        }) {
      assertThatThrownBy(() -> failInAHelper(failure)).isSameAs(failure);
    }
  }

  private static void failInAHelper(Throwable failure) throws IOException {
    Thread asking = Thread.currentThread();
    CountDownLatch failed = new CountDownLatch(1);
    try (var workers = Executors.newFixedThreadPool(1)) {
      new SharedWork(
              COUNT,
              _ -> {
                if (Thread.currentThread() == asking) {
                  await(failed);
                  return;
                }
                failed.countDown();
                switch (failure) {
                  case IOException e -> throw e;
                  case RuntimeException e -> throw e;
                  case Error e -> throw e;
                  default -> throw new AssertionError(failure);
                }
              },
              workers)
          .run();
    }
  }

  private static void await(CountDownLatch failed) {
    try {
      failed.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
