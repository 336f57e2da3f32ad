package io.dirsync.engine.session;

import io.dirsync.engine.Layout;
import io.dirsync.engine.store.Fingerprint;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.fs.Volume;
import io.dirsync.fs.Volume.ReadableFile;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.RelativePath;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import org.jspecify.annotations.Nullable;

/** Finds a folder's files by their content. */
final class ContentFiles {
  private static final int LOCATIONS_MAX = 8;

  private final FolderStore store;
  private final Volume volume;

  ContentFiles(FolderStore store, Volume volume) {
    this.store = store;
    this.volume = volume;
  }

  /**
   * A file that is open and holds a content, as far as its record tells.
   *
   * @param fingerprint what vouches for the content; null for a file that only dirsync has a name
   *     for
   */
  record Opened(ReadableFile file, @Nullable Fingerprint fingerprint) {
    /** Fails if the file does not hold any more what it held when it was opened. */
    void requireUnchanged() throws IOException {
      if (fingerprint != null && !fingerprint.sameContent(file.status())) {
        throw new IOException("the file changed while it was sent");
      }
    }

    void close() {
      try {
        file.close();
      } catch (IOException e) {
        // It was only read.
      }
    }
  }

  /**
   * Opens a file with this content.
   *
   * @param hint where it was last known to stand
   */
  Opened open(ContentHash hash, RelativePath hint) throws IOException {
    Opened direct = Layout.isPrivate(hint) ? null : openAt(hint, hash);
    if (direct != null) {
      return direct;
    }
    for (RelativePath place : store.locations(hash, LOCATIONS_MAX)) {
      Opened opened = openAt(place, hash);
      if (opened != null) {
        return opened;
      }
    }
    throw new NoSuchFileException(hint.toString(), null, "this content is no longer here");
  }

  private @Nullable Opened openAt(RelativePath place, ContentHash hash) throws IOException {
    boolean ours = Layout.isPrivate(place);
    PathRecord record = store.record(place);
    Fingerprint fingerprint = record.fingerprint();
    boolean shown =
        record.shown() != null
            && fingerprint != null
            && record.shown().content() instanceof Content.File file
            && file.hash().equals(hash);
    if (!ours && !shown) {
      return null;
    }
    try {
      ReadableFile file = volume.open(place.bytes());
      if (ours || (fingerprint != null && fingerprint.sameContent(file.status()))) {
        return new Opened(file, ours ? null : fingerprint);
      }
      file.close();
      return null;
    } catch (NoSuchFileException e) {
      return null;
    }
  }
}
