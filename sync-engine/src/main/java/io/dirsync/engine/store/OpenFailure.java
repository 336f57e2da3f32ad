package io.dirsync.engine.store;

import io.dirsync.engine.store.Table.Space;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import org.jspecify.annotations.Nullable;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/** Says why a store cannot be opened, and what to do. */
final class OpenFailure {
  private static final String CURRENT = "CURRENT";

  /** What RocksDB says of its lock file. */
  private static final String HELD_ELSEWHERE = "While lock file";

  private static final String HELD_HERE = "lock hold by current process";

  private OpenFailure() {}

  /**
   * Refuses what RocksDB would take for a directory without a database, and fill: one that lost its
   * {@code CURRENT}; and what it would call an invalid argument: column families of another
   * dirsync.
   */
  static void checkBefore(Path directory, Collection<Space> known)
      throws IOException, RocksDBException {
    if (Files.exists(directory.resolve(CURRENT))) {
      try (Options options = new Options()) {
        for (byte[] family : RocksDB.listColumnFamilies(options, directory.toString())) {
          String name = new String(family, StandardCharsets.UTF_8);
          if (known.stream().noneMatch(space -> space.familyName().equals(name))) {
            throw newer(directory, "it has a part '" + name + "'");
          }
        }
      }
    } else if (Files.isDirectory(directory)) {
      try (DirectoryStream<Path> files =
          Files.newDirectoryStream(directory, "{MANIFEST-*,*.sst,*.log}")) {
        if (files.iterator().hasNext()) {
          throw damaged(directory, "its file " + CURRENT + " is missing", null);
        }
      }
    }
  }

  static IOException of(Path directory, RocksDBException cause) {
    String message = String.valueOf(cause.getMessage());
    if (message.contains(HELD_ELSEWHERE) || message.contains(HELD_HERE)) {
      return new IOException("another dirsync is using " + directory, cause);
    }
    Status status = cause.getStatus();
    return status != null && status.getCode() == Status.Code.Corruption
        ? damaged(directory, message, cause)
        : new IOException("cannot open the store " + directory + ": " + message, cause);
  }

  /** What was read while opening made no sense. */
  static IOException of(Path directory, UncheckedIOException cause) {
    return damaged(directory, String.valueOf(cause.getMessage()), cause);
  }

  private static IOException damaged(Path directory, String detail, @Nullable Exception cause) {
    return new IOException(
        """
        the store %s is damaged (%s). Move that directory away and start again: dirsync then looks \
        at all files anew and joins its peers as a new replica; no file is deleted by that"""
            .formatted(directory, detail),
        cause);
  }

  static IOException newer(Path directory, String detail) {
    return new IOException(
        "the store %s was written by a newer dirsync (%s): update dirsync to use it"
            .formatted(directory, detail));
  }
}
