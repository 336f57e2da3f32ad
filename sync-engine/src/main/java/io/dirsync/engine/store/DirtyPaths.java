package io.dirsync.engine.store;

import io.dirsync.model.RelativePath;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The committed paths that are yet to be shown. They are worked off from the front, and RocksDB
 * walks over what was deleted until it is compacted; so this remembers up to where nothing is left.
 */
final class DirtyPaths {
  private final StoredRecords records;

  /** No row of the table lies before this key. */
  private byte[] first = Keys.dirty().from();

  private long marks;

  DirtyPaths(StoredRecords records) {
    this.records = records;
  }

  List<RelativePath> list(@Nullable RelativePath after, int most) {
    KeyRange range = Keys.dirty();
    if (after != null) {
      range = range.after(Keys.dirty(after));
    }
    byte[] start;
    long marksBefore;
    synchronized (this) {
      start = first;
      marksBefore = marks;
    }
    boolean fromFront = Arrays.compareUnsigned(range.from(), start) <= 0;
    if (fromFront) {
      range = new KeyRange(start, range.to());
    }
    List<RelativePath> paths = records.dirty(range, most);
    if (fromFront && most > 0) {
      byte[] found = paths.isEmpty() ? range.to() : Keys.dirty(paths.getFirst());
      nothingBefore(found, marksBefore);
    }
    return paths;
  }

  private synchronized void nothingBefore(byte[] key, long marksBefore) {
    // A path may have been marked while this one was looking.
    if (marks == marksBefore) {
      first = key;
    }
  }

  /** Says that a path is marked, once that is committed. */
  synchronized void marked(byte[] key) {
    marks++;
    if (Arrays.compareUnsigned(key, first) < 0) {
      first = key;
    }
  }
}
