package io.dirsync.engine.store;

import java.nio.file.Path;

/** A store is asked after its folder has been closed: whatever asks has nothing left to do. */
public final class StoreClosedException extends IllegalStateException {
  private static final long serialVersionUID = 1;

  /** Of a store in memory. */
  StoreClosedException() {
    super("the store is closed");
  }

  StoreClosedException(Path directory) {
    super("the store " + directory + " is closed");
  }
}
