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
    name = "revert",
    description =
        "Put back what differs in a receive-only folder; what lies there now goes to the trash.")
final class FolderRevert implements Callable<Integer> {
  @Mixin private ConfigOption config = new ConfigOption();
  @Spec private CommandLine.Model.@Nullable CommandSpec spec;

  @Parameters(paramLabel = "NAME", description = "The folder's name.")
  private String name = "";

  @Override
  public Integer call() throws Exception {
    JsonObject request = ConfigOption.request("revert");
    request.addProperty("folder", name);
    long paths = config.ask(request, Duration.ZERO).get("paths").getAsLong();
    java.util.Objects.requireNonNull(spec)
        .commandLine()
        .getOut()
        .println(
            paths == 0
                ? "nothing differs in " + name
                : paths
                    + (paths == 1 ? " path goes" : " paths go")
                    + " back to what was received; what differed goes to the trash");
    return ExitCode.DONE;
  }
}
