package io.dirsync.cli;

import io.dirsync.protocol.NodeKey;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Spec;

@Command(name = "id", description = "Print this node's id, the fingerprint of its key.")
final class IdCommand implements Callable<Integer> {
  @Mixin private ConfigOption config = new ConfigOption();
  @Spec private CommandLine.Model.@Nullable CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    NodeKey key = config.key();
    java.util.Objects.requireNonNull(spec).commandLine().getOut().println(key.id());
    return ExitCode.DONE;
  }
}
