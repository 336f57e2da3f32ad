package io.dirsync.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "resolve",
    description =
        "End conflicts, on every node: say what is kept. What is not goes to the trash on each.")
final class ConflictResolve implements Callable<Integer> {
  @Mixin private ConfigOption config = new ConfigOption();
  @Spec private CommandLine.Model.@Nullable CommandSpec spec;

  @Parameters(arity = "0..*", paramLabel = "ID", description = "As `dirsync conflicts` lists them.")
  private List<String> ids = new ArrayList<>();

  @Option(names = "--all", description = "All conflicts of all folders.")
  private boolean all;

  @Option(
      names = "--keep",
      required = true,
      paramLabel = "NODE|newest|both|FILE",
      description = {
        "NODE: what that node wrote.",
        "newest: what stands at the path.",
        "both: that, and each copy becomes a file beside it.",
        "FILE: this file's bytes, as merged by hand. A file's path has a slash, as ./merged."
      })
  private String keep = "";

  @Option(names = "--dry-run", description = "Only say what would be done.")
  private boolean dryRun;

  @Option(names = "--json", description = "For scripts.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    CommandLine line = java.util.Objects.requireNonNull(spec).commandLine();
    if (ids.isEmpty() && !all) {
      throw new ParameterException(line, "missing: ID, or --all");
    }
    if (all && !ids.isEmpty()) {
      throw new ParameterException(line, "either IDs or --all, not both");
    }
    JsonObject request = ConfigOption.request("resolve");
    JsonArray list = new JsonArray();
    ids.forEach(list::add);
    request.add("ids", list);
    request.addProperty("all", all);
    request.addProperty("dryRun", dryRun);
    JsonObject answer;
    if (keep.contains("/")) {
      answer = withFile(line, request);
    } else {
      boolean word = keep.equals("newest") || keep.equals("both");
      request.addProperty("keep", word ? keep : "node");
      if (!word) {
        request.addProperty("node", keep);
      }
      answer = config.ask(request, Duration.ZERO);
    }
    int exit = SettledScreen.print(answer, json, line, this::describe);
    if (exit != ExitCode.DONE && !keep.contains("/") && Files.isRegularFile(Path.of(keep))) {
      line.getErr()
          .println("  do:   --keep ./" + Plain.of(keep) + "   (if the file of that name is meant)");
    }
    List<String> done = SettledScreen.done(answer);
    if (!json && !dryRun && !done.isEmpty()) {
      line.getErr()
          .println(
              (done.size() == 1 ? "1 conflict" : Sizes.count(done.size()) + " conflicts")
                  + " ended. To take that back, while the trash has the bytes:");
      line.getErr()
          .println(
              "  dirsync conflicts undo "
                  + (done.size() == 1 ? done.getFirst() : "ID..., on this node"));
    }
    return exit;
  }

  private JsonObject withFile(CommandLine line, JsonObject request) throws Exception {
    if (all || ids.size() != 1) {
      throw new ParameterException(line, "a file is kept for one conflict: name one ID");
    }
    Path file = Path.of(keep);
    if (Files.isDirectory(file)) {
      throw new CommandException(ExitCode.FAILED, keep + " is a directory");
    }
    try (FileChannel content = FileChannel.open(file, StandardOpenOption.READ)) {
      request.addProperty("keep", "content");
      request.addProperty("contentBytes", content.size());
      return config.ask(request, content);
    }
  }

  private String describe(JsonObject settled) {
    String copies = SettledScreen.copies(settled);
    String kept = dryRun ? "would keep " : "kept ";
    List<String> written = SettledScreen.written(settled);
    if (written.isEmpty()) {
      return kept
          + "what stands there; "
          + copies
          + (dryRun ? " would go" : settled.get("copies").getAsLong() == 1 ? " goes" : " go")
          + " to the trash";
    }
    if (keep.equals("both")) {
      return kept
          + "both; "
          + (written.size() == 1 ? "the other is " : "the others are ")
          + String.join(", ", written);
    }
    return kept
        + (keep.contains("/") ? Plain.of(keep) : "what " + Plain.of(keep) + " wrote")
        + "; what stood there and "
        + copies
        + (dryRun ? " would go" : " go")
        + " to the trash";
  }
}
