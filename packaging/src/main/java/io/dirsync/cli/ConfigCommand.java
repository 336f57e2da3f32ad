package io.dirsync.cli;

import io.dirsync.daemon.Configuration;
import io.dirsync.engine.FolderSettings;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Spec;

@Command(
    name = "config",
    description = "Look at the configuration.",
    subcommands = ConfigCommand.Check.class)
final class ConfigCommand {
  @SuppressWarnings("UnusedVariable") // for --help, and for --config before a verb
  @Mixin
  private ConfigOption config = new ConfigOption();

  @Command(
      name = "check",
      description = "Say whether the configuration is valid, and where it is not.")
  static final class Check implements Callable<Integer> {
    @Mixin private ConfigOption config = new ConfigOption();
    @Spec private CommandLine.Model.@Nullable CommandSpec spec;

    @Override
    public Integer call() throws Exception {
      PrintWriter out = java.util.Objects.requireNonNull(spec).commandLine().getOut();
      Configuration read = config.read();
      for (FolderSettings folder : read.node().folders()) {
        if (!Files.isDirectory(folder.root())) {
          boolean missing = !Files.exists(folder.root());
          throw new CommandException(
              ExitCode.CONFIGURATION,
              read.file()
                  + ": the root of the folder '"
                  + folder.name()
                  + "', "
                  + folder.root()
                  + (missing ? ", does not exist" : ", is not a directory"),
              missing
                  ? "do:   make it, or mount what belongs there"
                  : "do:   put the directory back in its place, or name the right one as its path",
              "now:  the daemon runs without this folder and takes it up when the root is there");
        }
      }
      out.println(
          read.file()
              + " is valid: node "
              + read.node().name()
              + ", "
              + count(read.node().peers().size(), "peer")
              + ", "
              + count(read.node().folders().size(), "folder"));
      return ExitCode.DONE;
    }

    private static String count(int number, String what) {
      return number + " " + what + (number == 1 ? "" : "s");
    }
  }
}
