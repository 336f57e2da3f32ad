package io.dirsync.cli;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.dirsync.daemon.Durations;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "log",
    description =
        "List what was done to a path, or to all below a directory, as far as this node's change log"
            + " goes back: it keeps what a peer has not applied yet, and some more.")
final class LogCommand implements Callable<Integer> {
  private static final int CHANGES_DEFAULT = 1000;

  @Mixin private ConfigOption config = new ConfigOption();
  @Spec private CommandLine.Model.@Nullable CommandSpec spec;

  @Parameters(paramLabel = "PATH", description = "A path in a folder, or a folder's root.")
  private String path = "";

  @Option(names = "--since", paramLabel = "TIME", description = "No longer ago than this: 90s, 1h.")
  private @Nullable String since;

  @Option(names = "--json", description = "For scripts.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = java.util.Objects.requireNonNull(spec).commandLine().getOut();
    long sinceMillis = 0;
    if (since != null) {
      Optional<Duration> limit = Durations.parse(since);
      if (limit.isEmpty()) {
        throw new CommandException(
            ExitCode.USAGE, "'" + since + "' is no time: write 90s, 10m or 1h");
      }
      sinceMillis = Math.max(0, Instant.now().minus(limit.get()).toEpochMilli());
    }
    JsonObject request = ConfigOption.request("log");
    request.addProperty("path", PathArgument.of(path));
    request.addProperty("sinceMillis", sinceMillis);
    request.addProperty("most", CHANGES_DEFAULT);
    JsonObject answer = config.ask(request, Duration.ZERO);
    if (json) {
      out.println(Json.pretty(answer));
      return ExitCode.DONE;
    }
    for (JsonElement each : answer.getAsJsonArray("changes")) {
      out.println(line(each.getAsJsonObject()));
    }
    if (answer.getAsJsonArray("changes").isEmpty()) {
      out.println(
          answer.get("begins").isJsonNull()
              ? "the log is empty"
              : "nothing since the log begins, at " + answer.get("begins").getAsString());
    }
    return ExitCode.DONE;
  }

  private static String line(JsonObject change) {
    StringBuilder line = new StringBuilder(change.get("time").getAsString());
    line.append("  ").append(change.get("node").isJsonNull() ? "-" : text(change, "node"));
    line.append("  ").append(text(change, "what")).append("  ").append(text(change, "path"));
    if (!change.get("kind").isJsonNull()) {
      String kind = text(change, "kind");
      line.append("  ")
          .append(kind.equals("file") ? Sizes.bytes(change.get("bytes").getAsLong()) : kind);
    }
    if (!change.get("other").isJsonNull()) {
      line.append(
          switch (text(change, "what")) {
            case "moved away" -> "  to ";
            case "wrote" -> "  which follows the move to ";
            default -> "  from ";
          });
      line.append(text(change, "other"));
    }
    if (!change.get("by").isJsonNull()) {
      line.append("  by ").append(Plain.of(text(change, "by")));
    }
    if (!change.get("from").isJsonNull()) {
      line.append("  (from ").append(text(change, "from")).append(')');
    }
    return line.toString();
  }

  private static String text(JsonObject object, String key) {
    return object.get(key).getAsString();
  }
}
