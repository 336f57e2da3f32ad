package io.dirsync.engine.apply;

import io.dirsync.engine.Signatures;
import io.dirsync.model.Content;
import io.dirsync.model.Dot;
import io.dirsync.model.RelativePath;
import io.dirsync.model.Shown;
import io.dirsync.model.Version;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What paths showed until not long ago, if it is large enough that a new content may be made of it:
 * a file that is removed and written anew, or moved and edited at once, has much in common with
 * what it was. Says which contents these are, not where they lie by now. In memory, so that a
 * restart forgets it. On the writer's lane.
 */
final class FormerContents {
  /** Paths that are remembered; of more, the one that changed first is forgotten. */
  static final int KEPT_MAX = 1024;

  /** How long after a path is emptied a new one may be taken for where its file was moved. */
  static final Duration MOVE_MAX = Duration.ofMinutes(1);

  /** Contents that are given at most. */
  private static final int FOUND_MAX = 4;

  /**
   * A file that was edited while it was moved has become longer or shorter by no more than this.
   */
  private static final int SIZE_PART = 8;

  private final Signatures signatures;

  private final Map<RelativePath, Former> formers =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<RelativePath, Former> eldest) {
          return size() > KEPT_MAX;
        }
      };

  /**
   * @param emptied whether the path is to show nothing
   * @param atNanos when it was known that it changes, by a clock that is never set
   */
  private record Former(
      RelativePath path, Content.File content, Set<Dot> dots, boolean emptied, long atNanos) {}

  FormerContents(Signatures signatures) {
    this.signatures = signatures;
  }

  /**
   * A path is about to show something else.
   *
   * @param emptied whether that is nothing
   */
  void changes(RelativePath path, @Nullable Shown shown, boolean emptied, long nowNanos) {
    if (shown != null
        && shown.content() instanceof Content.File file
        && signatures.cover(file.size())) {
      Former before = formers.get(path);
      if (before == null || !before.content().equals(file) || before.emptied() != emptied) {
        formers.remove(path);
        formers.put(path, new Former(path, file, shown.dots(), emptied, nowNanos));
      }
    }
  }

  /** A content has become another one: that is where it has gone, and nowhere else. */
  void became(Content.File content) {
    formers.values().removeIf(former -> former.emptied() && former.content().equals(content));
  }

  /**
   * Contents that a new one may have much in common with, the likeliest first: what its lineage
   * names, what stood at the path, then what has lost a path of the same name just now, or is about
   * as long.
   *
   * @param versions what is to be shown at the path
   */
  List<Content.File> like(
      Content.File wanted, RelativePath path, List<Version> versions, long nowNanos) {
    if (formers.isEmpty() || !signatures.cover(wanted.size())) {
      return List.of();
    }
    List<Former> newestFirst = new ArrayList<>(formers.values()).reversed();
    Set<Content.File> found = new LinkedHashSet<>();
    for (Version version : versions) {
      Dot from = version.movedFrom();
      if (from != null) {
        add(found, newestFirst, former -> former.dots().contains(from));
      }
      for (Dot dot : version.supersedes()) {
        add(found, newestFirst, former -> former.dots().contains(dot));
      }
    }
    Former here = formers.get(path);
    if (here != null) {
      found.add(here.content());
    }
    Predicate<Former> moved =
        former -> former.emptied() && nowNanos - former.atNanos() <= MOVE_MAX.toNanos();
    add(found, newestFirst, moved.and(former -> Arrays.equals(former.path().name(), path.name())));
    add(
        found,
        newestFirst,
        moved.and(
            former ->
                Math.abs(former.content().size() - wanted.size()) <= wanted.size() / SIZE_PART));
    found.remove(wanted);
    return found.stream().limit(FOUND_MAX).toList();
  }

  private static void add(
      Set<Content.File> found, List<Former> newestFirst, Predicate<Former> condition) {
    newestFirst.stream().filter(condition).map(Former::content).forEach(found::add);
  }
}
