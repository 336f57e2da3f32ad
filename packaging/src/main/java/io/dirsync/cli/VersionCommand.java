package io.dirsync.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Spec;

@Command(name = "version", description = "Print the version.")
final class VersionCommand implements Callable<Integer>, CommandLine.IVersionProvider {
  @SuppressWarnings("UnusedVariable") // takes --config like every command
  @Mixin
  private ConfigOption config = new ConfigOption();

  @Spec private CommandLine.Model.@Nullable CommandSpec spec;

  @Override
  public Integer call() {
    java.util.Objects.requireNonNull(spec).commandLine().getOut().println(getVersion()[0]);
    return ExitCode.DONE;
  }

  @Override
  public String[] getVersion() {
    String version = VersionCommand.class.getPackage().getImplementationVersion();
    return new String[] {"dirsync " + (version == null ? "(not packaged)" : version)};
  }
}
