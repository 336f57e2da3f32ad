package io.dirsync.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
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

@Command(
    name = "undo",
    description = {
      "Take the last resolution of conflicts back that was made on this node.",
      "The bytes come from the trash: what stood at the path stands there again, unless someone"
          + " has written there since, and the copies are conflict copies again."
    })
final class ConflictUndo implements Callable<Integer> {
  @Mixin private ConfigOption config = new ConfigOption();
  @Spec private CommandLine.Model.@Nullable CommandSpec spec;

  @Parameters(arity = "1..*", paramLabel = "ID", description = "The conflicts' ids.")
  private List<String> ids = new ArrayList<>();

  @Option(names = "--json", description = "For scripts.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    CommandLine line = java.util.Objects.requireNonNull(spec).commandLine();
    JsonObject request = ConfigOption.request("undo");
    JsonArray list = new JsonArray();
    ids.forEach(list::add);
    request.add("ids", list);
    JsonObject answer = config.ask(request, Duration.ZERO);
    return SettledScreen.print(
        answer,
        json,
        line,
        settled ->
            "undone; "
                + SettledScreen.copies(settled)
                + (settled.get("copies").getAsLong() == 1 ? " is" : " are")
                + " in conflict again");
  }
}
