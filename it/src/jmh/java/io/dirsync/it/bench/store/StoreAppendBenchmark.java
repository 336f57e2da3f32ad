package io.dirsync.it.bench.store;

import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.FolderStore.Durability;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.engine.store.RocksFolderStore;
import io.dirsync.it.bench.Scratch;
import io.dirsync.model.Attributes;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.Dot;
import io.dirsync.model.Event;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Version;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Appends writes of new files to the change log and commits them. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class StoreAppendBenchmark {
  private static final ReplicaId REPLICA = new ReplicaId("bench", 1);
  private static final Attributes PLAIN = new Attributes(0644, 1_700_000_000_123_456_789L);

  /** Changes in one commit: a lone one, and what a busy folder gathers. */
  @Param({"1", "100"})
  public int batch;

  @Param({"PROCESS", "DISK"})
  public Durability durability;

  private Path directory = Path.of("");
  private FolderStore store;

  @Setup(Level.Trial)
  public void open() throws IOException {
    directory = Scratch.make();
    store = RocksFolderStore.open(directory.resolve("store"));
  }

  @TearDown(Level.Trial)
  public void close() throws IOException {
    store.close();
    Scratch.remove(directory);
  }

  /** Microseconds a commit, whatever its changes. */
  @Benchmark
  public long commit() throws IOException {
    long last = 0;
    try (Transaction transaction = store.begin()) {
      for (int i = 0; i < batch; i++) {
        last = transaction.append(write(transaction.nextDot(REPLICA)), null, 1_700_000_000_000L);
      }
      transaction.commit(durability);
    }
    return last;
  }

  private static Event write(Dot dot) {
    Version version =
        new Version(
            dot,
            RelativePath.of("section/page-" + dot.counter() / 50 + "/item-" + dot.counter()),
            new Content.File(new ContentHash(dot.counter(), 2, 3, 4), 4_000),
            PLAIN,
            dot.counter(),
            List.of(),
            null,
            false);
    return new Event(List.of(version), Set.of(), Set.of());
  }
}
