package io.dirsync.it;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A tree as {@code find} and {@code sha256sum} see it, so that no code of ours judges itself: kind,
 * mode, size, time, target and content by name. Names are bytes, one a character. The time of a
 * directory is not carried, so it is left out.
 */
record TreeSnapshot(Map<String, String> entries) {
  private static final int DIFFERENCES_MAX = 40;
  private static final String WITHOUT_OURS = "-path ./.dirsync -prune -o ";

  /** All but dirsync's own names. */
  static TreeSnapshot of(Path root) throws IOException, InterruptedException {
    return of(root, WITHOUT_OURS, true);
  }

  /** All but dirsync's own names, without reading contents. */
  static TreeSnapshot shape(Path root) throws IOException, InterruptedException {
    return of(root, WITHOUT_OURS, false);
  }

  /** Everything, dirsync's own names too. */
  static TreeSnapshot whole(Path root) throws IOException, InterruptedException {
    return of(root, "", true);
  }

  private static TreeSnapshot of(Path root, String prune, boolean contents)
      throws IOException, InterruptedException {
    Map<String, String> entries = new TreeMap<>();
    String[] found =
        fields(root, "find . -mindepth 1 " + prune + "-printf '%P\\0%y\\0%m\\0%s\\0%T@\\0%l\\0'");
    for (int i = 0; i + 5 < found.length; i += 6) {
      entries.put(
          found[i],
          switch (found[i + 1]) {
            case "d" -> "directory, mode " + found[i + 2];
            case "l" -> "link to " + found[i + 5] + " of " + found[i + 4];
            case "f" ->
                "file, mode " + found[i + 2] + ", " + found[i + 3] + " bytes of " + found[i + 4];
            default -> "of kind " + found[i + 1];
          });
    }
    if (contents) {
      for (String line : fields(root, "find . " + prune + "-type f -exec sha256sum -bz -- {} +")) {
        int at = line.indexOf(" *./");
        if (at > 0) {
          entries.computeIfPresent(
              line.substring(at + 4), (_, entry) -> entry + ", content " + line.substring(0, at));
        }
      }
    }
    return new TreeSnapshot(entries);
  }

  /** What a command prints, cut at each NUL. Names that vanish meanwhile are not its failure. */
  private static String[] fields(Path root, String command)
      throws IOException, InterruptedException {
    byte[] output = Program.run(root, Map.of(), List.of("bash", "-c", command)).output();
    return new String(output, StandardCharsets.ISO_8859_1).split("\0", -1);
  }

  /** Names of everything that is no directory. */
  List<String> files() {
    return entries.entrySet().stream()
        .filter(entry -> !entry.getValue().startsWith("directory"))
        .map(Map.Entry::getKey)
        .toList();
  }

  /** A line for each name that is not the same in both, up to a bound; empty if all are. */
  List<String> differences(TreeSnapshot other) {
    TreeSet<String> names = new TreeSet<>(entries.keySet());
    names.addAll(other.entries.keySet());
    List<String> lines = new ArrayList<>();
    for (String name : names) {
      String one = entries.getOrDefault(name, "nothing");
      String two = other.entries.getOrDefault(name, "nothing");
      if (!Objects.equals(one, two) && lines.size() < DIFFERENCES_MAX) {
        lines.add(escaped(name) + ": " + escaped(one) + " / " + escaped(two));
      }
    }
    return lines;
  }

  private static String escaped(String bytes) {
    StringBuilder text = new StringBuilder();
    bytes
        .chars()
        .forEach(
            c ->
                text.append(
                    c >= ' ' && c < 0x7f ? Character.toString(c) : String.format("\\x%02x", c)));
    return text.toString();
  }
}
