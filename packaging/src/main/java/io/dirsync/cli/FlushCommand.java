package io.dirsync.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.dirsync.daemon.Durations;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
    name = "flush",
    description =
        "Wait until every connected peer has durably applied all that was written before the call.")
final class FlushCommand implements Callable<Integer> {
  /** How long a daemon that is still starting is waited for. */
  private static final Duration STARTING = Duration.ofSeconds(10);

  @Mixin private ConfigOption config = new ConfigOption();
  @Spec private CommandLine.Model.@Nullable CommandSpec spec;

  @Parameters(arity = "0..1", paramLabel = "FOLDER", description = "One folder; default: all.")
  private @Nullable String folder;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      description = "How long to wait (default: ${DEFAULT-VALUE}).")
  private String timeout = "60s";

  @Override
  public Integer call() throws Exception {
    CommandLine line = java.util.Objects.requireNonNull(spec).commandLine();
    Optional<Duration> limit = Durations.parse(timeout);
    if (limit.isEmpty()) {
      throw new CommandException(
          ExitCode.USAGE, "'" + timeout + "' is no time: write 90s, 10m or 1h");
    }
    JsonObject request = ConfigOption.request("flush");
    request.addProperty("timeoutMillis", limit.get().toMillis());
    if (folder != null) {
      request.addProperty("folder", folder);
    }
    Duration patience = limit.get().compareTo(STARTING) < 0 ? limit.get() : STARTING;
    JsonObject answer = config.ask(request, patience);
    JsonArray unreachable = answer.getAsJsonArray("unreachable");
    JsonObject refused = answer.getAsJsonObject("refused");
    JsonArray held = answer.getAsJsonArray("held");
    JsonObject halted = answer.getAsJsonObject("halted");
    if (!halted.isEmpty()) {
      throw halted(halted, unreachable, refused);
    }
    if (unreachable.isEmpty() && refused.isEmpty() && !held.isEmpty()) {
      String name = held.get(0).getAsString();
      throw new CommandException(
          ExitCode.HELD,
          "deletions in folder " + name + " are held for approval",
          "now:  every peer has everything else",
          "do:   dirsync approve " + name + "   (or with --put-back: the files come back)");
    }
    if (unreachable.isEmpty() && refused.isEmpty()) {
      line.getOut().println("every peer has everything");
      return ExitCode.DONE;
    }
    throw away(unreachable, refused);
  }

  /** A folder that does not run outweighs all else: what was written there is with nobody. */
  private static CommandException halted(
      JsonObject halted, JsonArray unreachable, JsonObject refused) {
    List<String> names = halted.keySet().stream().sorted().toList();
    List<String> lines = new ArrayList<>();
    names.forEach(name -> lines.add("why:  " + name + ": " + halted.get(name).getAsString()));
    boolean all = unreachable.isEmpty() && refused.isEmpty();
    lines.add(
        "now:  every "
            + (all ? "" : "other ")
            + "peer has everything of the other folders, but for deletions that are held");
    if (!all) {
      lines.addAll(away(unreachable, refused).hints());
    }
    lines.add("do:   dirsync status");
    return new CommandException(
        ExitCode.FAILED,
        (names.size() == 1 ? "folder " : "folders ")
            + String.join(", ", names)
            + (names.size() == 1 ? " does not run" : " do not run")
            + (all ? "" : "; " + away(unreachable, refused).getMessage()),
        lines.toArray(String[]::new));
  }

  private static CommandException away(JsonArray unreachable, JsonObject refused) {
    List<String> what = new ArrayList<>();
    List<String> lines = new ArrayList<>();
    if (!unreachable.isEmpty()) {
      List<String> names = new ArrayList<>();
      unreachable.forEach(name -> names.add(name.getAsString()));
      what.add("not reachable: " + String.join(", ", names));
    }
    if (!refused.isEmpty()) {
      List<String> names = refused.keySet().stream().sorted().toList();
      what.add("connected, but taking no part: " + String.join(", ", names));
      for (String name : names) {
        lines.add("why:  " + name + ": " + refused.get(name).getAsString());
      }
    }
    lines.add(
        "now:  every other peer has everything; these get it when they "
            + (unreachable.isEmpty() ? "take part" : "are back"));
    if (!unreachable.isEmpty()) {
      lines.add("do:   dirsync status");
    }
    refused.keySet().stream()
        .sorted()
        .forEach(name -> lines.add("do:   on " + name + ": dirsync status"));
    return new CommandException(
        ExitCode.PEER_UNREACHABLE, String.join("; ", what), lines.toArray(String[]::new));
  }
}
