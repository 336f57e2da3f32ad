package io.dirsync.engine.store;

import java.io.Closeable;
import java.io.IOException;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * Sorted bytes under sorted bytes: what a folder's store is kept in. Keys sort as unsigned bytes.
 * Several threads may read, one writes; a write is seen whole or not at all. Failures of reads are
 * {@link java.io.UncheckedIOException}.
 */
interface KeyValues extends Closeable {
  byte @Nullable [] get(byte[] key);

  /** Told of keys in order until it returns false. */
  interface Visitor {
    boolean visit(byte[] key, byte[] value);
  }

  /** Visits the keys from the first, to before the end. */
  void scan(byte[] from, byte[] end, Visitor visitor);

  /**
   * Makes all of these changes at once.
   *
   * @param changes keys with their new values, null to remove them; sorted by unsigned bytes
   * @param durable whether it must survive a power cut when this returns
   */
  void write(SortedMap<byte[], byte @Nullable []> changes, boolean durable) throws IOException;

  /** Makes every write so far survive a power cut. */
  void sync() throws IOException;

  /** The store as it is now, to be read while it changes. */
  Snapshot snapshot();

  /** A store at one moment. */
  interface Snapshot extends AutoCloseable {
    byte @Nullable [] get(byte[] key);

    void scan(byte[] from, byte[] end, Visitor visitor);

    @Override
    void close();
  }
}
