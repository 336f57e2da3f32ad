package io.dirsync.engine.store;

import io.dirsync.model.Attributes;
import io.dirsync.model.Content;
import io.dirsync.model.Dot;
import io.dirsync.model.RelativePath;
import io.dirsync.model.Shown;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the disk was last made, or last seen, to show at one path, and the conflict copies kept of
 * it.
 *
 * @param shown null if nothing is shown at the path itself
 * @param fingerprint of the file or link on disk; null for directories and where nothing is shown
 * @param copies conflict copies whose version was written to this path, by dot
 */
public record PathRecord(
    RelativePath path,
    @Nullable Shown shown,
    @Nullable Fingerprint fingerprint,
    List<Copy> copies) {
  /**
   * A conflict copy on disk.
   *
   * @param file where it lies, below the root
   * @param stamp of the version, in nanoseconds
   */
  public record Copy(
      Dot dot, Content content, Attributes attributes, long stamp, RelativePath file) {}

  public PathRecord {
    copies = List.copyOf(copies);
  }

  /** Takes the place of a fingerprint in the record of a directory that is left over. */
  private static final Fingerprint LEFTOVER = new Fingerprint(0, 0, 0, 0, false);

  /**
   * A directory that no version stands for any more, and that stays on this disk because of what is
   * in it: ignored files.
   */
  public static PathRecord leftover(RelativePath path, Shown directory, List<Copy> copies) {
    return new PathRecord(path, directory, LEFTOVER, copies);
  }

  public boolean isLeftover() {
    return shown != null && shown.content().isDirectory() && fingerprint != null;
  }

  public static PathRecord empty(RelativePath path) {
    return new PathRecord(path, null, null, List.of());
  }

  public boolean isEmpty() {
    return shown == null && copies.isEmpty();
  }

  /** What this record alone adds to the store's totals. */
  FolderStore.Totals totals() {
    Shown here = shown;
    boolean file = here != null && !here.content().isDirectory();
    return new FolderStore.Totals(
        file ? 1 : 0,
        here == null ? 0 : here.content().sizeBytes(),
        copies.size(),
        copies.isEmpty() ? 0 : 1);
  }

  /** The dots of the conflict copies that are kept. */
  public Set<Dot> copyDots() {
    return copies.isEmpty()
        ? Set.of()
        : copies.stream().map(Copy::dot).collect(Collectors.toUnmodifiableSet());
  }
}
