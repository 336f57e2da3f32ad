package io.dirsync.cli;

import io.dirsync.daemon.ConfigEditor;
import io.dirsync.protocol.NodeKey;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
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
    var outcome = new ConfigEditor(config.file(), config.places()).init(name, data, listen);
    NodeKey key = NodeKey.exists(data) ? NodeKey.load(data) : create(data);
    out.println(
        outcome == ConfigEditor.Outcome.WRITTEN
            ? "wrote " + Plain.of(config.file().toString()) + " for the node " + name
            : Plain.of(config.file().toString()) + " says so already");
    out.println("its id is " + key.id());
    return ExitCode.DONE;
  }

  /** The directory is for the node's account alone: databases hold the names of all files. */
  private static NodeKey create(Path data) throws IOException {
    if (!Files.isDirectory(data)) {
      Files.createDirectories(
          data, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
    return NodeKey.create(data);
  }
}
