package io.dirsync.engine.scan;

import io.dirsync.engine.store.Fingerprint;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.model.Attributes;
import io.dirsync.model.Content;
import io.dirsync.model.RelativePath;
import org.jspecify.annotations.Nullable;

/** What the disk was seen to hold at one path, and the record it was compared with. */
public sealed interface Observation {
  /** The path that was looked at. */
  RelativePath path();

  /**
   * The path's record when the disk was looked at: if it has changed since, the observation says
   * nothing.
   */
  PathRecord basis();

  /** Nothing is there. */
  record Absent(RelativePath path, PathRecord basis) implements Observation {}

  /**
   * Something is there.
   *
   * @param fingerprint null for directories
   * @param bytes a small file's whole content, else null
   */
  record Present(
      RelativePath path,
      PathRecord basis,
      Content content,
      Attributes attributes,
      @Nullable Fingerprint fingerprint,
      byte @Nullable [] bytes)
      implements Observation {
    public Present withoutBytes() {
      return new Present(path, basis, content, attributes, fingerprint, null);
    }
  }

  /**
   * What stood at one path stands at another.
   *
   * @param path where it stands now
   * @param source the record of where it stood; nothing is there any more
   */
  record Moved(
      RelativePath path,
      PathRecord basis,
      PathRecord source,
      Attributes attributes,
      @Nullable Fingerprint fingerprint)
      implements Observation {}
}
