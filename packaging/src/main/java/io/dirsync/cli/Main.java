package io.dirsync.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The {@code dirsync} command. */
@Command(
    name = "dirsync",
    description =
        "Keeps directories on several servers the same, in both directions, as they are written.",
    synopsisSubcommandLabel = "COMMAND",
    versionProvider = VersionCommand.class,
    footer = {"", "dirsync help COMMAND tells what a command does."},
    subcommands = {
      SyncCommand.class,
      DaemonCommand.class,
      StatusCommand.class,
      FlushCommand.class,
      ScanCommand.class,
      ApproveCommand.class,
      ConflictsCommand.class,
      WhyCommand.class,
      LogCommand.class,
      InitCommand.class,
      IdCommand.class,
      PeerCommand.class,
      FolderCommand.class,
      ConfigCommand.class,
      VersionCommand.class,
      HelpCommand.class
    })
public final class Main implements Runnable {
  @CommandLine.Spec private CommandLine.Model.@org.jspecify.annotations.Nullable CommandSpec spec;

  @SuppressWarnings("UnusedVariable") // holds what is given before a command
  @Mixin
  private ConfigOption config = new ConfigOption();

  @Option(names = "--version", versionHelp = true, description = "Print the version.")
  @SuppressWarnings("UnusedVariable") // picocli acts on it
  private boolean version;

  @Override
  public void run() {
    CommandLine line = java.util.Objects.requireNonNull(spec).commandLine();
    line.usage(line.getErr());
    throw new CommandLine.ParameterException(line, "a command is missing");
  }

  /** Runs a command and ends the process with its exit code. */
  public static void main(String[] arguments) {
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    int code = run(out, err, arguments);
    err.flush();
    System.exit(code);
  }

  /** Runs a command. */
  static int run(PrintWriter out, PrintWriter err, String... arguments) {
    CommandLine line = new CommandLine(new Main());
    line.setOut(out);
    line.setErr(err);
    line.setParameterExceptionHandler((e, _) -> Errors.usage(e, err));
    line.setExecutionExceptionHandler((e, _, _) -> Errors.failure(e, err));
    int code = line.execute(arguments);
    if (out.checkError() && code == ExitCode.DONE) {
      Errors.print(err, "not all of the output could be written");
      return ExitCode.FAILED;
    }
    return code;
  }
}
