package io.dirsync.engine.apply;

import io.dirsync.engine.store.Fingerprint;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.fs.FileStatus;
import io.dirsync.model.Content;
import io.dirsync.model.RelativePath;
import org.jspecify.annotations.Nullable;

/**
 * A file of this folder that may have much in common with a content that is wanted.
 *
 * @param fingerprint what vouches for the content; null for a file that only dirsync has a name for
 */
record Basis(RelativePath path, Content.File content, @Nullable Fingerprint fingerprint) {
  /** The file that a path shows; null if it shows none. */
  static @Nullable Basis of(PathRecord record) {
    return record.shown() != null
            && record.fingerprint() != null
            && record.shown().content() instanceof Content.File content
        ? new Basis(record.path(), content, record.fingerprint())
        : null;
  }

  /** Whether a file is still what it was when it was recorded, as far as can be told. */
  boolean isStill(FileStatus status) {
    return fingerprint == null
        ? status.sizeBytes() == content.size()
        : fingerprint.sameContent(status);
  }
}
