package io.dirsync.model;

import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one write put at one path. Immutable, but that its {@code shelved} successor takes its
 * place, once.
 *
 * @param path never the root
 * @param attributes as seen when it was written
 * @param stamp hybrid logical clock in nanoseconds: settles who keeps a name, never what survives
 * @param supersedes the dots it replaced and theirs, nearest first, at most {@link #LINEAGE_MAX}
 * @param movedFrom the dot of the file that was moved here, or null
 * @param shelved lost a conflict that someone has since written over: never shown at its path again
 * @param settled says that a policy has written it; null for what people wrote
 */
public record Version(
    Dot dot,
    RelativePath path,
    Content content,
    Attributes attributes,
    long stamp,
    List<Dot> supersedes,
    @Nullable Dot movedFrom,
    boolean shelved,
    @Nullable Settled settled)
    implements LiveEntry {
  /**
   * How many superseded dots a version remembers, so that an edit finds the move of what it edited.
   */
  public static final int LINEAGE_MAX = 8;

  /** By stamp, then dot: the greatest keeps a name. */
  public static final Comparator<Version> ORDER =
      Comparator.comparingLong(Version::stamp).thenComparing(Version::dot);

  public Version {
    supersedes = List.copyOf(supersedes);
    if (supersedes.size() > LINEAGE_MAX) {
      throw new IllegalArgumentException("a version supersedes at most " + LINEAGE_MAX + " dots");
    }
    if (path.isRoot()) {
      throw new IllegalArgumentException("the root has no versions");
    }
  }

  /** What someone wrote. */
  public Version(
      Dot dot,
      RelativePath path,
      Content content,
      Attributes attributes,
      long stamp,
      List<Dot> supersedes,
      @Nullable Dot movedFrom,
      boolean shelved) {
    this(dot, path, content, attributes, stamp, supersedes, movedFrom, shelved, null);
  }

  public Version shelve() {
    return new Version(dot, path, content, attributes, stamp, supersedes, movedFrom, true, settled);
  }
}
