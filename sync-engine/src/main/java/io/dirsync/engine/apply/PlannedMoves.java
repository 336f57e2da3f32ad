package io.dirsync.engine.apply;

import io.dirsync.model.Content;
import io.dirsync.model.RelativePath;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which of what goes and what comes is a move, for people. A directory that moves with everything
 * below it is one.
 */
final class PlannedMoves {
  /** Places that a directory may have moved to, of which it is looked whether it has. */
  private static final int PLACES_MAX = 4;

  /** By where they come; the moves that are told of. */
  private final Map<RelativePath, RelativePath> moves = new HashMap<>();

  private final NavigableMap<RelativePath, Content> going;
  private final NavigableMap<RelativePath, Content> coming;
  private final Map<RelativePath, RelativePath> origins;
  private final Set<RelativePath> gone = new HashSet<>();
  private final Set<RelativePath> come = new HashSet<>();

  /**
   * @param going what the paths show that will show nothing
   * @param coming what the paths will show that show nothing
   * @param origins by where they come, where files are known to have been
   */
  PlannedMoves(
      NavigableMap<RelativePath, Content> going,
      NavigableMap<RelativePath, Content> coming,
      Map<RelativePath, RelativePath> origins) {
    this.going = going;
    this.coming = coming;
    this.origins = origins;
    directories();
    pairs().forEach(this::move);
  }

  /** From where what comes at a path moves, if it is told of as a move. */
  Optional<RelativePath> to(RelativePath path) {
    return Optional.ofNullable(moves.get(path));
  }

  /** Whether a path is part of a move. */
  boolean isPart(RelativePath path) {
    return gone.contains(path) || come.contains(path);
  }

  private void move(RelativePath to, RelativePath from) {
    moves.put(to, from);
    gone.add(from);
    come.add(to);
  }

  private void directories() {
    Map<RelativePath, RelativePath> targets = new HashMap<>();
    pairs().forEach((to, from) -> targets.put(from, to));
    for (var entry : going.entrySet()) {
      RelativePath from = entry.getKey();
      if (entry.getValue().isDirectory() && !gone.contains(from)) {
        RelativePath to = target(from, targets);
        if (to != null) {
          move(to, from);
          below(going, from).keySet().forEach(gone::add);
          below(coming, to).keySet().forEach(come::add);
        }
      }
    }
  }

  /** Where everything below a directory goes, if that is one place. */
  private @Nullable RelativePath target(
      RelativePath from, Map<RelativePath, RelativePath> targets) {
    Set<RelativePath> tried = new HashSet<>();
    for (RelativePath file : below(going, from).keySet()) {
      RelativePath target = targets.get(file);
      RelativePath to = target == null ? null : without(target, file.length() - from.length());
      if (to != null && tried.add(to)) {
        if (!come.contains(to) && isSame(from, to)) {
          return to;
        }
        if (tried.size() == PLACES_MAX) {
          return null;
        }
      }
    }
    return null;
  }

  /** A path without as many bytes at its end, of which the first is to be a slash. */
  private static @Nullable RelativePath without(RelativePath path, int end) {
    byte[] bytes = path.bytes();
    int length = bytes.length - end;
    return length > 0 && bytes[length] == '/'
        ? RelativePath.of(Arrays.copyOf(bytes, length))
        : null;
  }

  private boolean isSame(RelativePath from, RelativePath to) {
    Content directory = coming.get(to);
    if (directory == null || !directory.isDirectory()) {
      return false;
    }
    Map<RelativePath, Content> before = below(going, from);
    return before.size() == below(coming, to).size()
        && before.entrySet().stream()
            .allMatch(
                each ->
                    each.getKey()
                        .movedIfPossible(from, to)
                        .map(coming::get)
                        .filter(each.getValue()::equals)
                        .isPresent());
  }

  private static Map<RelativePath, Content> below(
      NavigableMap<RelativePath, Content> paths, RelativePath directory) {
    byte[] start = directory.bytes();
    Map<RelativePath, Content> found = new LinkedHashMap<>();
    for (var entry : paths.tailMap(directory, false).entrySet()) {
      byte[] bytes = entry.getKey().bytes();
      if (bytes.length < start.length
          || !Arrays.equals(bytes, 0, start.length, start, 0, start.length)) {
        break;
      }
      if (entry.getKey().isBelow(directory)) {
        found.put(entry.getKey(), entry.getValue());
      }
    }
    return found;
  }

  /** Files that come with the content of one that goes, each of these once. */
  private Map<RelativePath, RelativePath> pairs() {
    Map<RelativePath, RelativePath> pairs = new HashMap<>();
    Set<RelativePath> used = new HashSet<>();
    origins.forEach(
        (to, from) -> {
          if (isOpen(to, from) && used.add(from)) {
            pairs.put(to, from);
          }
        });
    Map<Named, ArrayDeque<RelativePath>> named = new HashMap<>();
    Map<Content, ArrayDeque<RelativePath>> any = new HashMap<>();
    going.forEach(
        (from, content) -> {
          if (content instanceof Content.File && !gone.contains(from) && !used.contains(from)) {
            named.computeIfAbsent(Named.of(from, content), _ -> new ArrayDeque<>()).add(from);
            any.computeIfAbsent(content, _ -> new ArrayDeque<>()).add(from);
          }
        });
    for (boolean byName : new boolean[] {true, false}) {
      coming.forEach(
          (to, content) -> {
            if (!(content instanceof Content.File) || come.contains(to) || pairs.containsKey(to)) {
              return;
            }
            ArrayDeque<RelativePath> places =
                byName ? named.get(Named.of(to, content)) : any.get(content);
            while (places != null && !places.isEmpty() && !pairs.containsKey(to)) {
              RelativePath from = places.remove();
              if (used.add(from)) {
                pairs.put(to, from);
              }
            }
          });
    }
    return pairs;
  }

  private boolean isOpen(RelativePath to, RelativePath from) {
    Content content = coming.get(to);
    return content != null
        && content.equals(going.get(from))
        && !come.contains(to)
        && !gone.contains(from);
  }

  /** A content and a name that it has. */
  private record Named(Content content, String name) {
    static Named of(RelativePath path, Content content) {
      return new Named(content, RelativePath.of(path.name()).toString());
    }
  }
}
