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

@Command(
    name = "show",
    description = "Show one: what stands at the path, each copy, who wrote it and where it lies.")
final class ConflictShow implements Callable<Integer> {
  @Mixin private ConfigOption config = new ConfigOption();
  @Spec private CommandLine.Model.@Nullable CommandSpec spec;

  @Parameters(paramLabel = "ID", description = "As `dirsync conflicts` lists it.")
  private String id = "";

  @Option(
      names = "--diff",
      description = "Also what each copy has and the shown file has not, line by line.")
  private boolean diff;

  @Option(names = "--json", description = "For scripts.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = java.util.Objects.requireNonNull(spec).commandLine().getOut();
    JsonObject request = ConfigOption.request("conflict");
    request.addProperty("id", id);
    request.addProperty("diff", diff);
    JsonObject answer = config.ask(request, Duration.ZERO);
    if (json) {
      out.println(Json.pretty(answer));
      return ExitCode.DONE;
    }
    JsonObject conflict = answer.getAsJsonObject("conflict");
    out.println(
        id
            + "  "
            + text(conflict, "folder")
            + "  "
            + text(conflict, "path")
            + Plain.of(ConflictsCommand.policy(conflict)));
    String root = text(conflict, "root");
    if (conflict.get("shown") instanceof JsonObject shown) {
      out.println("    shown  " + side(shown));
      out.println(place(shown, root));
    } else {
      out.println("    shown  nothing: it was removed or moved away");
    }
    JsonArray copies = conflict.getAsJsonArray("copies");
    for (JsonElement copy : copies) {
      JsonObject one = copy.getAsJsonObject();
      out.println("    copy   " + side(one) + ConflictsCommand.keptUntil(one));
      out.println(place(one, root));
    }
    if (diff) {
      copies.forEach(copy -> printDiff(copy.getAsJsonObject(), out));
    }
    return ExitCode.DONE;
  }

  private static String side(JsonObject side) {
    List<String> nodes = new ArrayList<>();
    side.getAsJsonArray("nodes").forEach(node -> nodes.add(node.getAsString()));
    return (nodes.isEmpty() ? "-" : String.join(",", nodes))
        + "  "
        + (side.get("time").isJsonNull() ? "-" : Times.brief(text(side, "time")))
        + "  "
        + Held.of(side);
  }

  private static String place(JsonObject side, String root) {
    return "           " + Plain.of(root) + "/" + text(side, "file");
  }

  private static void printDiff(JsonObject copy, PrintWriter out) {
    out.println();
    if (copy.get("diff") instanceof JsonArray lines) {
      for (JsonElement line : lines) {
        out.println(plainLine(line.getAsString()));
      }
    } else {
      out.println(text(copy, "file") + ": no comparison: " + Plain.of(text(copy, "noDiff")));
    }
  }

  /** A line of a file, on which no terminal can act; tabs stay. */
  private static String plainLine(String line) {
    return String.join("\t", java.util.Arrays.stream(line.split("\t", -1)).map(Plain::of).toList());
  }

  private static String text(JsonObject object, String key) {
    return object.get(key).getAsString();
  }
}
