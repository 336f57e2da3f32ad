package io.dirsync.engine.store;

import io.dirsync.engine.store.FolderStore.Durability;
import io.dirsync.engine.store.FolderStore.Transaction;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Another process with a store, for the tests of what only another process can show. */
final class StoreProcess implements AutoCloseable {
  static final int COMMITS = 50;

  /** In units of 512 bytes: more than RocksDB's own library has, which is unpacked below it. */
  private static final int SMALL_FILE_BLOCKS = (64 << 20) / 512;

  private static final int TOO_LARGE_BYTES = 80 << 20;
  private static final long WAIT_SECONDS = 30;

  private final Process process;
  private final BufferedReader output;

  private StoreProcess(Process process) {
    this.process = process;
    output = process.inputReader(StandardCharsets.UTF_8);
  }

  static StoreProcess start(Path temporary, String task, Path store) throws IOException {
    return start(List.of(), temporary, task, store);
  }

  /** No file of this process can grow beyond {@link #SMALL_FILE_BLOCKS}. */
  static StoreProcess startWithSmallFiles(Path temporary, String task, Path store)
      throws IOException {
    return start(
        List.of("sh", "-c", "trap '' XFSZ; ulimit -f " + SMALL_FILE_BLOCKS + "; exec \"$@\"", "sh"),
        temporary,
        task,
        store);
  }

  private static StoreProcess start(List<String> prefix, Path temporary, String task, Path store)
      throws IOException {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-Xmx512m",
            "-XX:TieredStopAtLevel=1",
            // Where RocksDB's library is unpacked: a killed process leaves it behind.
            "-Djava.io.tmpdir=" + temporary,
            "-cp",
            System.getProperty("java.class.path"),
            StoreProcess.class.getName(),
            task,
            store.toString()));
    return new StoreProcess(
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
  }

  /** The next line that it says; empty when it has ended. */
  String line() throws IOException {
    String line = output.readLine();
    return line == null ? "" : line;
  }

  void kill() {
    process.destroyForcibly();
    awaitEnd();
  }

  private void awaitEnd() {
    process.onExit().orTimeout(WAIT_SECONDS, TimeUnit.SECONDS).join();
  }

  /** Lets it end by itself. */
  @Override
  public void close() throws IOException {
    try {
      process.getOutputStream().close();
      awaitEnd();
    } finally {
      process.destroyForcibly();
      output.close();
    }
  }

  public static void main(String[] arguments) throws IOException {
    Path place = Path.of(arguments[1]);
    switch (arguments[0]) {
      case "open" -> open(place);
      case "commit" -> commit(place);
      case "fail" -> fail(place);
      default -> throw new IllegalArgumentException(arguments[0]);
    }
  }

  private static void open(Path place) throws IOException {
    try (FolderStore store = RocksFolderStore.open(place)) {
      say(store.end() == 0 ? "open" : "not empty");
      waitForTheEnd();
    } catch (IOException e) {
      say(String.valueOf(e.getMessage()));
    }
  }

  private static void commit(Path place) throws IOException {
    try (FolderStore store = RocksFolderStore.open(place)) {
      for (int i = 1; i <= COMMITS; i++) {
        try (Transaction transaction = store.begin()) {
          transaction.put(Samples.shown("f" + i, Samples.file(i, 1)));
          transaction.append(Samples.removed(Samples.a(i)), null, i);
          transaction.commit(Durability.PROCESS);
        }
      }
      say("committed");
      waitForTheEnd();
    }
  }

  private static void fail(Path place) throws IOException {
    FolderStore store = RocksFolderStore.open(place);
    try (Transaction transaction = store.begin()) {
      transaction.put(Samples.shown("f", Samples.file(1, 1)));
      transaction.append(Samples.removed(Samples.a(1)), null, 1);
      transaction.commit(Durability.PROCESS);
    }
    for (byte[] value : new byte[][] {new byte[TOO_LARGE_BYTES], new byte[1]}) {
      try (Transaction transaction = store.begin()) {
        transaction.append(Samples.removed(Samples.a(2)), null, 1);
        transaction.setMeta("large", value);
        transaction.commit(Durability.PROCESS);
        say("committed");
      } catch (IOException e) {
        say(String.valueOf(e.getMessage()));
      }
    }
    say("end " + store.end());
    store.close();
    say("closed");
  }

  private static void waitForTheEnd() throws IOException {
    while (System.in.read() >= 0) {
      // Until the test closes it.
    }
  }

  private static void say(String line) {
    System.out.println(line);
  }
}
