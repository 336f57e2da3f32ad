package io.dirsync.cli;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

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
    StringBuilder out = new StringBuilder(status.get("summary").getAsString());
    List<String[]> rows = new ArrayList<>();
    List<String> lines = new ArrayList<>();
    boolean well = true;
    boolean conflicts = false;
    for (JsonElement each : status.getAsJsonArray("folders")) {
      JsonObject folder = each.getAsJsonObject();
      well &= rows(folder, rows, nowMillis);
      conflicts |= folder.get("conflicts").getAsLong() > 0;
      for (JsonElement problem : folder.getAsJsonArray("problems")) {
        lines.add(folder.get("name").getAsString() + ": " + problem.getAsString());
      }
    }
    if (well) {
      return out.toString();
    }
    out.append("\n\n").append(table(rows));
    peers(status, lines, nowMillis);
    for (String line : lines) {
      out.append('\n').append(line);
    }
    if (conflicts) {
      out.append("\n\n→ dirsync conflicts");
    }
    return out.toString();
  }

  /** Adds a row a peer; whether there is nothing to tell of the folder. */
  private static boolean rows(JsonObject folder, List<String[]> rows, long nowMillis) {
    String state = folder.get("state").getAsString();
    long conflicts = folder.get("conflicts").getAsLong();
    boolean well =
        state.equals("in sync") && conflicts == 0 && folder.getAsJsonArray("problems").isEmpty();
    String mark =
        well ? "✓ " : state.equals("halted") || state.equals("held") || conflicts > 0 ? "! " : "↻ ";
    String shown =
        conflicts > 0 && state.equals("in sync")
            ? conflicts + (conflicts == 1 ? " conflict" : " conflicts")
            : state;
    long last = folder.get("lastChange").getAsLong();
    boolean first = true;
    List<JsonObject> peers = new ArrayList<>();
    folder.getAsJsonArray("peers").forEach(peer -> peers.add(peer.getAsJsonObject()));
    do {
      JsonObject peer = peers.isEmpty() ? null : peers.removeFirst();
      boolean connected =
          peer == null
              || (peer.get("connected").getAsBoolean() && peer.get("trouble").isJsonNull());
      well &= connected;
      rows.add(
          new String[] {
            first ? folder.get("name").getAsString() : "",
            first ? mark + shown : "",
            peer == null ? "-" : peer.get("name").getAsString(),
            peer == null ? "-" : behind(peer),
            first ? Sizes.count(folder.get("files").getAsLong()) : "",
            first ? Sizes.bytes(folder.get("bytes").getAsLong()) : "",
            first ? (last == 0 ? "-" : Sizes.ago(nowMillis - last)) : ""
          });
      first = false;
    } while (!peers.isEmpty());
    return well;
  }

  private static String behind(JsonObject peer) {
    long files = peer.get("behindFiles").getAsLong();
    long bytes = peer.get("behindBytes").getAsLong();
    return files == 0 ? "-" : Sizes.files(files) + (bytes == 0 ? "" : ", " + Sizes.bytes(bytes));
  }

  private static String table(List<String[]> rows) {
    List<String[]> all = new ArrayList<>();
    all.add(COLUMNS);
    all.addAll(rows);
    int[] widths = new int[COLUMNS.length];
    for (String[] row : all) {
      for (int i = 0; i < row.length; i++) {
        widths[i] = Math.max(widths[i], row[i].length());
      }
    }
    StringBuilder out = new StringBuilder();
    for (String[] row : all) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < row.length; i++) {
        line.append(row[i]).append(" ".repeat(widths[i] - row[i].length() + 2));
      }
      out.append(line.toString().stripTrailing()).append('\n');
    }
    return out.toString();
  }

  private static void peers(JsonObject status, List<String> lines, long nowMillis) {
    List<String> told = new ArrayList<>();
    for (JsonElement each : status.getAsJsonArray("folders")) {
      for (JsonElement element : each.getAsJsonObject().getAsJsonArray("peers")) {
        JsonObject peer = element.getAsJsonObject();
        String name = peer.get("name").getAsString();
        if (told.contains(name)) {
          continue;
        }
        told.add(name);
        String since = Sizes.ago(nowMillis - peer.get("since").getAsLong());
        String trouble =
            peer.get("trouble").isJsonNull() ? "" : ": " + peer.get("trouble").getAsString();
        lines.add(
            name
                + (peer.get("connected").getAsBoolean()
                    ? String.format(
                        Locale.ROOT,
                        "  connected since %s, lag %.1f s, ↑ %s ↓ %s",
                        since,
                        peer.get("lagSeconds").getAsDouble(),
                        Sizes.bytes(peer.get("sentBytes").getAsLong()),
                        Sizes.bytes(peer.get("receivedBytes").getAsLong()))
                    : "  not connected since " + since)
                + trouble);
      }
    }
  }
}
