package io.dirsync.cli;

import io.dirsync.daemon.AdminClient;
import io.dirsync.daemon.ConfigException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;

/** The {@code dirsync} command. */
@Command(
    name = "dirsync",
    description =
        "Keeps directories on several servers the same, in both directions, as they are written.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      SyncCommand.class,
      DaemonCommand.class,
      StatusCommand.class,
      FlushCommand.class,
      ScanCommand.class,
      ConflictsCommand.class,
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
    out.flush();
    err.flush();
    System.exit(code);
  }

  /** Runs a command. */
  static int run(PrintWriter out, PrintWriter err, String... arguments) {
    CommandLine line = new CommandLine(new Main());
    line.setOut(out);
    line.setErr(err);
    line.setParameterExceptionHandler(
        (e, _) -> {
          err.println("error: " + e.getMessage());
          err.println(
              "  do:   "
                  + e.getCommandLine().getCommandSpec().qualifiedName()
                  + " --help  or  dirsync help");
          return ExitCode.USAGE;
        });
    line.setExecutionExceptionHandler((e, _, _) -> explain(e, err));
    return line.execute(arguments);
  }

  private static int explain(Exception e, PrintWriter err) {
    err.println("error: " + e.getMessage());
    return switch (e) {
      case CommandException failure -> {
        failure.hints().forEach(hint -> err.println("  " + hint));
        yield failure.exitCode();
      }
      case ConfigException _ -> ExitCode.CONFIGURATION;
      case AdminClient.UnreachableException _ -> {
        err.println(
            "  do:   start it with `dirsync daemon`, or name its configuration with --config");
        yield ExitCode.NOT_REACHABLE;
      }
      case IOException _ -> ExitCode.FAILED;
      default -> {
        e.printStackTrace(err);
        yield ExitCode.FAILED;
      }
    };
  }
}
