package io.dirsync.cli;

import io.dirsync.daemon.ConfigEditor;
import io.dirsync.engine.PeerSettings;
import io.dirsync.protocol.NodeId;
import io.dirsync.protocol.NodeKey;
import java.io.PrintWriter;
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
    name = "peer",
    description = "Name the nodes that this one shares folders with.",
    subcommands = {PeerCommand.Add.class, PeerCommand.PeerList.class})
final class PeerCommand {
  @SuppressWarnings("UnusedVariable") // for --help, and for --config before a verb
  @Mixin
  private ConfigOption config = new ConfigOption();

  @Command(
      name = "add",
      description =
          "Write a peer into the configuration; a running daemon takes it in when restarted.")
  static final class Add implements Callable<Integer> {
    @Mixin private ConfigOption config = new ConfigOption();
    @Spec private CommandLine.Model.@Nullable CommandSpec spec;

    @Parameters(paramLabel = "NAME", description = "What this node calls the peer.")
    private String name = "";

    @Option(
        names = "--id",
        required = true,
        paramLabel = "ID",
        description = "What `dirsync id` prints there.")
    private String id = "";

    @Option(
        names = "--address",
        paramLabel = "HOST:PORT",
        description =
            "Where it listens; may be given several times, or not at all if only it dials.")
    private List<String> addresses = List.of();

    @Override
    public Integer call() throws Exception {
      CommandLine line = java.util.Objects.requireNonNull(spec).commandLine();
      NodeId parsed;
      try {
        parsed = NodeId.parse(id);
      } catch (IllegalArgumentException e) {
        throw new CommandException(ExitCode.USAGE, String.valueOf(e.getMessage()));
      }
      Path data = config.read().node().dataDirectory();
      if (NodeKey.exists(data) && config.key().id().equals(parsed)) {
        throw new CommandException(
            ExitCode.USAGE,
            "this is the node's own id",
            "do:   give the id that `dirsync id` prints on " + name);
      }
      var outcome =
          new ConfigEditor(config.file(), config.places()).addPeer(name, parsed, addresses);
      if (outcome == ConfigEditor.Outcome.WRITTEN) {
        line.getOut()
            .println("added the peer " + name + " to " + Plain.of(config.file().toString()));
        config.tellOfDaemon(line.getErr());
      } else {
        line.getOut().println(Plain.of(config.file().toString()) + " says so already");
      }
      return ExitCode.DONE;
    }
  }

  @Command(name = "list", description = "List the peers.")
  static final class PeerList implements Callable<Integer> {
    @Mixin private ConfigOption config = new ConfigOption();
    @Spec private CommandLine.Model.@Nullable CommandSpec spec;

    @Override
    public Integer call() throws Exception {
      PrintWriter out = java.util.Objects.requireNonNull(spec).commandLine().getOut();
      for (PeerSettings peer : config.read().node().peers()) {
        String addresses = peer.addresses().isEmpty() ? "-" : String.join(" ", peer.addresses());
        out.println(peer.name() + "  " + peer.id() + "  " + addresses);
      }
      return ExitCode.DONE;
    }
  }
}
