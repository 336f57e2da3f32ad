package io.dirsync.engine;

import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.FolderStore.Durability;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.fs.Volume;
import io.dirsync.model.ReplicaId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Proves that the root is the one that the database speaks of: an empty mount point must never be
 * read as everything having been deleted. A marker file in the root and the database hold the same
 * random identity.
 */
final class RootGuard {
  private static final String ROOT_META = "root";
  private static final String REPLICA_META = "replica";

  private final Volume volume;
  private final FolderStore store;
  private final RandomGenerator random;

  RootGuard(Volume volume, FolderStore store, RandomGenerator random) {
    this.volume = volume;
    this.store = store;
    this.random = random;
  }

  /**
   * @throws IOException if the root is not there, not the one opened, or not the one that the
   *     database knows; the message says which, and what to do
   */
  void check() throws IOException {
    if (!volume.isRootInPlace()) {
      throw new IOException(
          "its root is gone or another directory stands in its place; nothing is deleted elsewhere, and it goes on when the root is back");
    }
    Optional<byte[]> known = store.meta(ROOT_META);
    if (known.isPresent() && store.totals().files() > 0) {
      Optional<byte[]> marker = marker();
      if (marker.isEmpty() || !Arrays.equals(marker.get(), known.get())) {
        throw new IOException(
            "its root is empty or not the one that was synchronised (the marker "
                + Layout.PRIVATE
                + "/"
                + Layout.MARKER_PREFIX
                + "* "
                + (marker.isEmpty() ? "is missing" : "is another one's")
                + "): is a file system not mounted? Nothing is deleted elsewhere, and it goes on when the root is back");
      }
    }
  }

  /**
   * The identity that the root bears: the name of a directory, so that it is no file to anyone who
   * walks by.
   */
  private Optional<byte[]> marker() throws IOException {
    List<String> found = new ArrayList<>();
    try {
      volume.list(
          Layout.PRIVATE.bytes(),
          entry -> {
            String name = new String(entry.name(), StandardCharsets.UTF_8);
            if (name.startsWith(Layout.MARKER_PREFIX)) {
              found.add(name.substring(Layout.MARKER_PREFIX.length()));
            }
          });
    } catch (java.nio.file.NoSuchFileException | java.nio.file.NotDirectoryException e) {
      return Optional.empty();
    }
    return found.isEmpty()
        ? Optional.empty()
        : Optional.of(found.getFirst().getBytes(StandardCharsets.UTF_8));
  }

  /**
   * This folder's replica; a new database begins a new incarnation.
   *
   * @param mark whether the root may be given its marker
   */
  ReplicaId identify(String node, boolean mark) throws IOException {
    Optional<byte[]> known = store.meta(REPLICA_META);
    Optional<byte[]> root = store.meta(ROOT_META);
    if (mark && (root.isEmpty() || marker().isEmpty())) {
      byte[] identity =
          HexFormat.of().toHexDigits(random.nextLong()).getBytes(StandardCharsets.US_ASCII);
      writeMarker(identity);
      try (Transaction transaction = store.begin()) {
        transaction.setMeta(ROOT_META, identity);
        transaction.commit(Durability.DISK);
      }
    }
    if (known.isPresent()) {
      ReplicaId replica = parse(known.get());
      if (replica.node().equals(node)) {
        return replica;
      }
    }
    ReplicaId replica = new ReplicaId(node, random.nextLong());
    try (Transaction transaction = store.begin()) {
      transaction.setMeta(REPLICA_META, format(replica));
      transaction.commit(Durability.DISK);
    }
    return replica;
  }

  private void writeMarker(byte[] identity) throws IOException {
    Optional<byte[]> old = marker();
    if (old.isPresent()) {
      volume.rmdir(Layout.marker(new String(old.get(), StandardCharsets.UTF_8)).bytes());
    }
    volume.mkdir(
        Layout.marker(new String(identity, StandardCharsets.UTF_8)).bytes(), Layout.PRIVATE_MODE);
    volume.sync();
  }

  /** Begins a new incarnation: peers that read this log must compare. */
  ReplicaId newIncarnation(Transaction transaction, ReplicaId old) {
    ReplicaId replica = new ReplicaId(old.node(), random.nextLong());
    transaction.setMeta(REPLICA_META, format(replica));
    transaction.truncateLog(transaction.end());
    return replica;
  }

  private static byte[] format(ReplicaId replica) {
    return (Long.toHexString(replica.incarnation()) + " " + replica.node())
        .getBytes(StandardCharsets.UTF_8);
  }

  private static ReplicaId parse(byte[] bytes) throws IOException {
    String text = new String(bytes, StandardCharsets.UTF_8);
    int space = text.indexOf(' ');
    try {
      return new ReplicaId(
          text.substring(space + 1), Long.parseUnsignedLong(text.substring(0, space), 16));
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new IOException("the folder's database names no replica: '" + text + "'", e);
    }
  }
}
