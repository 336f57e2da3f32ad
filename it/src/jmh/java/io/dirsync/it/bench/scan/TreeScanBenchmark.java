package io.dirsync.it.bench.scan;

import io.dirsync.engine.Lane;
import io.dirsync.engine.Signatures;
import io.dirsync.engine.SystemEnvironment;
import io.dirsync.engine.TransferBounds;
import io.dirsync.engine.scan.IgnoreRules;
import io.dirsync.engine.scan.Observation;
import io.dirsync.engine.scan.Recorder;
import io.dirsync.engine.scan.ScanSink;
import io.dirsync.engine.scan.Scanner;
import io.dirsync.engine.scan.Scanner.WalkResult;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.FolderStore.Durability;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.engine.store.RocksFolderStore;
import io.dirsync.fs.PosixVolume;
import io.dirsync.it.bench.Program;
import io.dirsync.it.bench.Scratch;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
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

/** Compares a tree with what is recorded of it, and finds that nothing has changed. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class TreeScanBenchmark {
  private static final int FILES_A_DIRECTORY = 50;
  private static final int WORKERS = 2;

  /** A directory tree of small files. */
  @State(Scope.Benchmark)
  public static class Tree {
    @Param("20000")
    public int files;

    private Path directory = Path.of("");

    @Setup(Level.Trial)
    public void make() throws IOException {
      directory = Scratch.make();
      for (int i = 0; i < files; i++) {
        Path below = root().resolve("d" + i / FILES_A_DIRECTORY);
        if (i % FILES_A_DIRECTORY == 0) {
          Files.createDirectories(below);
        }
        Files.writeString(below.resolve("file-" + i), "file " + i);
      }
    }

    @TearDown(Level.Trial)
    public void remove() throws IOException {
      Scratch.remove(directory);
    }

    Path root() {
      return directory.resolve("root");
    }

    long entries() {
      return files + (files + FILES_A_DIRECTORY - 1L) / FILES_A_DIRECTORY;
    }
  }

  /** A scanner of the tree whose store has seen all of it. */
  @State(Scope.Benchmark)
  public static class Seen {
    private SystemEnvironment environment;
    private Lane lane;
    private Signatures signatures;
    private PosixVolume volume;
    private FolderStore store;
    private Scanner scanner;

    @Setup(Level.Trial)
    public void look(Tree tree) throws Exception {
      environment = new SystemEnvironment(WORKERS);
      lane = environment.lane("folder");
      signatures = new Signatures(TransferBounds.USUAL, environment);
      volume = PosixVolume.at(tree.root());
      store = RocksFolderStore.open(tree.directory.resolve("store"));
      scanner =
          new Scanner(
              volume,
              store,
              IgnoreRules.of(List.of()),
              false,
              signatures,
              environment,
              lane,
              new Recording(store, environment));
      WalkResult first = scanner.walk(RelativePath.ROOT).get();
      if (first.changed() != tree.entries()) {
        throw new IllegalStateException("not all of the tree was recorded: " + first);
      }
    }

    @TearDown(Level.Trial)
    public void close() throws IOException {
      lane.close();
      signatures.close();
      environment.close();
      store.close();
      volume.close();
    }
  }

  /** Records what is seen, as a node does that has no peers. */
  private static final class Recording implements ScanSink {
    private final FolderStore store;
    private final SystemEnvironment environment;
    private final ReplicaId replica = new ReplicaId("bench", 1);

    Recording(FolderStore store, SystemEnvironment environment) {
      this.store = store;
      this.environment = environment;
    }

    @Override
    public synchronized void observed(Observation observation, Verdict verdict) {
      try (Transaction transaction = store.begin()) {
        boolean current =
            new Recorder(transaction, replica, environment.nowNanos(), _ -> false)
                .record(observation);
        transaction.commit(Durability.PROCESS);
        verdict.taken(current ? Answer.CHANGED : Answer.AGAIN);
      } catch (IOException e) {
        throw new UncheckedIOException("cannot record " + observation.path(), e);
      }
    }

    @Override
    public void missing(List<RelativePath> paths) {}

    @Override
    public boolean isChanging(RelativePath path) {
      return false;
    }

    @Override
    public List<RelativePath> changingIn(RelativePath directory) {
      return List.of();
    }

    @Override
    public void afterChange(RelativePath path, Verdict verdict) {
      throw new IllegalStateException("nothing changes here");
    }

    @Override
    public void unreadable(RelativePath path, String reason) {
      throw new IllegalStateException("cannot read " + path + ": " + reason);
    }

    @Override
    public List<RelativePath> unreadableBelow(RelativePath directory) {
      return List.of();
    }

    @Override
    public void readable(RelativePath path) {}

    @Override
    public void rootGone() {
      throw new IllegalStateException("the root is gone");
    }
  }

  /** find reads the same of each entry, and prints it. */
  @State(Scope.Benchmark)
  public static class Find {
    private Program program;

    @Setup(Level.Trial)
    public void find(Tree tree) throws IOException {
      program =
          Program.of(
              "findutils",
              List.of("find", tree.root().toString(), "-printf", "%P %y %i %m %s %T@ %C@\\n"));
    }
  }

  @Benchmark
  public WalkResult dirsync(Tree tree, Seen seen) throws InterruptedException, ExecutionException {
    WalkResult found = seen.scanner.walk(RelativePath.ROOT).get();
    if (found.entries() != tree.entries() || found.changed() != 0) {
      throw new IllegalStateException("something has changed: " + found);
    }
    return found;
  }

  @Benchmark
  public void find(Find find) throws IOException, InterruptedException {
    find.program.run();
  }
}
