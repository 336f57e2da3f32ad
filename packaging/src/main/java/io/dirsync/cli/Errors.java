package io.dirsync.cli;

import io.dirsync.daemon.AdminClient;
import io.dirsync.daemon.ConfigException;
import io.dirsync.daemon.Suggestion;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.MutuallyExclusiveArgsException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Says on standard error what went wrong, and which exit code that is. */
final class Errors {
  /** Commands of the design that this version has not. */
  private static final Set<String> LATER =
      Set.of(
          "approve",
          "check",
          "completion",
          "doctor",
          "pair",
          "pause",
          "plan",
          "reload",
          "restore",
          "resume",
          "snapshot",
          "token",
          "wait");

  private Errors() {}

  /** A command line that is wrong. */
  static int usage(ParameterException e, PrintWriter err) {
    CommandLine command = e.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    List<OptionSpec> alternatives = alternatives(e, command);
    List<String> hints = new ArrayList<>();
    int width = alternatives.stream().mapToInt(each -> each.longestName().length()).max().orElse(0);
    for (OptionSpec each : alternatives) {
      String gap = " ".repeat(width + 2 - each.longestName().length());
      hints.add(each.longestName() + gap + String.join(" ", each.description()));
    }
    hints.add("do:   " + help(name));
    String problem =
        alternatives.isEmpty()
            ? usageProblem(e, command)
            : "give exactly one of "
                + String.join(", ", alternatives.stream().map(OptionSpec::longestName).toList());
    print(err, problem, hints.toArray(String[]::new));
    return ExitCode.USAGE;
  }

  /** The options of which one was to be given, if none was, or several; no command has two sets. */
  private static List<OptionSpec> alternatives(ParameterException e, CommandLine command) {
    boolean concerned =
        e instanceof MutuallyExclusiveArgsException
            || (e instanceof MissingParameterException missing
                && missing.getMissing().stream()
                    .anyMatch(each -> each.group() != null && each.group().exclusive()));
    return concerned
        ? command.getCommandSpec().argGroups().stream()
            .filter(ArgGroupSpec::exclusive)
            .flatMap(group -> group.options().stream())
            .toList()
        : List.of();
  }

  private static String help(String command) {
    int space = command.indexOf(' ');
    return space < 0
        ? command + " help"
        : command.substring(0, space) + " help" + command.substring(space);
  }

  private static String usageProblem(ParameterException e, CommandLine command) {
    return switch (e) {
      case UnmatchedArgumentException unmatched ->
          unmatched(unmatched.getUnmatched().getFirst(), command);
      case MissingParameterException missing when !missing.getMissing().isEmpty() ->
          "missing: "
              + String.join(
                  ", ",
                  missing.getMissing().stream()
                      .map(
                          each ->
                              each.isOption()
                                  ? ((OptionSpec) each).longestName() + " " + each.paramLabel()
                                  : each.paramLabel())
                      .toList());
      case ParameterException _ when isGroupAlone(e, command) ->
          "which of them: "
              + String.join(
                  ", ",
                  command.getSubcommands().keySet().stream()
                      .map(each -> command.getCommandSpec().qualifiedName() + " " + each)
                      .toList())
              + "?";
      default -> String.valueOf(e.getMessage());
    };
  }

  /** Whether only the verb is missing; picocli has no type for that. */
  private static boolean isGroupAlone(ParameterException e, CommandLine command) {
    return e.getClass() == ParameterException.class
        && !(command.getCommandSpec().userObject() instanceof Callable)
        && !(command.getCommandSpec().userObject() instanceof Runnable);
  }

  private static String unmatched(String argument, CommandLine command) {
    if (argument.startsWith("-")) {
      List<String> known = new ArrayList<>();
      command.getCommandSpec().options().forEach(option -> known.addAll(List.of(option.names())));
      return "unknown option '" + argument + "'" + Suggestion.ending(argument, known);
    }
    Collection<String> commands = command.getSubcommands().keySet();
    if (commands.isEmpty()) {
      return "unexpected argument '" + argument + "'";
    }
    return LATER.contains(argument)
        ? "'" + argument + "' is planned, but not in this version"
        : "unknown command '" + argument + "'" + Suggestion.ending(argument, commands);
  }

  /** A command that failed. */
  static int failure(Exception e, PrintWriter err) {
    return switch (e) {
      case CommandException failure -> {
        print(err, message(failure), failure.hints().toArray(String[]::new));
        yield failure.exitCode();
      }
      case ConfigException _ -> {
        print(err, message(e));
        yield ExitCode.CONFIGURATION;
      }
      case AdminClient.UnreachableException unreachable -> {
        print(
            err,
            message(e),
            unreachable.forbidden()
                ? Denied.of(unreachable.socket()).hints().toArray(String[]::new)
                : new String[] {
                  "do:   start it with `dirsync daemon`, or name its configuration with --config"
                });
        yield ExitCode.NOT_REACHABLE;
      }
      case AccessDeniedException denied when denied.getFile() != null -> {
        print(err, io(denied), Denied.of(Path.of(denied.getFile())).hints().toArray(String[]::new));
        yield ExitCode.FAILED;
      }
      case IOException failure -> {
        print(err, io(failure));
        yield ExitCode.FAILED;
      }
      case InvalidPathException path -> {
        print(err, "'" + path.getInput() + "' is no path: " + path.getReason());
        yield ExitCode.USAGE;
      }
      default -> {
        print(err, "this is a defect of dirsync: " + e);
        e.printStackTrace(err);
        yield ExitCode.FAILED;
      }
    };
  }

  private static String message(Exception e) {
    return String.valueOf(e.getMessage());
  }

  /** What the file system said; its exceptions' messages are often no more than a path. */
  static String io(IOException e) {
    return switch (e) {
      case AccessDeniedException denied ->
          "permission denied for this account: " + denied.getFile();
      case NoSuchFileException missing -> missing.getFile() + " does not exist";
      case NotDirectoryException file -> file.getFile() + " is not a directory";
      case FileAlreadyExistsException there -> there.getFile() + " is in the way";
      case FileSystemException failure when failure.getReason() != null ->
          failure.getFile() + ": " + failure.getReason();
      default -> e.getMessage() == null ? e.toString() : message(e);
    };
  }

  /**
   * Prints an error.
   *
   * @param hints lines as {@code do: ...} that follow it
   */
  static void print(PrintWriter err, String what, String... hints) {
    err.println("error: " + Plain.of(what));
    for (String hint : hints) {
      err.println("  " + Plain.of(hint));
    }
  }
}
