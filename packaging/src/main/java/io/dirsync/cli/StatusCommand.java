package io.dirsync.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
      List<String> names = new ArrayList<>();
      for (JsonElement each : status.getAsJsonArray("folders")) {
        names.add(each.getAsJsonObject().get("name").getAsString());
        if (names.getLast().equals(folder)) {
          only.add(each);
        }
      }
      if (only.isEmpty()) {
        throw new CommandException(
            ExitCode.FAILED,
            "there is no folder '"
                + folder
                + "' here"
                + (names.isEmpty() ? "" : "; there are: " + String.join(", ", names)));
      }
      status.add("folders", only);
    }
    out.println(json ? Json.pretty(status) : StatusScreen.of(status, System.currentTimeMillis()));
    return ExitCode.DONE;
  }
}
