package io.dirsync.cli;

import io.dirsync.daemon.ConfigEditor;
import io.dirsync.engine.FolderSettings;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "folder",
    description = "Name the directories that are shared.",
    subcommands = {FolderCommand.Add.class, FolderCommand.FolderList.class})
final class FolderCommand {
  @SuppressWarnings("UnusedVariable") // gives the group its --help
  @Mixin
  private ConfigOption config = new ConfigOption();

  @Command(
      name = "add",
      description =
          "Write a folder into the configuration; a running daemon takes it in when restarted.")
  static final class Add implements Callable<Integer> {
    @Mixin private ConfigOption config = new ConfigOption();
    @Spec private CommandLine.Model.@Nullable CommandSpec spec;

    @Parameters(
        index = "0",
        paramLabel = "NAME",
        description = "The same on every node that shares it.")
    private String name = "";

    @Parameters(index = "1", paramLabel = "PATH", description = "The directory.")
    private Path path = Path.of("/");

    @Option(names = "--peers", split = ",", paramLabel = "NAME", description = "Who shares it.")
    private List<String> peers = List.of();

    @Override
    public Integer call() throws Exception {
      PrintWriter out = java.util.Objects.requireNonNull(spec).commandLine().getOut();
      Path root = path.toAbsolutePath().normalize();
      if (!Files.exists(root)) {
        throw new CommandException(
            ExitCode.FAILED,
            root + " does not exist",
            "do:   mkdir -p " + root + "   (or mount what belongs there)",
            "now:  the configuration is as it was");
      }
      var outcome = new ConfigEditor(config.file(), config.places()).addFolder(name, root, peers);
      out.println(
          outcome == ConfigEditor.Outcome.WRITTEN
              ? "added the folder " + name + " (" + root + ") to " + config.file()
              : config.file() + " says so already");
      return ExitCode.DONE;
    }
  }

  @Command(name = "list", description = "List the folders.")
  static final class FolderList implements Callable<Integer> {
    @Mixin private ConfigOption config = new ConfigOption();
    @Spec private CommandLine.Model.@Nullable CommandSpec spec;

    @Override
    public Integer call() throws Exception {
      PrintWriter out = java.util.Objects.requireNonNull(spec).commandLine().getOut();
      for (FolderSettings folder : config.read().node().folders()) {
        out.println(
            folder.name() + "  " + folder.root() + "  with " + String.join(",", folder.peers()));
      }
      return ExitCode.DONE;
    }
  }
}
