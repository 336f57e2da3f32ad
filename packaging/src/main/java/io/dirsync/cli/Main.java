package io.dirsync.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
    footer = {"", "dirsync help COMMAND tells what a command does."})
public final class Main implements Runnable {
  /** In the order in which help lists them. */
  private static final Map<String, Class<?>> COMMANDS = new LinkedHashMap<>();

  static {
    COMMANDS.put("sync", SyncCommand.class);
    COMMANDS.put("daemon", DaemonCommand.class);
    COMMANDS.put("status", StatusCommand.class);
    COMMANDS.put("flush", FlushCommand.class);
    COMMANDS.put("scan", ScanCommand.class);
    COMMANDS.put("approve", ApproveCommand.class);
    COMMANDS.put("conflicts", ConflictsCommand.class);
    COMMANDS.put("why", WhyCommand.class);
    COMMANDS.put("log", LogCommand.class);
    COMMANDS.put("init", InitCommand.class);
    COMMANDS.put("id", IdCommand.class);
    COMMANDS.put("peer", PeerCommand.class);
    COMMANDS.put("folder", FolderCommand.class);
    COMMANDS.put("config", ConfigCommand.class);
    COMMANDS.put("version", VersionCommand.class);
    COMMANDS.put("help", HelpCommand.class);
  }

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

  /**
   * Runs a command within this process, which goes on when the command has ended.
   *
   * @param arguments those of the command line
   * @return the exit code, as {@code dirsync help} lists them
   */
  public static int run(PrintWriter out, PrintWriter err, String... arguments) {
    CommandLine line = new CommandLine(new Main());
    commands(arguments).forEach((name, command) -> line.addSubcommand(name, command));
    // Before a command or after it, whichever commands are known: a path may be called as one is.
    line.setAllowSubcommandsAsOptionParameters(true);
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

  /**
   * The command that the arguments name; all, if they name none or ask for help. To make one known
   * to picocli takes time, at each start.
   */
  private static Map<String, Class<?>> commands(String... arguments) {
    Iterator<String> words = List.of(arguments).iterator();
    while (words.hasNext()) {
      String word = words.next();
      if (word.startsWith("@")) {
        // Of a file with arguments.
        return COMMANDS;
      }
      if (word.equals("--config") && words.hasNext()) {
        words.next();
      } else if (!word.startsWith("--config")) {
        Class<?> named = COMMANDS.get(word);
        return named == null || named == HelpCommand.class ? COMMANDS : Map.of(word, named);
      }
    }
    return COMMANDS;
  }
}
