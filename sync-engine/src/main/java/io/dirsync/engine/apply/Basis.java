package io.dirsync.engine.apply;

import io.dirsync.engine.store.Fingerprint;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.model.Content;
import io.dirsync.model.RelativePath;
import org.jspecify.annotations.Nullable;

/** A file of this folder that may have much in common with a content that is wanted. */
record Basis(RelativePath path, Content.File content, Fingerprint fingerprint) {
  /** The file that a path shows; null if it shows none. */
  static @Nullable Basis of(PathRecord record) {
    return record.shown() != null
            && record.fingerprint() != null
            && record.shown().content() instanceof Content.File content
        ? new Basis(record.path(), content, record.fingerprint())
        : null;
  }
}
