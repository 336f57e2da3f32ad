package io.dirsync.conflict;

import io.dirsync.model.AttributeChange;
import io.dirsync.model.AttributeName;
import io.dirsync.model.Attributes;
import io.dirsync.model.Content;
import io.dirsync.model.Dot;
import io.dirsync.model.Event;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.RelativePath;
import io.dirsync.model.Shown;
import io.dirsync.model.Version;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The event that a user's act is, made against what the node showed the user, not against what it
 * knows.
 */
public final class Writes {
  private Writes() {}

  /**
   * What was moved.
   *
   * @param shown as the path that it came from showed it
   * @param copiesSeen conflict copies of that path that were shown
   */
  public record Source(Shown shown, Set<Dot> copiesSeen) {}

  /**
   * A write of content: it replaces what was shown, attributes too, and shelves the conflict copies
   * that were shown.
   *
   * @param before what the path showed; null for nothing
   * @param source where it was moved from; empty for a plain write
   */
  public static Event put(
      LiveView view,
      Dot dot,
      RelativePath path,
      Content content,
      Attributes attributes,
      long stamp,
      @Nullable Shown before,
      Set<Dot> copiesSeen,
      Optional<Source> source) {
    Set<Dot> replaced = new TreeSet<>();
    Set<Dot> removed = new HashSet<>();
    Set<Dot> shelved = new HashSet<>(copiesSeen);
    if (before != null) {
      replaced.addAll(before.dots());
      removed.addAll(before.attributeDots());
    }
    Dot movedFrom = null;
    if (source.isPresent()) {
      Shown came = source.get().shown();
      if (!came.content().isDirectory()) {
        movedFrom = came.dots().stream().max(Dot::compareTo).orElse(null);
      }
      replaced.addAll(came.dots());
      removed.addAll(came.attributeDots());
      shelved.addAll(source.get().copiesSeen());
    }
    removed.addAll(replaced);
    shelved.removeAll(removed);
    Version version =
        new Version(
            dot, path, content, attributes, stamp, lineage(view, replaced), movedFrom, false);
    return new Event(List.of(version), removed, shelved);
  }

  /** The dots replaced, then those that they replaced, as many as a version remembers. */
  static List<Dot> lineage(LiveView view, Set<Dot> replaced) {
    LinkedHashSet<Dot> dots = new LinkedHashSet<>(replaced);
    for (Dot dot : replaced) {
      if (view.get(dot).orElse(null) instanceof Version version) {
        dots.addAll(version.supersedes());
      }
    }
    return dots.stream().limit(Version.LINEAGE_MAX).toList();
  }

  /**
   * A change of attributes alone. What was changed before and is shown goes along, each with its
   * own stamp.
   *
   * @param changed the attributes that differ from what was shown
   */
  public static Event setAttributes(
      LiveView view,
      Dot dot,
      RelativePath path,
      List<AttributeChange.Field> changed,
      Shown before) {
    List<AttributeChange> seen = new ArrayList<>();
    for (Dot earlier : before.attributeDots()) {
      LiveEntry entry = view.get(earlier).orElse(null);
      if (entry instanceof AttributeChange change) {
        seen.add(change);
      }
    }
    Map<AttributeName, AttributeChange.Field> fields = new EnumMap<>(AttributeName.class);
    Renderer.newestFields(seen).forEach(field -> fields.put(field.name(), field));
    changed.forEach(field -> fields.put(field.name(), field));
    return new Event(
        List.of(new AttributeChange(dot, path, List.copyOf(fields.values()))),
        before.attributeDots(),
        Set.of());
  }

  /** A removal: of what was shown, and the conflict copies that were shown are shelved. */
  public static Event remove(Shown before, Set<Dot> copiesSeen) {
    Set<Dot> removed = new HashSet<>(before.dots());
    removed.addAll(before.attributeDots());
    return new Event(List.of(), removed, copiesSeen);
  }

  /** Throws conflict copies away. */
  public static Event resolve(Set<Dot> copies) {
    return new Event(List.of(), copies, Set.of());
  }
}
