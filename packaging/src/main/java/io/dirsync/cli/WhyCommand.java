package io.dirsync.cli;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
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
      if (!answer.get("shown").isJsonNull()) {
        out.println("  it is there because of what is in it (rule 3)");
      } else if (answer.getAsJsonArray("lost").isEmpty()) {
        out.println(
            "  nobody has written it, or what was there went before this node's log begins");
      }
    }
    String root = Plain.of(text(answer, "root"));
    for (JsonElement each : answer.getAsJsonArray("versions")) {
      print(each.getAsJsonObject(), "  ", root, out);
    }
    if (!answer.get("left").isJsonNull()) {
      out.println("  " + Plain.of(text(answer, "left")) + " (rule 9)");
    }
    for (JsonElement each : answer.getAsJsonArray("attributes")) {
      JsonObject change = each.getAsJsonObject();
      out.println(
          "  "
              + text(change, "node")
              + "  "
              + Times.brief(text(change, "time"))
              + "  "
              + text(change, "name")
              + " "
              + Plain.of(text(change, "value"))
              + " (rule 5)");
    }
    for (JsonElement each : answer.getAsJsonArray("lost")) {
      print(each.getAsJsonObject(), "  gone: ", root, out);
    }
    Set<String> told = new HashSet<>();
    answer.getAsJsonArray("lost").forEach(each -> told.add(file(each.getAsJsonObject())));
    for (JsonElement each : answer.getAsJsonArray("trash")) {
      if (told.add(each.getAsString())) {
        out.println("  also in the trash: " + root + "/" + each.getAsString());
      }
    }
    if (answer.get("more").getAsBoolean()) {
      out.println("  what went before that: dirsync log PATH");
    }
    return ExitCode.DONE;
  }

  private static void print(JsonObject version, String indent, String root, PrintWriter out) {
    String kind = text(version, "kind");
    out.println(
        indent
            + text(version, "node")
            + "  "
            + Times.brief(text(version, "time"))
            + "  "
            + Held.of(version)
            + (version.get("hash").isJsonNull() ? "" : "  " + text(version, "hash")));
    if (!version.get("file").isJsonNull()) {
      boolean elsewhere =
          version.get("elsewhere") != null && version.get("elsewhere").getAsBoolean();
      out.println("      " + (elsewhere ? "as in " : "") + root + "/" + text(version, "file"));
    } else if (kind.equals("file")
        && version.get("gone") != null
        && version.get("bytes").getAsLong() > 0) {
      out.println("      its bytes are not on this node");
    }
    out.println(
        "      "
            + (version.get("at") == null ? "" : "at " + Times.brief(text(version, "at")) + ": ")
            + Plain.of(text(version, "because"))
            + " (rule "
            + version.get("rule").getAsInt()
            + ")");
  }

  private static String file(JsonObject version) {
    return version.get("file").isJsonNull() ? "" : text(version, "file");
  }

  private static String text(JsonObject object, String key) {
    return object.get(key).getAsString();
  }
}
