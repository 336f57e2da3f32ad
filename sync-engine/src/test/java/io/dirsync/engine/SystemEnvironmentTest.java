package io.dirsync.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.RocksFolderStore;
import io.dirsync.model.RelativePath;
import java.nio.file.Path;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SystemEnvironmentTest {
  private static final int SECONDS = 20;

  @Test
  void aTaskThatFindsItsFolderClosedIsNoDefectAndItsThreadGoesOn(@TempDir Path directory)
      throws Exception {
    FolderStore store = RocksFolderStore.open(directory.resolve("store"));
    store.close();
    BlockingQueue<Thread> ran = new ArrayBlockingQueue<>(2);
    try (SystemEnvironment environment = new SystemEnvironment(1)) {
      environment
          .workers()
          .execute(
              () -> {
                ran.add(Thread.currentThread());
                store.record(RelativePath.ROOT);
              });
      environment.workers().execute(() -> ran.add(Thread.currentThread()));
      Thread first = ran.poll(SECONDS, TimeUnit.SECONDS);
      assertThat(ran.poll(SECONDS, TimeUnit.SECONDS)).isNotNull().isSameAs(first);
    }
  }
}
