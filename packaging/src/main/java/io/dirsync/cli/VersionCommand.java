package io.dirsync.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Spec;

@Command(name = "version", description = "Print the version.")
final class VersionCommand implements Callable<Integer> {
  @SuppressWarnings("UnusedVariable") // takes --config like every command
  @Mixin
  private ConfigOption config = new ConfigOption();

  @Spec private CommandLine.Model.@Nullable CommandSpec spec;

  @Override
  public Integer call() {
    String version = VersionCommand.class.getPackage().getImplementationVersion();
    java.util.Objects.requireNonNull(spec)
        .commandLine()
        .getOut()
        .println("dirsync " + (version == null ? "(not packaged)" : version));
    return ExitCode.DONE;
  }
}
