package io.dirsync.it.bench.delta;

import io.dirsync.it.bench.LargeFiles;
import io.dirsync.it.bench.Program;
import io.dirsync.protocol.delta.BlockMatcher;
import io.dirsync.protocol.delta.ReadAt;
import io.dirsync.protocol.delta.Signature;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
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

/**
 * Looks for a basis' blocks in a content that has none of them: the worst case, in which every
 * offset is looked at. Rolls after a pass over the blocks' own offsets, which is part of the time.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class RollingScanBenchmark {
  /** The signature was made before, as it is when a file has changed. */
  @State(Scope.Benchmark)
  public static class Basis {
    private Signature signature;

    @Setup(Level.Trial)
    public void read(LargeFiles files) throws IOException {
      signature = SignatureBenchmark.of(files.basis(), files.length());
    }
  }

  /** rdiff has its own signature made before, and writes the delta to a file. */
  @State(Scope.Benchmark)
  public static class Rdiff {
    private Program program;

    @Setup(Level.Trial)
    public void find(LargeFiles files) throws IOException, InterruptedException {
      Path signature = files.directory().resolve("signature");
      Path delta = files.directory().resolve("delta");
      Program.of(
              "rdiff",
              List.of("rdiff", "signature", files.basis().toString(), signature.toString()))
          .run();
      program =
          Program.of(
              "rdiff",
              List.of(
                  "rdiff",
                  "--force",
                  "delta",
                  signature.toString(),
                  files.content().toString(),
                  delta.toString()));
    }
  }

  /** rsync makes the signature each time, and writes the delta to a file instead of applying it. */
  @State(Scope.Benchmark)
  public static class Rsync {
    private Program program;

    @Setup(Level.Trial)
    public void find(LargeFiles files) throws IOException {
      program =
          Program.of(
              "rsync",
              List.of(
                  "rsync",
                  "--no-whole-file",
                  "--ignore-times",
                  "--only-write-batch=" + files.directory().resolve("batch"),
                  files.content().toString(),
                  files.basis().toString()));
    }
  }

  @Benchmark
  public BlockMatcher.Outcome dirsync(LargeFiles files, Basis basis) throws IOException {
    try (FileChannel channel = FileChannel.open(files.content())) {
      ReadAt content =
          (offset, into, from, length) -> channel.read(ByteBuffer.wrap(into, from, length), offset);
      return BlockMatcher.match(basis.signature, null, content, files.length());
    }
  }

  @Benchmark
  public void rdiff(Rdiff rdiff) throws IOException, InterruptedException {
    rdiff.program.run();
  }

  @Benchmark
  public void rsync(Rsync rsync) throws IOException, InterruptedException {
    rsync.program.run();
  }
}
