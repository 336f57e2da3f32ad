package io.dirsync.cli;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The status for people: a sentence, a table if there is something to tell, and the next command.
 */
final class StatusScreen {
  private static final String[] COLUMNS = {
    "FOLDER", "STATE", "PEER", "BEHIND", "FILES", "SIZE", "LAST CHANGE"
  };

  private StatusScreen() {}

  /**
   * @param nowMillis milliseconds since 1970
   */
  static String of(JsonObject status, long nowMillis) {
    String summary = text(status, "summary");
    StringBuilder out = new StringBuilder(summary);
    List<String[]> rows = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    TreeMap<String, JsonObject> peers = new TreeMap<>();
    Map<String, Set<String>> troubles = new HashMap<>();
    boolean well = true;
    boolean conflicts = false;
    List<String> held = new ArrayList<>();
    List<String> skipped = new ArrayList<>();
    for (JsonElement each : status.getAsJsonArray("folders")) {
      JsonObject folder = each.getAsJsonObject();
      well &= isWell(folder);
      conflicts |= folder.get("conflicts").getAsLong() > 0;
      if (text(folder, "state").equals("held")) {
        held.add(text(folder, "name"));
      }
      skipped(folder).ifPresent(skipped::add);
      addRows(folder, rows, nowMillis);
      for (JsonElement problem : folder.getAsJsonArray("problems")) {
        String sentence = text(folder, "name") + ": " + Plain.of(problem.getAsString());
        if (!says(summary, sentence)) {
          problems.add(sentence);
        }
      }
      for (JsonElement peer : folder.getAsJsonArray("peers")) {
        String name = text(peer.getAsJsonObject(), "name");
        peers.putIfAbsent(name, peer.getAsJsonObject());
        if (!peer.getAsJsonObject().get("trouble").isJsonNull()) {
          troubles
              .computeIfAbsent(name, _ -> new TreeSet<>())
              .add(text(peer.getAsJsonObject(), "trouble"));
        }
      }
    }
    if (well) {
      skipped.forEach(sentence -> out.append('\n').append(sentence));
      return out.toString();
    }
    out.append("\n\n").append(table(rows));
    if (!peers.isEmpty()) {
      out.append('\n');
      peers.forEach(
          (name, peer) ->
              out.append(peer(name, peer, nowMillis))
                  .append(troubles.containsKey(name) ? ": " : "")
                  .append(String.join("; ", troubles.getOrDefault(name, Set.of())))
                  .append('\n'));
    }
    if (!problems.isEmpty()) {
      out.append('\n');
      problems.forEach(problem -> out.append(problem).append('\n'));
    }
    if (!skipped.isEmpty()) {
      out.append('\n');
      skipped.forEach(sentence -> out.append(sentence).append('\n'));
    }
    List<String> next = next(held, conflicts, peers, troubles.keySet());
    if (!next.isEmpty()) {
      out.append('\n');
      next.forEach(command -> out.append("→ ").append(command).append('\n'));
    }
    return out.toString().stripTrailing();
  }

  /** Whether the sentence above the table is this one, or has it, alone or as the first of more. */
  private static boolean says(String summary, String problem) {
    String there = "Folder " + problem;
    return summary.contains(there + ".") || summary.contains(there + " (and ");
  }

  /** What stands in the folder and goes nowhere. */
  private static Optional<String> skipped(JsonObject folder) {
    long count = folder.get("skipped").getAsLong();
    String name = text(folder, "name");
    return switch ((int) Math.min(count, 2)) {
      case 0 -> Optional.empty();
      case 1 -> Optional.of(name + ": 1 socket, fifo or device is not carried");
      default ->
          Optional.of(
              name + ": " + Sizes.count(count) + " sockets, fifos or devices are not carried");
    };
  }

  private static String text(JsonObject object, String key) {
    return Plain.of(object.get(key).getAsString());
  }

  private static boolean isWell(JsonObject folder) {
    return text(folder, "state").equals("in sync")
        && folder.get("conflicts").getAsLong() == 0
        && folder.getAsJsonArray("problems").isEmpty()
        && folder.getAsJsonArray("peers").asList().stream()
            .allMatch(peer -> isWithUs(peer.getAsJsonObject()));
  }

  private static boolean isWithUs(JsonObject peer) {
    return peer.get("connected").getAsBoolean() && peer.get("trouble").isJsonNull();
  }

  /** A row a peer, the first of them with the folder. */
  private static void addRows(JsonObject folder, List<String[]> rows, long nowMillis) {
    long last = folder.get("lastChange").getAsLong();
    // Of a halted folder nothing is known; that none of its files is left must not be read there.
    boolean halted = text(folder, "state").equals("halted");
    String[] row = {
      text(folder, "name"),
      state(folder),
      "-",
      "-",
      halted ? "-" : Sizes.count(folder.get("files").getAsLong()),
      halted ? "-" : Sizes.bytes(folder.get("bytes").getAsLong()),
      last == 0 ? "-" : Sizes.ago(nowMillis - last)
    };
    for (JsonElement each : folder.getAsJsonArray("peers")) {
      JsonObject peer = each.getAsJsonObject();
      row[2] = text(peer, "name");
      row[3] = behind(peer);
      rows.add(row);
      row = new String[] {"", "", "-", "-", "", "", ""};
    }
    if (folder.getAsJsonArray("peers").isEmpty()) {
      rows.add(row);
    }
  }

  /** What the folder is doing, or the most urgent thing about it. */
  private static String state(JsonObject folder) {
    String state = text(folder, "state");
    long conflicts = folder.get("conflicts").getAsLong();
    if (state.equals("halted") || state.equals("held")) {
      return "! " + state;
    }
    if (conflicts > 0) {
      return "! " + Sizes.count(conflicts) + (conflicts == 1 ? " conflict" : " conflicts");
    }
    int problems = folder.getAsJsonArray("problems").size();
    if (problems > 0) {
      return "! " + Sizes.count(problems) + (problems == 1 ? " problem" : " problems");
    }
    if (state.equals("in sync")) {
      if (isWell(folder)) {
        return "✓ in sync";
      }
      return folder.getAsJsonArray("peers").asList().stream()
              .allMatch(peer -> peer.getAsJsonObject().get("connected").getAsBoolean())
          ? "! not on a peer"
          : "! peer away";
    }
    return "↻ " + state;
  }

  private static String behind(JsonObject peer) {
    long files = peer.get("behindFiles").getAsLong();
    long bytes = peer.get("behindBytes").getAsLong();
    if (files == 0) {
      return "-";
    }
    return (text(peer, "behindCounts").equals("changes")
            ? Sizes.count(files) + " changes"
            : Sizes.files(files))
        + (bytes == 0 ? "" : ", " + Sizes.bytes(bytes));
  }

  private static String table(List<String[]> rows) {
    List<String[]> all = new ArrayList<>();
    all.add(COLUMNS);
    all.addAll(rows);
    int[] widths = new int[COLUMNS.length];
    for (String[] row : all) {
      for (int i = 0; i < row.length; i++) {
        widths[i] = Math.max(widths[i], Sizes.columns(row[i]));
      }
    }
    StringBuilder out = new StringBuilder();
    for (String[] row : all) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < row.length; i++) {
        line.append(row[i]).append(" ".repeat(widths[i] - Sizes.columns(row[i]) + 2));
      }
      out.append(line.toString().stripTrailing()).append('\n');
    }
    return out.toString();
  }

  private static String peer(String name, JsonObject peer, long nowMillis) {
    String span = Sizes.span(nowMillis - peer.get("since").getAsLong());
    return name
        + (peer.get("connected").getAsBoolean()
            ? String.format(
                Locale.ROOT,
                "  connected for %s, lag %.1f s, sent %s, received %s",
                span,
                peer.get("lagSeconds").getAsDouble(),
                Sizes.bytes(peer.get("sentBytes").getAsLong()),
                Sizes.bytes(peer.get("receivedBytes").getAsLong()))
            : "  not connected for " + span);
  }

  private static List<String> next(
      List<String> held, boolean conflicts, Map<String, JsonObject> peers, Set<String> troubled) {
    List<String> next = new ArrayList<>();
    held.forEach(folder -> next.add("dirsync approve " + folder));
    if (conflicts) {
      next.add("dirsync conflicts");
    }
    peers.forEach(
        (name, peer) -> {
          if (!isWithUs(peer) || troubled.contains(name)) {
            next.add("on " + name + ": dirsync status");
          }
        });
    return next;
  }
}
