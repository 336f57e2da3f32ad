package io.dirsync.cli;

import io.dirsync.daemon.ConfigEditor;
import io.dirsync.daemon.ConfigException;
import io.dirsync.protocol.NodeKey;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(name = "init", description = "Make this machine a node: its configuration and its key.")
final class InitCommand implements Callable<Integer> {
  @Mixin private ConfigOption config = new ConfigOption();
  @Spec private CommandLine.Model.@Nullable CommandSpec spec;

  @Option(
      names = "--name",
      required = true,
      paramLabel = "NAME",
      description = "The node's name, as its peers show it.")
  private String name = "";

  @Option(
      names = "--data-dir",
      paramLabel = "DIR",
      description = "Where its key and databases are kept.")
  private @Nullable Path dataDirectory;

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      description = "Where peers connect (default: ${DEFAULT-VALUE}).")
  private String listen = "[::]:7342";

  @Override
  public Integer call() throws Exception {
    PrintWriter out = java.util.Objects.requireNonNull(spec).commandLine().getOut();
    Path data =
        (dataDirectory == null ? config.places().dataDirectory() : dataDirectory)
            .toAbsolutePath()
            .normalize();
    ConfigEditor editor = new ConfigEditor(config.file(), config.places());
    // What it would refuse is refused before anything is made, and the configuration is written
    // last: it alone says that there is a node.
    editor.checkInit(name, data, listen);
    NodeKey key;
    ConfigEditor.Outcome outcome;
    try (MadePaths made = new MadePaths()) {
      key = NodeKey.exists(data) ? NodeKey.load(data) : create(data, made);
      outcome = write(editor, data, made);
      made.keep();
    }
    out.println(
        outcome == ConfigEditor.Outcome.WRITTEN
            ? "wrote " + Plain.of(config.file().toString()) + " for the node " + name
            : Plain.of(config.file().toString()) + " says so already");
    out.println("its id is " + key.id());
    return ExitCode.DONE;
  }

  /** The directory is for the node's account alone: databases hold the names of all files. */
  private static NodeKey create(Path data, MadePaths made) throws CommandException {
    try {
      made.directories(
          data, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      made.file(data.resolve("node.key"));
      made.file(data.resolve("node.crt"));
      return NodeKey.create(data);
    } catch (IOException e) {
      throw failure(
          "the node's key cannot be made in " + data,
          e,
          "do:   name a directory that this account can make, or write to: --data-dir DIR");
    }
  }

  private ConfigEditor.Outcome write(ConfigEditor editor, Path data, MadePaths made)
      throws ConfigException, CommandException {
    try {
      Path directory = config.file().getParent();
      if (directory != null) {
        made.directories(directory);
      }
      return editor.init(name, data, listen);
    } catch (IOException e) {
      throw failure(
          "the configuration " + config.file() + " cannot be written",
          e,
          "do:   name a file that this account can write: --config FILE");
    }
  }

  private static CommandException failure(String what, IOException e, String remedy) {
    return new CommandException(
        ExitCode.FAILED,
        what
            + ": "
            + (e instanceof NoSuchFileException
                ? "the file system takes nothing new there"
                : Errors.io(e)),
        remedy,
        "now:  nothing is left of what this command made");
  }
}
