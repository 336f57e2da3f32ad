package io.dirsync.engine.apply;

import io.dirsync.model.ContentHash;
import io.dirsync.model.RelativePath;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which contents are wanted at names that show nothing yet: a file that is to go may move there.
 */
final class NewNames {
  private final Map<ContentHash, LinkedHashSet<RelativePath>> names = new HashMap<>();
  private final Map<RelativePath, ContentHash> wanted = new HashMap<>();

  /** A name wants a content; null if it is no new name, or wants none. */
  void want(RelativePath name, @Nullable ContentHash hash) {
    ContentHash before = hash == null ? wanted.remove(name) : wanted.put(name, hash);
    if (before != null && !before.equals(hash)) {
      Set<RelativePath> others = names.get(before);
      if (others != null && others.remove(name) && others.isEmpty()) {
        names.remove(before);
      }
    }
    if (hash != null) {
      names.computeIfAbsent(hash, _ -> new LinkedHashSet<>()).add(name);
    }
  }

  /** The first names that want a content, at most so many. */
  List<RelativePath> of(ContentHash hash, int most) {
    LinkedHashSet<RelativePath> all = names.get(hash);
    return all == null ? List.of() : all.stream().limit(most).toList();
  }
}
