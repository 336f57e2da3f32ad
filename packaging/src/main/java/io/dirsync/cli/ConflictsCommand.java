package io.dirsync.cli;

import com.google.gson.JsonArray;
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
import picocli.CommandLine.Spec;

@Command(
    name = "conflicts",
    description = "What was written on two nodes at once, and where the copies are.",
    subcommands = {
      ConflictsCommand.ConflictList.class,
      ConflictShow.class,
      ConflictResolve.class,
      ConflictUndo.class
    })
final class ConflictsCommand implements Callable<Integer> {
  @Mixin private ConfigOption config = new ConfigOption();
  @Spec private CommandLine.Model.@Nullable CommandSpec spec;

  @Option(names = "--json", description = "For scripts.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    return print(config, json, java.util.Objects.requireNonNull(spec).commandLine());
  }

  @Command(name = "list", description = "List them (the default).")
  static final class ConflictList implements Callable<Integer> {
    @Mixin private ConfigOption config = new ConfigOption();
    @Spec private CommandLine.Model.@Nullable CommandSpec spec;

    @Option(names = "--json", description = "For scripts.")
    private boolean json;

    @Override
    public Integer call() throws Exception {
      return print(config, json, java.util.Objects.requireNonNull(spec).commandLine());
    }
  }

  /** The day on which a copy goes to the trash. */
  static String keptUntil(JsonObject copy) {
    return copy.get("keptUntil").isJsonNull()
        ? ""
        : "  until " + copy.get("keptUntil").getAsString().substring(0, "2026-01-01".length());
  }

  /** What the policy makes of it; empty if that is nothing of note. */
  static String policy(JsonObject conflict) {
    String policy = conflict.get("policy").getAsString();
    return !conflict.get("left").isJsonNull()
        ? "  left by the policy '" + policy + "': " + conflict.get("left").getAsString()
        : policy.equals("manual") ? "  kept until you decide" : "";
  }

  private static int print(ConfigOption config, boolean json, CommandLine line) throws Exception {
    JsonObject answer = config.ask(ConfigOption.request("conflicts"), Duration.ZERO);
    if (json) {
      line.getOut().println(Json.pretty(answer));
    } else {
      print(answer, line.getOut(), line.getErr());
    }
    return ExitCode.DONE;
  }

  /**
   * Lists them, two lines or more each; on standard error what can be done about them.
   *
   * @param answer the daemon's
   */
  static void print(JsonObject answer, PrintWriter out, PrintWriter talk) {
    JsonArray conflicts = answer.getAsJsonArray("conflicts");
    for (JsonElement each : conflicts) {
      JsonObject conflict = each.getAsJsonObject();
      out.println(
          conflict.get("id").getAsString()
              + "  "
              + conflict.get("folder").getAsString()
              + "  "
              + conflict.get("path").getAsString()
              + Plain.of(policy(conflict)));
      for (JsonElement copy : conflict.getAsJsonArray("copies")) {
        JsonObject one = copy.getAsJsonObject();
        out.println(
            "    "
                + one.get("node").getAsString()
                + "  "
                + Times.brief(one.get("time").getAsString())
                + "  "
                + Held.of(one)
                + keptUntil(one)
                + "  "
                + one.get("file").getAsString());
      }
    }
    if (conflicts.isEmpty()) {
      out.println("no conflicts");
      return;
    }
    out.flush();
    boolean one = conflicts.size() == 1;
    talk.println(
        (one ? "1 conflict" : Sizes.count(conflicts.size()) + " conflicts")
            + ": listed is what lost, each with where it is kept.");
    talk.println("  look: dirsync conflicts show " + (one ? id(conflicts) : "ID") + " --diff");
    talk.println(
        "  end:  dirsync conflicts resolve "
            + (one ? id(conflicts) : "ID...|--all")
            + " --keep newest|both|NODE|FILE");
  }

  private static String id(JsonArray conflicts) {
    return conflicts.get(0).getAsJsonObject().get("id").getAsString();
  }
}
