package io.dirsync.engine;

import io.dirsync.engine.scan.ContentHasher;
import io.dirsync.engine.session.LogServer;
import io.dirsync.engine.store.Fingerprint;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.fs.Volume;
import io.dirsync.model.Content;
import io.dirsync.model.Version;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;

/** Reads small files of a folder so that they can ride along with their events. */
final class SmallFiles implements LogServer.SmallContents {
  private final Volume volume;
  private final FolderStore store;
  private final RecentContents recent;

  SmallFiles(Volume volume, FolderStore store, RecentContents recent) {
    this.volume = volume;
    this.store = store;
    this.recent = recent;
  }

  @Override
  public Optional<byte[]> read(Version version, Content.File content) {
    Optional<byte[]> known = recent.get(content.hash());
    if (known.isPresent()) {
      return known;
    }
    try {
      PathRecord record = store.record(version.path());
      Fingerprint fingerprint = record.fingerprint();
      if (record.shown() == null
          || fingerprint == null
          || !record.shown().content().equals(content)) {
        return Optional.empty();
      }
      try (Volume.ReadableFile file = volume.open(version.path().bytes())) {
        if (!fingerprint.sameContent(file.status())) {
          return Optional.empty();
        }
        byte[] bytes = new byte[Math.toIntExact(content.size())];
        int count = file.read(0, bytes, 0, bytes.length);
        return count == bytes.length && ContentHasher.hash(bytes).equals(content.hash())
            ? Optional.of(bytes)
            : Optional.empty();
      }
    } catch (IOException | UncheckedIOException e) {
      // The peer asks for it if it needs it.
      return Optional.empty();
    }
  }
}
