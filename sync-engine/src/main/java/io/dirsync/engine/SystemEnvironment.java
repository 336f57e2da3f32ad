package io.dirsync.engine;

import io.dirsync.engine.store.StoreClosedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The machine's own threads and clock. */
public final class SystemEnvironment implements Environment, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SystemEnvironment.class);
  private static final int CLOSE_SECONDS_MAX = 5;
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

  private final ExecutorService workers;
  private final long startedNanos = System.nanoTime();
  private final SecureRandom random = new SecureRandom();

  /**
   * @param workerThreads how many tasks run at a time, one or more
   */
  public SystemEnvironment(int workerThreads) {
    var pool =
        new ThreadPoolExecutor(
            workerThreads,
            workerThreads,
            30,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            Thread.ofPlatform().daemon().name("worker-", 1).factory());
    pool.allowCoreThreadTimeOut(true);
    this.workers = pool;
  }

  @Override
  public Lane lane(String name) {
    return new ThreadLane(name);
  }

  @Override
  public Executor workers() {
    return task -> {
      try {
        workers.execute(logged(task));
      } catch (RejectedExecutionException closed) {
        LOG.debug("a task came after closing");
      }
    };
  }

  @Override
  public Optional<String> boot() {
    try {
      return Optional.of(Files.readString(BOOT_ID).strip());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  @Override
  public InstantSource clock() {
    return InstantSource.system();
  }

  @Override
  public long elapsedNanos() {
    return System.nanoTime() - startedNanos + 1;
  }

  @Override
  public RandomGenerator random() {
    return random;
  }

  @Override
  public void close() {
    workers.shutdownNow();
    awaitEnd(workers);
  }

  private static void awaitEnd(ExecutorService service) {
    try {
      if (!service.awaitTermination(CLOSE_SECONDS_MAX, TimeUnit.SECONDS)) {
        LOG.warn("a task is still running after {} s; leaving it", CLOSE_SECONDS_MAX);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A task that fails by a programming error says so in the log instead of vanishing. */
  private static Runnable logged(Runnable task) {
    return () -> {
      try {
        task.run();
      } catch (StoreClosedException e) {
        LOG.debug("a task ended because its folder was closed", e);
      } catch (RuntimeException | Error e) {
        LOG.error("a task failed; this is a defect", e);
        throw e;
      }
    };
  }

  private static final class ThreadLane implements Lane {
    private final ScheduledThreadPoolExecutor thread;

    ThreadLane(String name) {
      thread =
          new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().daemon().name(name).factory());
      thread.setRemoveOnCancelPolicy(true);
      thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    @Override
    public void execute(Runnable task) {
      submit(() -> thread.execute(logged(task)));
    }

    @Override
    public void after(Duration delay, Runnable task) {
      submit(
          () -> {
            var unused = thread.schedule(logged(task), delay.toNanos(), TimeUnit.NANOSECONDS);
          });
    }

    private static void submit(Runnable submission) {
      try {
        submission.run();
      } catch (RejectedExecutionException closed) {
        LOG.debug("a task came after its lane was closed");
      }
    }

    @Override
    public void close() {
      thread.shutdownNow();
      awaitEnd(thread);
    }
  }
}
