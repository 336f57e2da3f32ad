package io.dirsync.engine;

import io.dirsync.engine.store.FolderStore;
import io.dirsync.fs.Volume;
import io.dirsync.watcher.Watcher;
import java.io.IOException;

/**
 * Where a node's folders get what they stand on, so that tests and simulations can give something
 * else.
 */
public interface Resources {
  /** Whether the disk is to be left alone: only what would be done is found out. */
  boolean trial();

  Volume volume(FolderSettings settings) throws IOException;

  /** A watcher of the volume that {@link #volume} gave. */
  Watcher watcher(FolderSettings settings, Volume volume) throws IOException;

  FolderStore store(FolderSettings settings) throws IOException;

  /** Drops the store of a folder that does not run: the next one is empty. */
  void forget(FolderSettings settings) throws IOException;

  default TransferBounds transferBounds() {
    return TransferBounds.USUAL;
  }
}
