package io.dirsync.cli;

import io.dirsync.daemon.Places;
import io.dirsync.engine.PairSync;
import io.dirsync.engine.PairSync.Progress;
import io.dirsync.engine.SystemEnvironment;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.commons.io.FileUtils;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "sync",
    description = "Make two directories on this machine the same, in both directions.")
final class SyncCommand implements Callable<Integer> {
  /** What stands in a text for bytes that are no UTF-8. */
  private static final char UNDECODED = '\ufffd';

  @Spec private CommandLine.Model.@Nullable CommandSpec spec;

  @Parameters(index = "0", paramLabel = "A", description = "One directory.")
  private Path pathOfA = Path.of("");

  @Parameters(index = "1", paramLabel = "B", description = "The other; made if it is missing.")
  private Path pathOfB = Path.of("");

  @Option(
      names = "--watch",
      description = "Go on: what is written on either side appears on the other.")
  private boolean watch;

  @Option(names = "--dry-run", description = "Say what would be done, and do nothing.")
  private boolean dryRun;

  @Option(
      names = "--state",
      paramLabel = "DIR",
      description = "Where the pair's databases are kept; default: below ~/.local/state.")
  private @Nullable Path state;

  @SuppressWarnings("UnusedVariable") // takes --config like every command, and needs none
  @Mixin
  private ConfigOption config = new ConfigOption();

  @Override
  public Integer call() throws Exception {
    CommandLine line = java.util.Objects.requireNonNull(spec).commandLine();
    Path a = root(pathOfA);
    Path b = root(pathOfB);
    if (a.startsWith(b) || b.startsWith(a)) {
      throw new CommandException(
          ExitCode.USAGE,
          a.equals(b)
              ? "both are the same directory: " + a
              : a + " and " + b + " lie in one another",
          "do:   name two directories beside each other");
    }
    if (!Files.isDirectory(a) && !Files.isDirectory(b)) {
      throw new CommandException(
          ExitCode.USAGE,
          "neither " + a + " nor " + b + " is a directory",
          "do:   make the one that is to have files; the other one is made by this command");
    }
    Path kept =
        state == null
            ? new Places().stateDirectory().resolve("pairs").resolve(key(a, b))
            : Places.real(state);
    if (kept.startsWith(a) || kept.startsWith(b)) {
      throw new CommandException(
          ExitCode.USAGE,
          "the state directory " + kept + " lies in a directory that is synchronised",
          "do:   name one outside of both with --state");
    }
    if (Files.exists(kept) && !Files.isDirectory(kept)) {
      throw new CommandException(
          ExitCode.USAGE, "the state directory " + kept + " is not a directory");
    }
    Files.createDirectories(kept);
    try (FileChannel channel =
            FileChannel.open(
                kept.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      if (lock == null) {
        throw new CommandException(
            ExitCode.FAILED,
            "another `dirsync sync` of these two is running",
            "do:   end it first, or let it do the work");
      }
      boolean madeA = make(a);
      boolean madeB = make(b);
      try {
        return dryRun
            ? trial(usable(a, pathOfA), usable(b, pathOfB), kept, line.getOut())
            : run(usable(a, pathOfA), usable(b, pathOfB), kept, line);
      } finally {
        if (dryRun && (madeA || madeB)) {
          Files.delete(madeA ? a : b);
        }
      }
    }
  }

  /** Finds out what would be done with copies of the databases. */
  private int trial(Path a, Path b, Path kept, PrintWriter out) throws Exception {
    Path copy = Files.createTempDirectory(kept, "trial-");
    try {
      for (String side : List.of("a", "b")) {
        Path database = kept.resolve(side);
        if (Files.isDirectory(database)) {
          FileUtils.copyDirectory(database.toFile(), copy.resolve(side).toFile());
        }
      }
      try (SystemEnvironment environment =
              new SystemEnvironment(Math.max(2, Runtime.getRuntime().availableProcessors()));
          PairSync pair = new PairSync(a, b, copy, true, environment)) {
        Progress progress = settle(pair);
        List<List<String>> planned = pair.planned();
        planned.get(0).forEach(line -> out.println("in A: " + line));
        planned.get(1).forEach(line -> out.println("in B: " + line));
        int count = planned.get(0).size() + planned.get(1).size();
        out.println(
            count == 0
                ? "nothing to do: "
                    + Plain.of(a + " and " + b)
                    + " are equal, "
                    + Sizes.files(progress.a().files())
                : Sizes.count(count)
                    + (count == 1 ? " change" : " changes")
                    + " would be made; nothing was done");
        return ExitCode.DONE;
      }
    } finally {
      FileUtils.deleteDirectory(copy.toFile());
    }
  }

  /** The path with all links followed: a directory, or nothing yet below one. */
  private static Path root(Path path) throws CommandException {
    Path real = Places.real(path);
    if (Files.isDirectory(real)) {
      if (!Files.isReadable(real) || !Files.isExecutable(real)) {
        throw new CommandException(
            ExitCode.FAILED,
            "permission denied: this account may not read " + real,
            "do:   run this as the account that owns the files");
      }
      return real;
    }
    if (Files.exists(real)) {
      throw new CommandException(ExitCode.USAGE, real + " is not a directory");
    }
    if (path.toString().indexOf(UNDECODED) >= 0) {
      throw new CommandException(
          ExitCode.USAGE,
          "the path " + path + " does not exist, or is not UTF-8",
          "do:   make a symbolic link with a plain name to it, and name that");
    }
    Path parent = real.getParent();
    if (parent == null || !Files.isDirectory(parent)) {
      throw new CommandException(
          ExitCode.USAGE,
          real + " does not exist, and its parent does not either",
          "do:   mkdir -p " + real);
    }
    return real;
  }

  private static boolean make(Path root) throws IOException {
    if (Files.isDirectory(root)) {
      return false;
    }
    Files.createDirectory(root);
    return true;
  }

  /** A path that is the same as a text: with links followed, if the names found there are UTF-8. */
  private static Path usable(Path real, Path given) {
    return real.toString().indexOf(UNDECODED) < 0 ? real : given.toAbsolutePath().normalize();
  }

  /** By the bytes of the paths, which a URI keeps where a text would not. */
  private static String key(Path a, Path b) throws Exception {
    byte[] text = (uri(a) + "\0" + uri(b)).getBytes(StandardCharsets.UTF_8);
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text), 0, 12);
  }

  private static String uri(Path path) {
    String uri = path.toUri().getRawPath();
    return uri.endsWith("/") ? uri.substring(0, uri.length() - 1) : uri;
  }

  private int run(Path a, Path b, Path kept, CommandLine line) throws Exception {
    try (SystemEnvironment environment =
            new SystemEnvironment(Math.max(2, Runtime.getRuntime().availableProcessors()));
        PairSync pair = new PairSync(a, b, kept, false, environment)) {
      Thread hook = Thread.ofPlatform().name("stop").unstarted(pair::close);
      if (watch) {
        Runtime.getRuntime().addShutdownHook(hook);
      }
      Progress progress = settle(pair);
      summarize(progress, a, b, line.getOut());
      problems(progress).forEach(problem -> line.getErr().println("problem: " + Plain.of(problem)));
      if (watch) {
        line.getErr().println("watching; end with Ctrl-C");
        new java.util.concurrent.CountDownLatch(1).await();
      }
      return problems(progress).isEmpty() ? ExitCode.DONE : ExitCode.FAILED;
    }
  }

  private static Progress settle(PairSync pair) throws CommandException, InterruptedException {
    while (!pair.ended()) {
      Thread.sleep(pair.look());
    }
    Progress progress = pair.progress();
    if (progress.failure().isPresent()) {
      throw new CommandException(ExitCode.FAILED, progress.failure().get());
    }
    return progress;
  }

  private static List<String> problems(Progress progress) {
    List<String> problems = new ArrayList<>();
    progress.a().problems().forEach(problem -> problems.add("A: " + problem));
    progress.b().problems().forEach(problem -> problems.add("B: " + problem));
    return problems;
  }

  private static void summarize(Progress progress, Path a, Path b, PrintWriter out) {
    var inA = progress.inA();
    var inB = progress.inB();
    List<String> problems = problems(progress);
    if (inA.written() + inA.removed() + inB.written() + inB.removed() == 0 && problems.isEmpty()) {
      out.println(
          "nothing to do: "
              + Plain.of(a + " and " + b)
              + " are equal, "
              + Sizes.files(progress.a().files()));
    } else {
      out.println(
          "wrote "
              + Sizes.count(inB.written())
              + " to B ("
              + Sizes.bytes(inB.bytes())
              + "), "
              + Sizes.count(inA.written())
              + " to A ("
              + Sizes.bytes(inA.bytes())
              + "); removed "
              + Sizes.count(inB.removed())
              + " in B, "
              + Sizes.count(inA.removed())
              + " in A; now "
              + Sizes.files(progress.a().files()));
    }
    long conflicts = Math.max(progress.a().conflicts(), progress.b().conflicts());
    if (conflicts > 0) {
      out.println(
          conflicts
              + (conflicts == 1 ? " conflict copy" : " conflict copies")
              + " kept: see .dirsync/conflicts in A and B");
    }
  }
}
