package io.dirsync.it.planted;

import java.util.ArrayList;
import java.util.List;

/**
 * A bug that somebody might make: an edit of one source file, and the layer that has to notice.
 *
 * @param layer a name that {@link Layers} knows
 * @param file of the source, seen from the top of the source tree
 */
record PlantedBug(String name, String layer, String file, List<Hunk> hunks) {
  /** Lines that stand in the file exactly once, and the lines that take their place. */
  record Hunk(List<String> lines, List<String> replacement) {
    Hunk {
      lines = List.copyOf(lines);
      replacement = List.copyOf(replacement);
      if (lines.isEmpty()) {
        throw new IllegalArgumentException("nothing says where " + replacement + " goes");
      }
    }
  }

  PlantedBug {
    hunks = List.copyOf(hunks);
    if (hunks.isEmpty()) {
      throw new IllegalArgumentException("the bug '" + name + "' changes nothing");
    }
  }

  /**
   * Reads a list of bugs: {@code bug}, {@code layer} and {@code file} lines, then lines to be taken
   * out, each behind a {@code -}, and lines to be put in their place, each behind a {@code +}. A
   * {@code -} behind a {@code +} begins another place in the same file. How far lines are indented
   * means nothing; lines that begin with {@code #} are for people.
   */
  static List<PlantedBug> parse(List<String> lines) {
    List<PlantedBug> bugs = new ArrayList<>();
    Reader reader = new Reader();
    for (String line : lines) {
      if (line.startsWith("bug ") && reader.begun()) {
        bugs.add(reader.bug());
        reader = new Reader();
      }
      reader.take(line);
    }
    bugs.add(reader.bug());
    return bugs;
  }

  /**
   * The source with the bug in it.
   *
   * @throws IllegalStateException if the lines to be changed do not stand in it exactly once
   */
  String plant(String source) {
    List<String> lines = new ArrayList<>(source.lines().toList());
    for (Hunk hunk : hunks) {
      int at = place(hunk, lines);
      List<String> part = lines.subList(at, at + hunk.lines().size());
      part.clear();
      part.addAll(hunk.replacement());
    }
    return String.join("\n", lines) + "\n";
  }

  private int place(Hunk hunk, List<String> lines) {
    List<String> stripped = lines.stream().map(String::strip).toList();
    int found = -1;
    for (int at = 0; at + hunk.lines().size() <= stripped.size(); at++) {
      if (stripped.subList(at, at + hunk.lines().size()).equals(hunk.lines())) {
        if (found >= 0) {
          throw new IllegalStateException(name + ": twice in " + file + ": " + hunk.lines());
        }
        found = at;
      }
    }
    if (found < 0) {
      throw new IllegalStateException(name + ": not in " + file + ": " + hunk.lines());
    }
    return found;
  }

  @Override
  public String toString() {
    return name;
  }

  private static final class Reader {
    private String name = "";
    private String layer = "";
    private String file = "";
    private final List<Hunk> hunks = new ArrayList<>();
    private final List<String> out = new ArrayList<>();
    private final List<String> in = new ArrayList<>();

    boolean begun() {
      return !name.isEmpty();
    }

    void take(String line) {
      if (line.startsWith("-")) {
        if (!in.isEmpty()) {
          endHunk();
        }
        out.add(line.substring(1).strip());
      } else if (line.startsWith("+")) {
        in.add(line.substring(1).strip());
      } else if (line.startsWith("bug ")) {
        name = line.substring(4).strip();
      } else if (line.startsWith("layer ")) {
        layer = line.substring(6).strip();
      } else if (line.startsWith("file ")) {
        file = line.substring(5).strip();
      } else if (!line.isBlank() && !line.startsWith("#")) {
        throw new IllegalArgumentException("a line that means nothing: " + line);
      }
    }

    private void endHunk() {
      hunks.add(new Hunk(out, in));
      out.clear();
      in.clear();
    }

    PlantedBug bug() {
      endHunk();
      return new PlantedBug(name, layer, file, hunks);
    }
  }
}
