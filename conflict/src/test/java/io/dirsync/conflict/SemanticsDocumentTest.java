package io.dirsync.conflict;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.model.AttributeChange;
import io.dirsync.model.AttributeName;
import io.dirsync.model.AttributeValue;
import io.dirsync.model.Attributes;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.RelativePath;
import io.dirsync.model.Shown;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs every row of the case table in SEMANTICS.md on two replicas, exchanging in both orders. */
final class SemanticsDocumentTest {
  private static final int ROWS = 23;
  private static final Pattern CELL = Pattern.compile("`([^`]*)`");

  /** One row of the table. */
  record Row(String name, String before, String onA, String onB, String shown, String copies) {}

  static List<Row> rows() throws IOException {
    List<Row> rows = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of("SEMANTICS.md"))) {
      List<String> cells = CELL.matcher(line).results().map(found -> found.group(1)).toList();
      if (line.startsWith("| ") && cells.size() == 5) {
        String name = line.substring(2, line.indexOf('|', 2)).strip();
        rows.add(
            new Row(name, cells.get(0), cells.get(1), cells.get(2), cells.get(3), cells.get(4)));
      }
    }
    return rows;
  }

  @Test
  void theTableHasItsRows() throws IOException {
    assertThat(rows()).hasSize(ROWS);
  }

  @ParameterizedTest
  @MethodSource("rows")
  void bothNodesShowWhatTheTableSaysInWhicheverOrderTheyHearOfIt(Row row) {
    for (boolean firstA : new boolean[] {true, false}) {
      Replica a = new Replica("a");
      Replica b = new Replica("b");
      User onA = new User(a, 0);
      onA.act(row.before());
      exchange(a, b);
      onA.act(row.onA());
      new User(b, 1000).act(row.onB());
      exchange(firstA ? a : b, firstA ? b : a);
      for (Replica node : List.of(a, b)) {
        assertThat(shown(node)).as("%s: shown on %s", row.name(), node.id).isEqualTo(row.shown());
        assertThat(copies(node))
            .as("%s: copies on %s", row.name(), node.id)
            .isEqualTo(row.copies());
      }
    }
  }

  private static void exchange(Replica first, Replica second) {
    for (int round = 0; round < 3; round++) {
      first.read(second, Integer.MAX_VALUE);
      second.read(first, Integer.MAX_VALUE);
    }
    first.show(Integer.MAX_VALUE);
    second.show(Integer.MAX_VALUE);
  }

  private static String shown(Replica node) {
    StringBuilder text = new StringBuilder();
    node.disk.forEach(
        (path, rendering) -> {
          Shown shown = rendering.shown();
          if (shown != null) {
            text.append(' ').append(path).append(describe(shown));
          }
        });
    return text.toString().strip();
  }

  private static String describe(Shown shown) {
    if (shown.content().isDirectory()) {
      return "/";
    }
    Attributes attributes = shown.attributes();
    return "="
        + letter(shown.content())
        + (attributes.mode() == 0644 ? "" : ":" + Integer.toOctalString(attributes.mode()))
        + (attributes.mtimeNanos() == 0 ? "" : "@" + attributes.mtimeNanos());
  }

  private static String copies(Replica node) {
    TreeSet<String> letters = new TreeSet<>();
    node.disk
        .values()
        .forEach(
            rendering -> rendering.copies().forEach(copy -> letters.add(letter(copy.content()))));
    return String.join(" ", letters);
  }

  private static Content content(String letter) {
    return new Content.File(new ContentHash(letter.charAt(0), 0, 0, 0), 1);
  }

  private static String letter(Content content) {
    for (char letter = 'a'; letter <= 'z'; letter++) {
      if (content(String.valueOf(letter)).equals(content)) {
        return String.valueOf(letter);
      }
    }
    throw new AssertionError("no test wrote " + content);
  }

  /** Someone who acts on what a node shows. */
  private static final class User {
    private final Replica node;
    private long clock;

    User(Replica node, long clock) {
      this.node = node;
      this.clock = clock;
    }

    void act(String acts) {
      for (String act : acts.split(";")) {
        if (!act.isBlank()) {
          String[] words = act.strip().split(" ");
          clock++;
          one(words, RelativePath.of(words[1]));
          node.show(Integer.MAX_VALUE);
        }
      }
    }

    private void one(String[] words, RelativePath path) {
      switch (words[0]) {
        case "write" -> put(path, content(words[2]), Optional.empty());
        case "mkdir" -> put(path, Content.Directory.VALUE, Optional.empty());
        case "rm" -> {
          for (RelativePath each : withBelow(path)) {
            node.take(Writes.remove(node.shown(each).orElseThrow(), node.copies(each)), true);
          }
        }
        case "mv" -> {
          for (RelativePath each : withBelow(path)) {
            move(each, each.moved(path, RelativePath.of(words[2])));
          }
        }
        case "chmod" ->
            set(
                path,
                AttributeName.MODE,
                new AttributeValue.OfNumber(Integer.parseInt(words[2], 8)));
        case "touch" ->
            set(path, AttributeName.MTIME, new AttributeValue.OfNumber(Long.parseLong(words[2])));
        default -> throw new AssertionError("no such act: " + words[0]);
      }
    }

    private List<RelativePath> withBelow(RelativePath path) {
      return Stream.concat(
              Stream.of(path),
              List.copyOf(node.disk.keySet()).stream().filter(each -> each.isBelow(path)))
          .filter(each -> node.shown(each).isPresent())
          .toList();
    }

    private void put(RelativePath path, Content content, Optional<Writes.Source> source) {
      Optional<Shown> before = node.shown(path);
      Attributes attributes =
          source
              .map(came -> came.shown().attributes())
              .or(() -> before.map(Shown::attributes))
              .orElse(new Attributes(content.isDirectory() ? 0755 : 0644, 0));
      node.take(
          Writes.put(
              node.state,
              node.nextDot(),
              path,
              content,
              attributes,
              clock,
              before.orElse(null),
              node.copies(path),
              source),
          true);
    }

    private void move(RelativePath from, RelativePath to) {
      Shown shown = node.shown(from).orElseThrow();
      put(to, shown.content(), Optional.of(new Writes.Source(shown, node.copies(from))));
    }

    private void set(RelativePath path, AttributeName name, AttributeValue value) {
      node.take(
          Writes.setAttributes(
              node.state,
              node.nextDot(),
              path,
              List.of(new AttributeChange.Field(name, value, clock)),
              node.shown(path).orElseThrow()),
          true);
    }
  }
}
