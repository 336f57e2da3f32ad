package io.dirsync.cli;

import com.google.gson.JsonObject;
import io.dirsync.engine.Counted;
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
    name = "approve",
    description =
        "Let deletions go that are held because they are more than max_delete, or undo them.")
final class ApproveCommand implements Callable<Integer> {
  @Mixin private ConfigOption config = new ConfigOption();
  @Spec private CommandLine.Model.@Nullable CommandSpec spec;

  @Parameters(paramLabel = "FOLDER", description = "The folder's name.")
  private String folder = "";

  @Option(
      names = "--put-back",
      description = "The files that were deleted come back, on every node.")
  private boolean putBack;

  @Override
  public Integer call() throws Exception {
    JsonObject request = ConfigOption.request("decide");
    request.addProperty("folder", folder);
    request.addProperty("how", putBack ? "put-back" : "approve");
    JsonObject answer = config.ask(request, Duration.ZERO);
    long here = answer.get("here").getAsLong();
    long byPeers = answer.get("byPeers").getAsLong();
    java.util.Objects.requireNonNull(spec)
        .commandLine()
        .getOut()
        .println(
            putBack
                ? Counted.of(here + byPeers, "file comes", "files come") + " back everywhere"
                : Counted.of(here, "deletion made here is sent", "deletions made here are sent")
                    + ", "
                    + Counted.of(byPeers, "made by peers is", "made by peers are")
                    + " done here");
    return ExitCode.DONE;
  }
}
