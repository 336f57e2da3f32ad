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
    name = "why",
    description =
        "Say why a path shows what it shows: who wrote what, what lost, where it is, by which rule.")
final class WhyCommand implements Callable<Integer> {
  @Mixin private ConfigOption config = new ConfigOption();
  @Spec private CommandLine.Model.@Nullable CommandSpec spec;

  @Parameters(paramLabel = "PATH", description = "A path in a folder; it may be gone.")
  private String path = "";

  @Option(names = "--json", description = "For scripts.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = java.util.Objects.requireNonNull(spec).commandLine().getOut();
    JsonObject request = ConfigOption.request("why");
    request.addProperty("path", PathArgument.of(path));
    JsonObject answer = config.ask(request, Duration.ZERO);
    if (json) {
      out.println(Json.pretty(answer));
      return ExitCode.DONE;
    }
    String shown = answer.get("shown").isJsonNull() ? "nothing" : "a " + text(answer, "shown");
    out.println(text(answer, "path") + " in " + text(answer, "folder") + " shows " + shown);
    if (!answer.get("pending").isJsonNull()) {
      out.println("  not yet on this disk: " + Plain.of(text(answer, "pending")));
    }
    if (answer.getAsJsonArray("versions").isEmpty()) {
      out.println(
          answer.get("shown").isJsonNull()
              ? "  nobody has written it, or it was removed by one who saw what was there"
              : "  it is there because of what is in it");
    }
    String root = Plain.of(text(answer, "root"));
    for (JsonElement each : answer.getAsJsonArray("versions")) {
      JsonObject version = each.getAsJsonObject();
      String kind = text(version, "kind");
      out.println(
          "  "
              + text(version, "node")
              + "  "
              + text(version, "time")
              + "  "
              + (kind.equals("file") ? Sizes.bytes(version.get("bytes").getAsLong()) : kind)
              + (version.get("file").isJsonNull()
                  ? ""
                  : "  " + root + "/" + text(version, "file")));
      out.println(
          "      " + text(version, "because") + " (rule " + version.get("rule").getAsInt() + ")");
    }
    for (JsonElement each : answer.getAsJsonArray("attributes")) {
      JsonObject change = each.getAsJsonObject();
      out.println(
          "  "
              + text(change, "node")
              + "  "
              + text(change, "time")
              + "  "
              + text(change, "name")
              + " "
              + Plain.of(text(change, "value"))
              + " (rule 5)");
    }
    return ExitCode.DONE;
  }

  private static String text(JsonObject object, String key) {
    return object.get(key).getAsString();
  }
}
