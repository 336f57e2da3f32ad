package io.dirsync.engine.store;

import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.RelativePath;
import java.util.HashSet;
import java.util.Set;

/** A file on this node that has a content. */
record Location(ContentHash hash, RelativePath path) {
  /** The files that a record speaks of: the one shown, and each copy. */
  static Set<Location> of(PathRecord record) {
    Set<Location> locations = new HashSet<>();
    if (record.shown() != null && record.shown().content() instanceof Content.File file) {
      locations.add(new Location(file.hash(), record.path()));
    }
    for (PathRecord.Copy copy : record.copies()) {
      if (copy.content() instanceof Content.File file) {
        locations.add(new Location(file.hash(), copy.file()));
      }
    }
    return locations;
  }
}
