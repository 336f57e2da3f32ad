package io.dirsync.cli;

import com.google.gson.JsonObject;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "scan",
    description =
        "Compare a folder's whole tree with what is known of it; returns when that is done.")
final class ScanCommand implements Callable<Integer> {
  @Mixin private ConfigOption config = new ConfigOption();
  @Spec private CommandLine.Model.@Nullable CommandSpec spec;

  @Parameters(paramLabel = "FOLDER", description = "The folder's name.")
  private String folder = "";

  @Override
  public Integer call() throws Exception {
    JsonObject request = ConfigOption.request("scan");
    request.addProperty("folder", folder);
    JsonObject answer = config.ask(request, Duration.ZERO);
    java.util.Objects.requireNonNull(spec)
        .commandLine()
        .getOut()
        .printf(
            "%,d entries compared, %,d changed%n",
            answer.get("entries").getAsLong(), answer.get("changed").getAsLong());
    return ExitCode.DONE;
  }
}
