package io.dirsync.cli;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import picocli.CommandLine;

/** Says what came of conflicts that were resolved, a line each. */
final class SettledScreen {
  private SettledScreen() {}

  /**
   * Prints what was done to standard output and what was refused to standard error.
   *
   * @return the exit code: failed if any was refused
   */
  static int print(
      JsonObject answer, boolean json, CommandLine line, Function<JsonObject, String> words) {
    boolean refused = false;
    boolean any = false;
    for (JsonElement element : answer.getAsJsonArray("settled")) {
      JsonObject each = element.getAsJsonObject();
      any = true;
      String path =
          each.get("id").getAsString()
              + "  "
              + each.get("folder").getAsString()
              + "  "
              + each.get("path").getAsString()
              + ": ";
      if (!each.get("refused").isJsonNull()) {
        refused = true;
        Errors.print(
            line.getErr(),
            path + each.get("refused").getAsString(),
            "now:  this conflict is as it was");
      } else if (!json) {
        line.getOut().println(path + words.apply(each) + where(each));
      }
    }
    if (json) {
      line.getOut().println(Json.pretty(answer));
    } else if (!any) {
      line.getOut().println("no conflicts");
    }
    return refused ? ExitCode.FAILED : ExitCode.DONE;
  }

  /** Where that is to be seen; empty if here too. */
  private static String where(JsonObject settled) {
    return settled.get("peersOnly").getAsBoolean()
        ? " on the peers; this node only sends: here nothing is put or removed"
        : "";
  }

  /** The ids of those that were not refused. */
  static List<String> done(JsonObject answer) {
    List<String> ids = new ArrayList<>();
    for (JsonElement element : answer.getAsJsonArray("settled")) {
      JsonObject each = element.getAsJsonObject();
      if (each.get("refused").isJsonNull()) {
        ids.add(each.get("id").getAsString());
      }
    }
    return ids;
  }

  static String copies(JsonObject settled) {
    long copies = settled.get("copies").getAsLong();
    return Sizes.count(copies) + (copies == 1 ? " copy" : " copies");
  }

  static List<String> written(JsonObject settled) {
    List<String> paths = new ArrayList<>();
    settled.getAsJsonArray("written").forEach(path -> paths.add(path.getAsString()));
    return paths;
  }
}
