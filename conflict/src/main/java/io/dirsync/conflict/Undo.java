package io.dirsync.conflict;

import io.dirsync.model.Dot;
import io.dirsync.model.Event;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.RelativePath;
import io.dirsync.model.Shown;
import io.dirsync.model.Version;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Takes a resolution back, by ordinary writes: what it wrote makes room for what stood there, if
 * nobody has written there since, and the copies are copies again.
 *
 * @param copies the conflict copies that it dropped, as they were
 * @param writes what it wrote
 */
public record Undo(List<Version> copies, List<Written> writes) {
  /**
   * A write of the resolution.
   *
   * @param before what stood there, as the newest of the versions that it stood for; empty for
   *     nothing
   */
  public record Written(Dot dot, RelativePath path, Optional<Version> before) {}

  public Undo {
    copies = List.copyOf(copies);
    writes = List.copyOf(writes);
  }

  /**
   * The event that it is.
   *
   * @param shown what stands at a path where the resolution was applied
   * @param dots gives a dot for each version that comes back
   * @param nowNanos the time now
   */
  public Event event(
      LiveView view,
      Function<RelativePath, Optional<Shown>> shown,
      Supplier<Dot> dots,
      long nowNanos) {
    List<LiveEntry> added = new ArrayList<>();
    Set<Dot> removed = new HashSet<>();
    for (Written write : writes) {
      Optional<Shown> standing = shown.apply(write.path());
      boolean untouched = standing.isPresent() && standing.get().dots().contains(write.dot());
      if (untouched) {
        Set<Dot> gone = new TreeSet<>(standing.get().dots());
        write
            .before()
            .ifPresent(
                before ->
                    added.add(
                        again(
                            before,
                            dots.get(),
                            Math.max(nowNanos, Resolution.newest(view, gone) + 1),
                            Writes.lineage(view, gone),
                            false)));
        removed.addAll(gone);
        removed.addAll(standing.get().attributeDots());
      } else if (write.before().isPresent()
          && !(standing.isPresent()
              && standing.get().content().equals(write.before().get().content()))) {
        Version before = write.before().get();
        added.add(again(before, dots.get(), before.stamp(), List.of(), true));
      }
    }
    for (Version copy : copies) {
      // It had lost, and everyone has seen that: it does not come up at the path by itself.
      added.add(again(copy, dots.get(), copy.stamp(), List.of(), true));
    }
    return new Event(added, removed, Set.of());
  }

  private static Version again(
      Version version, Dot dot, long stamp, List<Dot> supersedes, boolean shelved) {
    return new Version(
        dot,
        version.path(),
        version.content(),
        version.attributes(),
        stamp,
        supersedes,
        null,
        shelved);
  }
}
