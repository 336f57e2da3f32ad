package io.dirsync.cli;

import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

@Command(name = "help", description = "Say what there is, or what a command does.")
final class HelpCommand implements Callable<Integer> {
  @SuppressWarnings("UnusedVariable") // takes --config like every command
  @Mixin
  private ConfigOption config = new ConfigOption();

  @Spec private CommandLine.Model.@Nullable CommandSpec spec;

  @Parameters(
      arity = "0..*",
      paramLabel = "COMMAND",
      description = "As `status` or `peer add`; default: all, in short.")
  private List<String> words = List.of();

  @Override
  public Integer call() {
    CommandLine own = java.util.Objects.requireNonNull(spec).commandLine();
    CommandLine command = own.getParent();
    for (String word : words) {
      CommandLine below = command.getSubcommands().get(word);
      if (below == null) {
        throw new UnmatchedArgumentException(command, List.of(word));
      }
      command = below;
    }
    command.usage(own.getOut());
    return ExitCode.DONE;
  }
}
