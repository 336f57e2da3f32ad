package io.dirsync.cli;

import com.google.gson.JsonObject;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(name = "status", description = "What is in sync, what is not, why, and what to do.")
final class StatusCommand implements Callable<Integer> {
  @Mixin private ConfigOption config = new ConfigOption();
  @Spec private CommandLine.Model.@Nullable CommandSpec spec;

  @Parameters(arity = "0..1", paramLabel = "FOLDER", description = "One folder; default: all.")
  private @Nullable String folder;

  @Option(names = "--json", description = "For scripts.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = java.util.Objects.requireNonNull(spec).commandLine().getOut();
    JsonObject request = ConfigOption.request("status");
    if (folder != null) {
      request.addProperty("folder", folder);
    }
    JsonObject status = config.ask(request, Duration.ZERO);
    out.println(json ? Json.pretty(status) : StatusScreen.of(status, System.currentTimeMillis()));
    return ExitCode.DONE;
  }
}
