package io.dirsync.it.bench.scan;

import io.dirsync.engine.scan.ContentHasher;
import io.dirsync.it.bench.LargeFiles;
import io.dirsync.it.bench.Program;
import io.dirsync.model.ContentHash;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Reads a file and computes the hash that decides what is published. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ContentHashBenchmark {
  /** Of the same hash function, over the whole file instead of over its leaves. */
  @State(Scope.Benchmark)
  public static class Sha256sum {
    private Program program;

    @Setup(Level.Trial)
    public void find(LargeFiles files) throws IOException {
      program = Program.of("coreutils", List.of("sha256sum", files.content().toString()));
    }
  }

  @Benchmark
  public ContentHash dirsync(LargeFiles files) throws IOException {
    ContentHasher hasher = new ContentHasher();
    LargeFiles.read(files.content(), hasher::update);
    return hasher.finish();
  }

  @Benchmark
  public void sha256sum(Sha256sum sha256sum) throws IOException, InterruptedException {
    sha256sum.program.run();
  }
}
