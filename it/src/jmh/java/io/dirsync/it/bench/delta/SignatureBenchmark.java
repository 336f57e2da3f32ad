package io.dirsync.it.bench.delta;

import io.dirsync.it.bench.LargeFiles;
import io.dirsync.it.bench.Program;
import io.dirsync.protocol.delta.BlockSize;
import io.dirsync.protocol.delta.Signature;
import io.dirsync.protocol.delta.SignatureBuilder;
import java.io.IOException;
import java.nio.file.Path;
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

/** Reads a file and makes its signature: for each block a sum that rolls and a strong hash. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class SignatureBenchmark {
  private static final long SEED = 42;

  /** rdiff writes its signature beside the file. */
  @State(Scope.Benchmark)
  public static class Rdiff {
    private Program program;

    @Setup(Level.Trial)
    public void find(LargeFiles files) throws IOException {
      Path signature = files.directory().resolve("signature");
      program =
          Program.of(
              "rdiff",
              List.of(
                  "rdiff", "--force", "signature", files.basis().toString(), signature.toString()));
    }
  }

  @Benchmark
  public Signature dirsync(LargeFiles files) throws IOException {
    return of(files.basis(), files.length());
  }

  @Benchmark
  public void rdiff(Rdiff rdiff) throws IOException, InterruptedException {
    rdiff.program.run();
  }

  static Signature of(Path file, long length) throws IOException {
    SignatureBuilder builder = new SignatureBuilder(length, BlockSize.MIN_BYTES, SEED, null);
    LargeFiles.read(file, builder::update);
    return builder.finish().orElseThrow();
  }
}
