package io.dirsync.conflict;

import io.dirsync.model.AttributeChange;
import io.dirsync.model.AttributeName;
import io.dirsync.model.AttributeValue;
import io.dirsync.model.Attributes;
import io.dirsync.model.ConflictCopy;
import io.dirsync.model.Content;
import io.dirsync.model.Dot;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.RelativePath;
import io.dirsync.model.Shown;
import io.dirsync.model.Version;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The tree that a state stands for, path by path. Pure: equal states render equal on every node.
 * The cost of one path does not depend on the size of the tree.
 */
public final class Renderer {
  private static final int IMPLIED_DIRECTORY_MODE = 0755;

  private Renderer() {}

  /** What is shown at a path, and the conflict copies of versions that were written to it. */
  public static Rendering at(LiveView view, RelativePath path) {
    Place place = place(view, path);
    List<ConflictCopy> copies = new ArrayList<>();
    for (LiveEntry entry : view.at(path)) {
      if (entry instanceof Version version && isCopy(view, path, place, version)) {
        copies.add(
            new ConflictCopy(
                version.path(),
                version.dot(),
                version.content(),
                version.attributes(),
                version.stamp()));
      }
    }
    copies.sort(Comparator.comparing(ConflictCopy::dot));
    return new Rendering(place.shown, copies);
  }

  private static boolean isCopy(LiveView view, RelativePath path, Place here, Version version) {
    if (version.shelved()) {
      return true;
    }
    if (version.content().isDirectory()) {
      return false;
    }
    RelativePath at = Placement.of(view, version);
    Place place = at.equals(path) ? here : place(view, at);
    return place.lost.stream().anyMatch(group -> newest(group).dot().equals(version.dot()));
  }

  /**
   * The versions that are one conflict copy with a version, which is one itself: those of equal
   * content that lost the same name.
   */
  static List<Version> group(LiveView view, Version copy) {
    if (!copy.shelved()) {
      for (List<Version> group : place(view, Placement.of(view, copy)).lost) {
        if (group.contains(copy)) {
          return group;
        }
      }
    }
    return List.of(copy);
  }

  /**
   * The versions that want the name of a path, by content: those that have it first. None if a
   * directory has it, or nothing does.
   */
  static List<List<Version>> rivals(LiveView view, RelativePath path) {
    Place place = place(view, path);
    Shown shown = place.shown;
    if (shown == null || shown.content().isDirectory()) {
      return List.of();
    }
    List<Version> first = new ArrayList<>();
    for (Dot dot : shown.dots()) {
      if (view.get(dot).orElse(null) instanceof Version version
          && version.content().equals(shown.content())) {
        first.add(version);
      }
    }
    List<List<Version>> rivals = new ArrayList<>(List.of(first));
    rivals.addAll(place.lost);
    return rivals;
  }

  /**
   * Says of each version that was written to a path, or would stand there, what came of it; the
   * newest first.
   */
  public static List<Fate> explain(LiveView view, RelativePath path) {
    Place place = place(view, path);
    Set<Version> all = new LinkedHashSet<>();
    for (LiveEntry entry : view.at(path)) {
      if (entry instanceof Version version) {
        all.add(version);
        if (!version.shelved() && version.movedFrom() != null) {
          for (Version edit : view.successorsOf(version.movedFrom())) {
            if (version.equals(Placement.followed(view, edit))) {
              all.add(edit);
            }
          }
        }
      }
    }
    List<Fate> fates = new ArrayList<>();
    for (Version version : all) {
      RelativePath at = version.shelved() ? path : Placement.of(view, version);
      fates.add(new Fate(version, reason(version, path, at, place), at));
    }
    fates.sort(Comparator.comparing(Fate::version, Version.ORDER).reversed());
    return fates;
  }

  private static Fate.Reason reason(
      Version version, RelativePath path, RelativePath at, Place place) {
    if (version.shelved()) {
      return Fate.Reason.WRITTEN_OVER;
    }
    if (!at.equals(path)) {
      return Fate.Reason.FOLLOWED_A_MOVE;
    }
    Shown shown = place.shown;
    for (List<Version> group : place.lost) {
      if (group.contains(version)) {
        return shown != null && shown.content().isDirectory()
            ? Fate.Reason.UNDER_A_DIRECTORY
            : Fate.Reason.OLDER;
      }
    }
    if (shown == null || !shown.content().equals(version.content())) {
      return Fate.Reason.EDITED_SINCE;
    }
    return version.path().equals(path) ? Fate.Reason.SHOWN : Fate.Reason.SHOWN_WHERE_MOVED;
  }

  /** Whether a live, unshelved version stands below the directory. */
  static boolean impliesDirectory(LiveView view, RelativePath directory) {
    return view.anyBelow(
        directory,
        version -> {
          if (version.shelved()) {
            return false;
          }
          // An edit that follows a move stands elsewhere; the move itself holds the place where it
          // stands.
          RelativePath at = Placement.of(view, version);
          return at.equals(version.path()) || at.isBelow(directory);
        });
  }

  /** What stands at one path, and the groups of versions which lost it. */
  private record Place(@Nullable Shown shown, List<List<Version>> lost) {}

  private static Place place(LiveView view, RelativePath path) {
    List<Version> directories = new ArrayList<>();
    List<Version> others = new ArrayList<>();
    List<AttributeChange> changes = new ArrayList<>();
    Set<Dot> carried = new HashSet<>();
    for (LiveEntry entry : view.at(path)) {
      switch (entry) {
        case AttributeChange change -> changes.add(change);
        case Version version -> {
          if (version.shelved()) {
            continue;
          }
          if (version.content().isDirectory()) {
            directories.add(version);
          } else if (Placement.of(view, version).equals(path)) {
            others.add(version);
          }
          if (version.movedFrom() != null) {
            addFollowers(view, version, others, carried);
          }
        }
      }
    }
    boolean directory = !directories.isEmpty() || impliesDirectory(view, path);
    if (directory) {
      return directory(directories, others, changes, carried);
    }
    List<List<Version>> groups = groups(others, carried);
    if (groups.isEmpty()) {
      return new Place(null, List.of());
    }
    List<Version> first = groups.getFirst();
    Set<Dot> dots = new HashSet<>();
    for (Version version : first) {
      dots.add(version.dot());
    }
    dots.addAll(carried);
    Version newest = newest(first);
    Shown shown =
        new Shown(
            newest.content(),
            attributes(newest.attributes(), newest.stamp(), changes),
            dots,
            dots(changes));
    return new Place(shown, groups.subList(1, groups.size()));
  }

  /** The edits made elsewhere that follow this move here; the move then hides under them. */
  private static void addFollowers(
      LiveView view, Version move, List<Version> others, Set<Dot> carried) {
    Dot from = move.movedFrom();
    if (from == null) {
      return;
    }
    for (Version edit : view.successorsOf(from)) {
      Version followed = Placement.followed(view, edit);
      if (followed != null && followed.dot().equals(move.dot())) {
        carried.add(move.dot());
        if (!others.contains(edit)) {
          others.add(edit);
        }
      }
    }
  }

  private static Place directory(
      List<Version> directories,
      List<Version> others,
      List<AttributeChange> changes,
      Set<Dot> carried) {
    Version newest = directories.isEmpty() ? null : newest(directories);
    Attributes base =
        newest == null ? new Attributes(IMPLIED_DIRECTORY_MODE, 0) : newest.attributes();
    Attributes attributes =
        attributes(base, newest == null ? Long.MIN_VALUE : newest.stamp(), changes)
            .with(AttributeName.MTIME, new AttributeValue.OfNumber(0));
    Set<Dot> dots = new HashSet<>();
    for (Version version : directories) {
      dots.add(version.dot());
    }
    Shown shown = new Shown(Content.Directory.VALUE, attributes, dots, dots(changes));
    return new Place(shown, groups(others, carried));
  }

  /** Versions of equal content, the group with the newest version first; hidden moves left out. */
  private static List<List<Version>> groups(List<Version> versions, Set<Dot> hidden) {
    if (versions.size() == 1 && !hidden.contains(versions.getFirst().dot())) {
      return List.of(versions);
    }
    Map<Content, List<Version>> byContent = new LinkedHashMap<>();
    for (Version version : versions) {
      if (!hidden.contains(version.dot())) {
        byContent.computeIfAbsent(version.content(), _ -> new ArrayList<>()).add(version);
      }
    }
    List<List<Version>> groups = new ArrayList<>(byContent.values());
    groups.sort((a, b) -> Version.ORDER.compare(newest(b), newest(a)));
    return groups;
  }

  private static Version newest(List<Version> versions) {
    Version newest = versions.getFirst();
    for (Version version : versions) {
      newest = Version.ORDER.compare(version, newest) > 0 ? version : newest;
    }
    return newest;
  }

  private static Set<Dot> dots(List<AttributeChange> changes) {
    Set<Dot> dots = new HashSet<>();
    for (AttributeChange change : changes) {
      dots.add(change.dot());
    }
    return dots;
  }

  /**
   * The version's attributes, each replaced by the newest change of it; a write always sets the
   * mtime anew.
   */
  private static Attributes attributes(Attributes base, long stamp, List<AttributeChange> changes) {
    Attributes attributes = base;
    for (AttributeChange.Field field : newestFields(changes)) {
      if (field.name() == AttributeName.MTIME && field.stamp() < stamp) {
        continue;
      }
      attributes = attributes.with(field.name(), field.value());
    }
    return attributes;
  }

  /** Of each attribute the change with the newest stamp, then dot, in the order of names. */
  static List<AttributeChange.Field> newestFields(List<AttributeChange> changes) {
    if (changes.isEmpty()) {
      return List.of();
    }
    AttributeChange.Field[] newest = new AttributeChange.Field[AttributeName.values().length];
    Dot[] dots = new Dot[newest.length];
    for (AttributeChange change : changes) {
      for (AttributeChange.Field field : change.fields()) {
        int i = field.name().ordinal();
        boolean newer =
            newest[i] == null
                || field.stamp() > newest[i].stamp()
                || (field.stamp() == newest[i].stamp() && change.dot().compareTo(dots[i]) > 0);
        if (newer) {
          newest[i] = field;
          dots[i] = change.dot();
        }
      }
    }
    List<AttributeChange.Field> fields = new ArrayList<>();
    for (AttributeChange.Field field : newest) {
      if (field != null) {
        fields.add(field);
      }
    }
    return fields;
  }
}
