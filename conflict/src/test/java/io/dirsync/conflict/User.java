package io.dirsync.conflict;

import io.dirsync.model.AttributeChange;
import io.dirsync.model.AttributeName;
import io.dirsync.model.AttributeValue;
import io.dirsync.model.Attributes;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.LinkTarget;
import io.dirsync.model.RelativePath;
import io.dirsync.model.Shown;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** Someone who acts on what a node shows. */
final class User {
  private static final Map<Content, String> WRITTEN = new ConcurrentHashMap<>();

  private final Replica node;
  private long clock;

  User(Replica node, long clock) {
    this.node = node;
    this.clock = clock;
  }

  /** Acts as {@code write PATH LETTER; mv PATH PATH}; each is seen at once on the node's disk. */
  void act(String acts) {
    for (String act : acts.split(";")) {
      if (!act.isBlank()) {
        String[] words = act.strip().split(" ");
        if (words[0].equals("clock")) {
          clock = Long.parseLong(words[1]);
          continue;
        }
        clock++;
        one(words, RelativePath.of(words[1]));
        node.show(Integer.MAX_VALUE);
      }
    }
  }

  private void one(String[] words, RelativePath path) {
    switch (words[0]) {
      case "write" -> put(path, content(words[2]), Optional.empty());
      case "link" -> put(path, link(words[2]), Optional.empty());
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
          set(path, AttributeName.MODE, new AttributeValue.OfNumber(Integer.parseInt(words[2], 8)));
      case "touch" ->
          set(path, AttributeName.MTIME, new AttributeValue.OfNumber(Long.parseLong(words[2])));
      case "resolve" -> resolve(path, words[2]);
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

  /** Ends a conflict: {@code shown}, {@code both}, or a node's name. */
  private void resolve(RelativePath path, String keep) {
    Resolution.Keep choice =
        switch (keep) {
          case "shown" -> new Resolution.Keep.Shown();
          case "both" -> new Resolution.Keep.Both(copy -> RelativePath.of(path + "~"));
          default -> new Resolution.Keep.Of(keep);
        };
    try {
      Resolution found = Resolution.of(node.state, node.copies(path), node::shown, choice);
      node.take(found.event(node.state, node::nextDot, clock), true);
    } catch (Resolution.RefusedException e) {
      throw new AssertionError(e);
    }
  }

  private static Content link(String target) {
    return new Content.Symlink(LinkTarget.of(target.getBytes(StandardCharsets.UTF_8)));
  }

  /** A file of a line for each letter. */
  static Content.File content(String letters) {
    long first = 0;
    for (byte letter : letters.getBytes(StandardCharsets.UTF_8)) {
      first = first * 131 + letter;
    }
    Content.File file = new Content.File(new ContentHash(first, letters.length(), 0, 0), 1);
    WRITTEN.put(file, letters);
    return file;
  }

  static String letter(Content content) {
    String letters = WRITTEN.get(content);
    if (letters != null) {
      return letters;
    }
    for (char letter = 'a'; letter <= 'z'; letter++) {
      if (link(String.valueOf(letter)).equals(content)) {
        return "->" + letter;
      }
    }
    throw new AssertionError("no test wrote " + content);
  }

  static byte[] bytes(String letters) {
    return letters.replaceAll("(.)", "$1\n").getBytes(StandardCharsets.UTF_8);
  }

  static String letters(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8).replace("\n", "");
  }
}
