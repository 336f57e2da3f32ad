package io.dirsync.conflict;

import io.dirsync.model.AttributeName;
import io.dirsync.model.AttributeValue;
import io.dirsync.model.Attributes;
import io.dirsync.model.Content;
import io.dirsync.model.Dot;
import io.dirsync.model.Event;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.RelativePath;
import io.dirsync.model.Settled;
import io.dirsync.model.Shown;
import io.dirsync.model.Version;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;

/**
 * How a policy ends a conflict, on every node, as an ordinary change that replaces all that took
 * part in it. Any node may do so, also several at once: what they decide depends on the versions
 * alone, never on the node, the time, or the order in which it heard of them.
 *
 * <p>If what comes of it is what one side has already, the others are dropped and nothing is
 * written. Else every node writes the same bytes, which are no conflict. Nodes that know different
 * versions, or have different policies, may each write something else: those are a conflict again,
 * and after {@link #ROUNDS_MAX} such rounds it is left to people, so it ends always.
 */
public final class Settlement {
  /** How often in a row policies put together what policies have written. */
  public static final int ROUNDS_MAX = 4;

  private static final long SECOND = 1_000_000_000L;

  private Settlement() {}

  /**
   * Versions of one content.
   *
   * @param versions by dot
   */
  public record Side(Content content, List<Version> versions) {
    public Side {
      versions = versions.stream().sorted(Comparator.comparing(Version::dot)).toList();
    }

    private boolean isBy(String node) {
      return versions.stream().anyMatch(version -> version.dot().replica().node().equals(node));
    }

    private Version newest() {
      return versions.stream().max(Version.ORDER).orElseThrow();
    }
  }

  /**
   * What is to be settled at one path.
   *
   * @param sides the one that is shown first, the others in the order of their first dots
   * @param shelved whether someone has written over the other one since
   */
  public record Conflict(RelativePath path, Shown shown, List<Side> sides, boolean shelved) {
    public Conflict {
      sides = List.copyOf(sides);
    }
  }

  /** What a policy says. */
  public sealed interface Verdict {
    /** This side has it all. */
    record Keep(Side side) implements Verdict {}

    /** This is to be written. */
    record Write(byte[] bytes, Settled by) implements Verdict {}

    /**
     * The copies stay, for a person.
     *
     * @param why a part of a sentence
     */
    record Leave(String why) implements Verdict {}
  }

  /** Contents by their hash. */
  public interface Contents {
    /** A content; empty if it is not here, or longer than asked for. */
    Optional<byte[]> of(Content.File file, int bytesMax);

    /** What a write had put, that may have been written over since; empty if that is not known. */
    Optional<Content.File> writtenBy(Dot dot);

    /** What a write had replaced, nearest first; none if that is not known. */
    List<Dot> replacedBy(Dot dot);
  }

  /**
   * The conflicts that these copies are in.
   *
   * @param copies dots of conflict copies that were written to one path
   * @return first what nobody has decided about; what was written over comes one by one
   */
  public static List<Conflict> of(LiveView view, Set<Dot> copies) {
    Set<RelativePath> paths = new TreeSet<>();
    for (Dot dot : copies) {
      if (view.get(dot).orElse(null) instanceof Version copy) {
        paths.add(copy.shelved() ? copy.path() : Placement.of(view, copy));
      }
    }
    List<Conflict> found = new ArrayList<>();
    for (RelativePath path : paths) {
      Shown shown = Renderer.at(view, path).shown();
      List<Side> sides = new ArrayList<>();
      for (List<Version> rivals : Renderer.rivals(view, path)) {
        sides.add(new Side(rivals.getFirst().content(), rivals));
      }
      if (shown == null || sides.isEmpty()) {
        continue;
      }
      if (sides.size() > 1) {
        sides
            .subList(1, sides.size())
            .sort(Comparator.comparing(side -> side.versions().getFirst().dot()));
        found.add(new Conflict(path, shown, sides, false));
        continue;
      }
      for (Dot dot : new TreeSet<>(copies)) {
        if (view.get(dot).orElse(null) instanceof Version copy
            && copy.shelved()
            && copy.path().equals(path)) {
          Side other = new Side(copy.content(), List.of(copy));
          found.add(new Conflict(path, shown, List.of(sides.getFirst(), other), true));
        }
      }
    }
    return found;
  }

  /** Asks a policy. */
  public static Verdict decide(Conflict conflict, MergePolicy policy, Contents contents) {
    return switch (policy) {
      case MergePolicy.Newest _ -> new Verdict.Leave("the newest keeps the name");
      case MergePolicy.Manual _ -> new Verdict.Leave("a person decides");
      case MergePolicy.Prefer(String node) -> prefer(conflict, node);
      case MergePolicy.Union _ -> union(conflict, contents);
      case MergePolicy.Text _ -> text(conflict, contents);
    };
  }

  private static Verdict prefer(Conflict conflict, String node) {
    List<Side> able = conflict.shelved() ? conflict.sides().subList(0, 1) : conflict.sides();
    return able.stream()
        .filter(side -> side.isBy(node))
        .max(Comparator.comparing(side -> newestBy(side, node), Version.ORDER))
        .<Verdict>map(Verdict.Keep::new)
        .orElseGet(() -> new Verdict.Leave("'" + node + "' did not write what would be kept"));
  }

  private static Version newestBy(Side side, String node) {
    return side.versions().stream()
        .filter(version -> version.dot().replica().node().equals(node))
        .max(Version.ORDER)
        .orElseThrow();
  }

  private static Verdict union(Conflict conflict, Contents contents) {
    Optional<List<byte[]>> texts = texts(conflict, contents, LineUnion.BYTES_MAX);
    if (texts.isEmpty()) {
      return new Verdict.Leave("not every side is a file of at most 8 MiB that is here");
    }
    return LineUnion.of(texts.get())
        .map(bytes -> put(conflict, texts.get(), bytes, Settled.By.UNION))
        .orElseGet(() -> new Verdict.Leave("not every side is text"));
  }

  private static Verdict text(Conflict conflict, Contents contents) {
    Optional<List<byte[]>> texts = texts(conflict, contents, TextMerge.BYTES_MAX);
    if (texts.isEmpty()) {
      return new Verdict.Leave("not every side is a file of at most 1 MiB that is here");
    }
    Optional<Dot> common =
        Ancestry.common(
            conflict.sides().stream().map(Side::versions).toList(), contents::replacedBy);
    if (common.isEmpty()) {
      return new Verdict.Leave("the sides have no ancestor in common that they remember");
    }
    Optional<byte[]> ancestor =
        contents.writtenBy(common.get()).flatMap(file -> contents.of(file, TextMerge.BYTES_MAX));
    if (ancestor.isEmpty()) {
      return new Verdict.Leave("their common ancestor is not held on this node");
    }
    return switch (TextMerge.of(ancestor.get(), texts.get())) {
      case TextMerge.Result.Merged(byte[] bytes) ->
          put(conflict, texts.get(), bytes, Settled.By.TEXT);
      case TextMerge.Result.Overlap _ -> new Verdict.Leave("they changed the same lines");
      case TextMerge.Result.NoText _ -> new Verdict.Leave("not every side is text");
    };
  }

  private static Optional<List<byte[]>> texts(Conflict conflict, Contents contents, int bytesMax) {
    List<byte[]> texts = new ArrayList<>();
    for (Side side : conflict.sides()) {
      Optional<byte[]> bytes =
          side.content() instanceof Content.File file && file.size() <= bytesMax
              ? contents.of(file, bytesMax)
              : Optional.empty();
      if (bytes.isEmpty()) {
        return Optional.empty();
      }
      texts.add(bytes.get());
    }
    return Optional.of(texts);
  }

  private static Verdict put(
      Conflict conflict, List<byte[]> texts, byte[] bytes, Settled.By policy) {
    for (int i = 0; i < texts.size(); i++) {
      // What was written over does not come up again by itself: it is written anew.
      if (Arrays.equals(texts.get(i), bytes) && (i == 0 || !conflict.shelved())) {
        return new Verdict.Keep(conflict.sides().get(i));
      }
    }
    int byPolicies = 0;
    int round = 1;
    for (Side side : conflict.sides()) {
      Settled settled = side.newest().settled();
      if (settled != null) {
        byPolicies++;
        round = Math.max(round, settled.round());
      }
    }
    // What people wrote meanwhile comes to an end by itself: it does not count.
    round += byPolicies > 1 ? 1 : 0;
    return round > ROUNDS_MAX
        ? new Verdict.Leave("the policies of several nodes come to different contents")
        : new Verdict.Write(bytes, new Settled(policy, round));
  }

  /** The event that keeping a side is. */
  public static Event keep(LiveView view, Conflict conflict, Side kept) {
    Set<Dot> removed = new HashSet<>();
    for (Side side : conflict.sides()) {
      if (!side.equals(kept)) {
        side.versions().forEach(version -> removed.add(version.dot()));
      }
    }
    Resolution.addCarriers(view, removed);
    return new Event(List.of(), removed, Resolution.followers(view, removed));
  }

  /**
   * The event that writing is.
   *
   * @param content of the bytes that the verdict gave
   * @param dots gives the version's dot
   */
  public static Event write(
      LiveView view, Conflict conflict, Content.File content, Settled by, Supplier<Dot> dots) {
    Shown shown = conflict.shown();
    List<Version> parents = new ArrayList<>();
    Set<Dot> removed = new HashSet<>(shown.dots());
    long mtime = shown.attributes().mtimeNanos();
    for (Side side : conflict.sides()) {
      parents.addAll(side.versions());
      for (Version version : side.versions()) {
        removed.add(version.dot());
        mtime = Math.max(mtime, version.attributes().mtimeNanos());
      }
    }
    removed.addAll(shown.attributeDots());
    Resolution.addCarriers(view, removed);
    // A second later than any of them: who compares times only in seconds is to see that it is new.
    Attributes attributes =
        shown
            .attributes()
            .with(
                AttributeName.MTIME,
                new AttributeValue.OfNumber((Math.floorDiv(mtime, SECOND) + 1) * SECOND));
    LiveEntry version =
        new Version(
            dots.get(),
            conflict.path(),
            content,
            attributes,
            Resolution.newest(view, removed) + 1,
            Ancestry.together(parents),
            null,
            false,
            by);
    return new Event(List.of(version), removed, Resolution.followers(view, removed));
  }
}
