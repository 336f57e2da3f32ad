package io.dirsync.engine;

import io.dirsync.conflict.Settlement;
import io.dirsync.engine.apply.Ancestors;
import io.dirsync.engine.scan.ContentHasher;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.fs.Volume;
import io.dirsync.model.Content;
import io.dirsync.model.Dot;
import io.dirsync.model.RelativePath;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads contents of this folder by their hash, wherever they lie: in memory, in the tree, among the
 * conflict copies, in the trash, among the ancestors. What is given out was checked. Safe for
 * several threads.
 */
final class HeldContents implements Settlement.Contents {
  private static final Logger LOG = LoggerFactory.getLogger(HeldContents.class);
  private static final int LOCATIONS_MAX = 8;

  private final Volume volume;
  private final FolderStore store;
  private final RecentContents recent;
  private final Ancestors ancestors;

  HeldContents(Volume volume, FolderStore store, RecentContents recent, Ancestors ancestors) {
    this.volume = volume;
    this.store = store;
    this.recent = recent;
    this.ancestors = ancestors;
  }

  @Override
  public Optional<Content.File> writtenBy(Dot dot) {
    return ancestors.writtenBy(dot);
  }

  @Override
  public List<Dot> replacedBy(Dot dot) {
    return ancestors.replacedBy(dot);
  }

  @Override
  public Optional<byte[]> of(Content.File file, int bytesMax) {
    if (file.size() > bytesMax) {
      return Optional.empty();
    }
    if (file.size() == 0) {
      return Optional.of(new byte[0]);
    }
    Optional<byte[]> known = recent.get(file.hash());
    if (known.isPresent()) {
      return known;
    }
    for (RelativePath place : store.locations(file.hash(), LOCATIONS_MAX)) {
      Optional<byte[]> bytes = read(place, file);
      if (bytes.isPresent()) {
        return bytes;
      }
    }
    try {
      return ancestors.read(file);
    } catch (IOException e) {
      LOG.warn("a former content cannot be read: {}", e.toString());
      return Optional.empty();
    }
  }

  private Optional<byte[]> read(RelativePath place, Content.File file) {
    try (Volume.ReadableFile open = volume.open(place.bytes())) {
      byte[] bytes = new byte[Math.toIntExact(file.size())];
      int count = open.read(0, bytes, 0, bytes.length);
      return count == bytes.length
              && open.status().sizeBytes() == file.size()
              && ContentHasher.hash(bytes).equals(file.hash())
          ? Optional.of(bytes)
          : Optional.empty();
    } catch (IOException e) {
      // It is gone or written over; another place may have it.
      return Optional.empty();
    }
  }
}
