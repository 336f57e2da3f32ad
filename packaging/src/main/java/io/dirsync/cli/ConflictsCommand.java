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
    return print(config, json, java.util.Objects.requireNonNull(spec).commandLine().getOut());
  }

  @Command(name = "list", description = "List them (the default).")
  static final class ConflictList implements Callable<Integer> {
    @Mixin private ConfigOption config = new ConfigOption();
    @Spec private CommandLine.Model.@Nullable CommandSpec spec;

    @Option(names = "--json", description = "For scripts.")
    private boolean json;

    @Override
    public Integer call() throws Exception {
      return print(config, json, java.util.Objects.requireNonNull(spec).commandLine().getOut());
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

  private static int print(ConfigOption config, boolean json, PrintWriter out) throws Exception {
    JsonObject answer = config.ask(ConfigOption.request("conflicts"), Duration.ZERO);
    if (json) {
      out.println(Json.pretty(answer));
      return ExitCode.DONE;
    }
    for (JsonElement each : answer.getAsJsonArray("conflicts")) {
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
                + one.get("time").getAsString()
                + "  "
                + Sizes.bytes(one.get("bytes").getAsLong())
                + "  "
                + one.get("file").getAsString()
                + keptUntil(one));
      }
    }
    if (answer.getAsJsonArray("conflicts").isEmpty()) {
      out.println("no conflicts");
    }
    return ExitCode.DONE;
  }
}
