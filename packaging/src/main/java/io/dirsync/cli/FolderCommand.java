package io.dirsync.cli;

import com.google.gson.JsonObject;
import io.dirsync.daemon.ConfigEditor;
import io.dirsync.engine.FolderSettings;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "folder",
    description = "Name the directories that are shared.",
    subcommands = {
      FolderCommand.Add.class,
      FolderCommand.FolderList.class,
      FolderCommand.ResumeFolder.class,
      FolderDrift.class,
      FolderRevert.class
    })
final class FolderCommand {
  @SuppressWarnings("UnusedVariable") // for --help, and for --config before a verb
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
      CommandLine line = java.util.Objects.requireNonNull(spec).commandLine();
      Path root = path.toAbsolutePath().normalize();
      if (root.toString().indexOf('\ufffd') >= 0) {
        throw new CommandException(
            ExitCode.USAGE,
            "the path " + root + " is not UTF-8, and the configuration can only hold UTF-8",
            "do:   make a symbolic link with a plain name to it, and add that");
      }
      if (!Files.exists(root)) {
        throw new CommandException(
            ExitCode.FAILED,
            root + " does not exist",
            "do:   mkdir -p " + root + "   (or mount what belongs there)",
            "now:  the configuration is as it was");
      }
      if (!Files.isDirectory(root)) {
        throw new CommandException(
            ExitCode.FAILED,
            root + " is not a directory",
            "do:   name a directory: what is shared is the tree below it",
            "now:  the configuration is as it was");
      }
      var outcome = new ConfigEditor(config.file(), config.places()).addFolder(name, root, peers);
      if (outcome == ConfigEditor.Outcome.WRITTEN) {
        line.getOut()
            .println(Plain.of("added the folder " + name + " (" + root + ") to " + config.file()));
        if (peers.isEmpty()) {
          line.getErr().println("  now:  no peer shares it; --peers names who does");
        }
        config.tellOfDaemon(line.getErr());
      } else {
        line.getOut().println(Plain.of(config.file().toString()) + " says so already");
      }
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
            folder.name()
                + "  "
                + Plain.of(folder.root().toString())
                + "  "
                + (folder.peers().isEmpty() ? "-" : String.join(",", folder.peers())));
      }
      return ExitCode.DONE;
    }
  }

  @Command(
      name = "resume",
      description =
          "Let a folder go on that was halted because its root was restored from an older copy, or because a copy of this node runs too.")
  static final class ResumeFolder implements Callable<Integer> {
    @Mixin private ConfigOption config = new ConfigOption();
    @Spec private CommandLine.Model.@Nullable CommandSpec spec;

    @Parameters(paramLabel = "NAME", description = "The folder's name.")
    private String name = "";

    @ArgGroup(exclusive = true, multiplicity = "1")
    private How how = new How();

    /** One of them. */
    static final class How {
      @Option(
          names = "--as-stale",
          description =
              "The peers bring the root up to date. What it holds else goes to the trash, also what was written while the folder was halted; how many files that are is said.")
      private boolean stale;

      @Option(
          names = "--as-truth",
          description = "What the root holds now becomes the newest, on every node.")
      private boolean truth;

      @Option(
          names = "--as-new",
          description =
              "After a copy of this node was running: forget what is known here, and compare with the peers.")
      @SuppressWarnings("UnusedVariable") // that one of them is given is what counts
      private boolean anew;
    }

    @Override
    public Integer call() throws Exception {
      JsonObject request = ConfigOption.request("resume");
      request.addProperty("folder", name);
      request.addProperty("as", how.stale ? "stale" : how.truth ? "truth" : "new");
      JsonObject answer = config.ask(request, Duration.ZERO);
      PrintWriter out = java.util.Objects.requireNonNull(spec).commandLine().getOut();
      out.println("folder " + name + " goes on");
      long files = answer.get("files").getAsLong();
      if (files > 0) {
        out.println(
            "  "
                + Sizes.count(files)
                + (files == 1 ? " file" : " files")
                + " that differed from what this node knew: to the trash, for "
                + answer.get("kept").getAsString());
        out.println("      " + Plain.of(answer.get("trash").getAsString()));
        out.println(
            "  What was written while the folder was halted is there too. To have a file"
                + " again, copy it from there to its place.");
      }
      return ExitCode.DONE;
    }
  }
}
