package io.dirsync.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Another program, run to its end. */
final class Program {
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private Program() {}

  /** How a program ended, and what it said. */
  record Ended(List<String> command, int exitCode, byte[] output, String error) {
    String out() {
      return new String(output, StandardCharsets.UTF_8);
    }

    Ended succeeded() {
      return ended(0);
    }

    /** Fails, with all that it said, unless it ended so. */
    Ended ended(int code) {
      assertThat(exitCode)
          .as("exit code of %s%nout: %s%nerr: %s", command, out(), error)
          .isEqualTo(code);
      return this;
    }
  }

  /** Runs a command in a directory, in the C locale unless the environment says otherwise. */
  static Ended run(Path directory, Map<String, String> environment, List<String> command)
      throws IOException, InterruptedException {
    Path out = Files.createTempFile("out", "");
    Path err = Files.createTempFile("err", "");
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .directory(directory.toFile())
              .redirectOutput(out.toFile())
              .redirectError(err.toFile());
      builder.environment().put("LC_ALL", "C");
      builder.environment().putAll(environment);
      Process process = builder.start();
      if (!process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly().waitFor();
        throw new AssertionError(command + " does not end; so far: " + Files.readString(out));
      }
      return new Ended(
          command, process.exitValue(), Files.readAllBytes(out), Files.readString(err));
    } finally {
      Files.delete(out);
      Files.delete(err);
    }
  }

  /** Runs a bash script, which takes names that Java cannot; it must succeed. */
  static Ended script(Path directory, String script) throws IOException, InterruptedException {
    return run(directory, Map.of(), List.of("bash", "-euc", script)).succeeded();
  }

  /** Whether a command can be run here and succeeds. */
  static boolean works(String... command) throws InterruptedException {
    try {
      return run(Path.of("/"), Map.of(), List.of(command)).exitCode() == 0;
    } catch (IOException e) {
      return false;
    }
  }
}
