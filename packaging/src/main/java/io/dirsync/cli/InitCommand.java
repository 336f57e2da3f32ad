package io.dirsync.cli;

import io.dirsync.daemon.ConfigEditor;
import io.dirsync.protocol.NodeKey;
import java.io.PrintWriter;
import java.nio.file.Path;
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
    NodeKey key = NodeKey.exists(data) ? NodeKey.load(data) : NodeKey.create(data);
    out.println(
        outcome == ConfigEditor.Outcome.WRITTEN
            ? "wrote " + config.file() + " for the node " + name
            : config.file() + " says so already");
    out.println("its id is " + key.id());
    return ExitCode.DONE;
  }
}
