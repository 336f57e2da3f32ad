package io.dirsync.engine;

import io.dirsync.model.EscapedBytes;
import io.dirsync.model.RelativePath;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Finds the folder that a path on this machine lies in. */
final class FolderPaths {
  private FolderPaths() {}

  /** A path of a folder. */
  record Located(FolderSettings folder, RelativePath path) {}

  /**
   * @param path absolute; bytes that are no UTF-8 stand as {@code \xNN}, as every command shows
   *     them
   * @throws IllegalArgumentException if it lies in no folder, or in what is dirsync's own there
   */
  static Located locate(List<FolderSettings> folders, String path) {
    for (FolderSettings folder : folders) {
      for (String root : roots(folder)) {
        if (path.equals(root)) {
          return new Located(folder, RelativePath.ROOT);
        }
        if (path.startsWith(root + "/")) {
          byte[] below = EscapedBytes.unescape(path.substring(root.length() + 1));
          return new Located(folder, notOurs(RelativePath.of(below)));
        }
      }
    }
    List<String> known = new ArrayList<>();
    folders.forEach(folder -> known.add(folder.name() + " (" + folder.root() + ")"));
    throw new IllegalArgumentException(
        EscapedBytes.escape(path.getBytes(StandardCharsets.UTF_8))
            + " lies in no folder of this node; there "
            + (known.isEmpty() ? "is none" : "are: " + String.join(", ", known)));
  }

  private static RelativePath notOurs(RelativePath path) {
    if (Layout.isPrivate(path)) {
      throw new IllegalArgumentException(
          path
              + " is dirsync's own; name the path in the folder that it is of, as `dirsync conflicts`"
              + " lists it");
    }
    return path;
  }

  private static Set<String> roots(FolderSettings folder) {
    Set<String> roots = new LinkedHashSet<>();
    roots.add(folder.root().toString());
    try {
      Path real = folder.root().toRealPath();
      roots.add(real.toString());
    } catch (IOException e) {
      // It is not there now; its name as configured will do.
    }
    return roots;
  }
}
