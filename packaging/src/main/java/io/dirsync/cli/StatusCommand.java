package io.dirsync.cli;

import com.google.gson.JsonArray;
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
    JsonObject status = config.ask(ConfigOption.request("status"), Duration.ZERO);
    if (folder != null) {
      JsonArray only = new JsonArray();
      for (JsonElement each : status.getAsJsonArray("folders")) {
        if (each.getAsJsonObject().get("name").getAsString().equals(folder)) {
          only.add(each);
        }
      }
      if (only.isEmpty()) {
        throw new CommandException(ExitCode.FAILED, "there is no folder '" + folder + "' here");
      }
      status.add("folders", only);
    }
    out.println(json ? Json.pretty(status) : StatusScreen.of(status, System.currentTimeMillis()));
    return ExitCode.DONE;
  }
}
