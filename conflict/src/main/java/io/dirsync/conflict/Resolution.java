package io.dirsync.conflict;

import io.dirsync.model.AttributeChange;
import io.dirsync.model.Attributes;
import io.dirsync.model.Content;
import io.dirsync.model.Dot;
import io.dirsync.model.Event;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.RelativePath;
import io.dirsync.model.Shown;
import io.dirsync.model.Version;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * How somebody's choice ends the conflict of one path, on every node: what is written, as ordinary
 * writes that replace what stands there, and what is dropped of the live set.
 *
 * @param removed dots that nobody holds any more: of the copies, and of what is written over
 * @param shelved other copies, which would come up elsewhere when what they had followed is gone
 */
public record Resolution(List<Write> writes, Set<Dot> removed, Set<Dot> shelved) {
  /**
   * A write of content that the node has.
   *
   * @param replaced the dots that it stands in the line of
   */
  public record Write(
      RelativePath path, Content content, Attributes attributes, Set<Dot> replaced) {
    public Write {
      replaced = Set.copyOf(replaced);
    }
  }

  /** What is to stand at the path. */
  public sealed interface Keep {
    /** What stands there now; it won by being newest, or by being written over the copies. */
    record Shown() implements Keep {}

    /** What a node wrote: what is shown if it wrote that, else the newest of its copies. */
    record Of(String node) implements Keep {}

    /** Something else. */
    record Given(Content.File content, Attributes attributes) implements Keep {}

    /**
     * What stands there now, and each copy as a file of its own.
     *
     * @param name gives a copy a path at which nothing stands
     */
    record Both(Function<Version, RelativePath> name) implements Keep {}
  }

  /** The choice cannot be made. */
  public static final class RefusedException extends Exception {
    private static final long serialVersionUID = 1;

    public RefusedException(String message) {
      super(message);
    }
  }

  public Resolution {
    writes = List.copyOf(writes);
    removed = Set.copyOf(removed);
    shelved = Set.copyOf(shelved);
  }

  /**
   * Finds out what a choice comes to. Nothing that the chooser was not shown is replaced or
   * dropped.
   *
   * @param copies the conflict copies that were shown; what is no longer live counts as resolved
   * @param shown what the disk shows at a path
   * @throws RefusedException with a sentence, if what is to be kept is not there or cannot stand
   *     where it belongs
   */
  public static Resolution of(
      LiveView view, Set<Dot> copies, Function<RelativePath, Optional<Shown>> shown, Keep keep)
      throws RefusedException {
    // Copies that were written to one path may have followed different moves.
    Map<RelativePath, List<Version>> places = new LinkedHashMap<>();
    for (Dot dot : new TreeSet<>(copies)) {
      if (view.get(dot).orElse(null) instanceof Version copy) {
        RelativePath at = copy.shelved() ? copy.path() : Placement.of(view, copy);
        places.computeIfAbsent(at, _ -> new ArrayList<>()).add(copy);
      }
    }
    List<Write> writes = new ArrayList<>();
    Set<Dot> removed = new HashSet<>();
    for (Map.Entry<RelativePath, List<Version>> place : places.entrySet()) {
      for (Version copy : place.getValue()) {
        Renderer.group(view, copy).forEach(version -> removed.add(version.dot()));
      }
      switch (keep) {
        case Keep.Shown _ -> {}
        case Keep.Both(var name) -> {
          for (Version copy : place.getValue()) {
            // It is a file of its own: no move of what it was written over carries it away.
            writes.add(new Write(name.apply(copy), copy.content(), copy.attributes(), Set.of()));
          }
        }
        case Keep.Of(String node) -> {
          Optional<Version> chosen = byNode(view, node, place.getKey(), place.getValue(), shown);
          if (chosen.isPresent()) {
            Version copy = chosen.get();
            Set<Dot> line = Set.of(copy.dot());
            write(place.getKey(), copy.content(), copy.attributes(), line, shown, writes, removed);
          }
        }
        case Keep.Given(Content.File content, Attributes attributes) ->
            write(place.getKey(), content, attributes, Set.of(), shown, writes, removed);
      }
    }
    addCarriers(view, removed);
    return new Resolution(writes, removed, followers(view, removed));
  }

  /** The copy to be put in place; empty if what stands there is the node's. */
  private static Optional<Version> byNode(
      LiveView view,
      String node,
      RelativePath path,
      List<Version> copies,
      Function<RelativePath, Optional<Shown>> shown)
      throws RefusedException {
    Set<String> authors = new TreeSet<>();
    Optional<Shown> standing = shown.apply(path);
    if (standing.isPresent()) {
      for (Dot dot : standing.get().dots()) {
        if (view.get(dot).orElse(null) instanceof Version version
            && version.content().equals(standing.get().content())) {
          authors.add(dot.replica().node());
        }
      }
      if (authors.contains(node)) {
        return Optional.empty();
      }
    }
    Optional<Version> chosen =
        copies.stream()
            .filter(
                copy ->
                    Renderer.group(view, copy).stream()
                        .anyMatch(version -> version.dot().replica().node().equals(node)))
            .max(Version.ORDER);
    if (chosen.isEmpty()) {
      copies.forEach(copy -> authors.add(copy.dot().replica().node()));
      throw new RefusedException(
          "'"
              + node
              + "' wrote none of the versions of "
              + path
              + "; they are by "
              + String.join(", ", authors));
    }
    return chosen;
  }

  private static void write(
      RelativePath path,
      Content content,
      Attributes attributes,
      Set<Dot> line,
      Function<RelativePath, Optional<Shown>> shown,
      List<Write> writes,
      Set<Dot> removed)
      throws RefusedException {
    Optional<RelativePath> above = path.parent();
    while (above.isPresent() && !above.get().isRoot()) {
      Optional<Shown> standing = shown.apply(above.get());
      if (standing.isPresent() && !standing.get().content().isDirectory()) {
        throw new RefusedException(
            path + " cannot be written: " + above.get() + " is no directory any more");
      }
      above = above.get().parent();
    }
    Optional<Shown> standing = shown.apply(path);
    Set<Dot> replaced = new HashSet<>(line);
    if (standing.isPresent()) {
      if (standing.get().content().isDirectory()) {
        throw new RefusedException(path + " is a directory: a file cannot take its name");
      }
      if (standing.get().content().equals(content)) {
        return;
      }
      replaced.addAll(standing.get().dots());
      removed.addAll(standing.get().dots());
      removed.addAll(standing.get().attributeDots());
    }
    writes.add(new Write(path, content, attributes, replaced));
  }

  /**
   * With an edit goes the move that it had followed, if nothing else follows it: that stood for
   * what was edited.
   */
  static void addCarriers(LiveView view, Set<Dot> removed) {
    for (Dot dot : List.copyOf(removed)) {
      if (!(view.get(dot).orElse(null) instanceof Version edit)) {
        continue;
      }
      Version move = Placement.followed(view, edit);
      if (move == null || move.movedFrom() == null) {
        continue;
      }
      boolean others = false;
      for (Version follower : view.successorsOf(move.movedFrom())) {
        others |=
            !removed.contains(follower.dot()) && move.equals(Placement.followed(view, follower));
      }
      if (!others) {
        removed.add(move.dot());
      }
    }
  }

  /** The copies that stay and had followed a move that goes. */
  static Set<Dot> followers(LiveView view, Set<Dot> removed) {
    Set<Dot> left = new HashSet<>();
    for (Dot dot : removed) {
      if (view.get(dot).orElse(null) instanceof Version move && move.movedFrom() != null) {
        for (Version follower : view.successorsOf(move.movedFrom())) {
          if (!removed.contains(follower.dot())
              && move.equals(Placement.followed(view, follower))
              && Renderer.at(view, follower.path()).copies().stream()
                  .anyMatch(copy -> copy.dot().equals(follower.dot()))) {
            left.add(follower.dot());
          }
        }
      }
    }
    return left;
  }

  /**
   * The event that it is.
   *
   * @param dots gives a dot for each write, in their order
   * @param nowNanos the time now; a write's stamp is never before what it replaces
   */
  public Event event(LiveView view, Supplier<Dot> dots, long nowNanos) {
    List<LiveEntry> added = new ArrayList<>();
    long stamp = Math.max(nowNanos, newest(view, removed) + 1);
    for (Write write : writes) {
      Set<Dot> replaced = new TreeSet<>(write.replaced());
      added.add(
          new Version(
              dots.get(),
              write.path(),
              write.content(),
              write.attributes(),
              stamp,
              Writes.lineage(view, replaced),
              null,
              false));
    }
    return new Event(added, removed, shelved);
  }

  /** The newest stamp among live entries; the least number there is if none of them is live. */
  static long newest(LiveView view, Set<Dot> dots) {
    long newest = Long.MIN_VALUE;
    for (Dot dot : dots) {
      long stamp =
          switch (view.get(dot).orElse(null)) {
            case Version version -> version.stamp();
            case AttributeChange change ->
                change.fields().stream()
                    .mapToLong(AttributeChange.Field::stamp)
                    .max()
                    .orElse(Long.MIN_VALUE);
            case null -> Long.MIN_VALUE;
          };
      newest = Math.max(newest, stamp);
    }
    return newest;
  }
}
