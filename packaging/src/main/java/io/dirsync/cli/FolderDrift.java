package io.dirsync.cli;

import com.google.gson.JsonElement;
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

@Command(
    name = "drift",
    description = "List what differs on this disk from what a receive-only folder was sent.")
final class FolderDrift implements Callable<Integer> {
  @Mixin private ConfigOption config = new ConfigOption();
  @Spec private CommandLine.Model.@Nullable CommandSpec spec;

  @Parameters(paramLabel = "NAME", description = "The folder's name.")
  private String name = "";

  @Option(names = "--json", description = "For scripts.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = java.util.Objects.requireNonNull(spec).commandLine().getOut();
    JsonObject request = ConfigOption.request("drift");
    request.addProperty("folder", name);
    JsonObject answer = config.ask(request, Duration.ZERO);
    if (json) {
      out.println(Json.pretty(answer));
      return ExitCode.DONE;
    }
    for (JsonElement each : answer.getAsJsonArray("drift")) {
      JsonObject one = each.getAsJsonObject();
      out.println(one.get("difference").getAsString() + "  " + one.get("path").getAsString());
    }
    if (answer.getAsJsonArray("drift").isEmpty()) {
      out.println("no drift");
    }
    return ExitCode.DONE;
  }
}
