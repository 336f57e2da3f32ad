package io.dirsync.engine;

import io.dirsync.model.ContentHash;
import io.dirsync.protocol.delta.BlockSize;
import io.dirsync.protocol.delta.Signature;
import io.dirsync.protocol.delta.SignatureBuilder;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * What this node keeps of contents that it has read, by content hash. Their signatures, so that
 * what a file has become is compared with what it was without asking anybody; and of large ones the
 * digests of their leaves, so that only the leaves that have changed are hashed. In memory, at most
 * {@link #KEPT_BYTES_MAX} of both; what has not been asked for the longest goes first. A signature
 * is then asked of the peer, who has the content, and leaves are hashed again. Safe for several
 * threads.
 */
public final class Signatures {
  /** Enough for files of eight gigabytes, or a hundred thousand files of a hundred kilobytes. */
  private static final long KEPT_BYTES_MAX = 16L << 20;

  /** What an entry takes beside its arrays. */
  private static final int ENTRY_BYTES = 256;

  /** Contents from this size on are compared one after another, so that workers stay free. */
  private static final long BIG_BYTES = 16L << 20;

  /** Smaller contents are hashed in less time than is worth the memory. */
  private static final long LEAVES_BYTES_MIN = 8L << 20;

  /** Those of larger contents would leave little room for any others: they take 3 MiB at most. */
  private static final long LEAVES_BYTES_MAX = 8L << 30;

  private final TransferBounds bounds;
  private final Environment environment;
  private final Lane lane;
  private final LinkedHashMap<ContentHash, Known> kept = new LinkedHashMap<>(16, 0.75f, true);
  private long keptBytes;

  /** Of all leaves, for as long as this process lives; null until there are any. */
  private @Nullable Long seed;

  /** What is known of one content. */
  private record Known(@Nullable Signature signature, @Nullable LeafDigests leaves) {
    static final Known NOTHING = new Known(null, null);

    long bytes() {
      return (signature == null && leaves == null ? 0L : ENTRY_BYTES)
          + (signature == null ? 0 : signature.encodedBytes())
          + (leaves == null ? 0 : leaves.bytes());
    }
  }

  public Signatures(TransferBounds bounds, Environment environment) {
    this.bounds = bounds;
    this.environment = environment;
    this.lane = environment.lane("deltas");
  }

  public TransferBounds bounds() {
    return bounds;
  }

  /** Whether contents of this size have signatures. */
  public boolean cover(long contentBytes) {
    return contentBytes >= bounds.deltaBytesMin() && contentBytes <= BlockSize.LENGTH_MAX;
  }

  /**
   * What makes the signature of a content that is being read; null if it is to have none.
   *
   * @param former the content that it was perhaps made of; null if none is known
   */
  public @Nullable SignatureBuilder builder(long contentBytes, @Nullable ContentHash former) {
    if (!cover(contentBytes)) {
      return null;
    }
    return new SignatureBuilder(
        contentBytes,
        bounds.blockBytesMin(),
        environment.random().nextLong(),
        former == null ? null : get(former).orElse(null));
  }

  /**
   * What takes the leaves of a content that is being read; null if none of it is to be kept.
   *
   * @param former the content that it has perhaps most of its leaves in common with
   */
  public synchronized @Nullable LeafDigestsBuilder leaves(
      long contentBytes, @Nullable ContentHash former) {
    if (contentBytes < LEAVES_BYTES_MIN || contentBytes > LEAVES_BYTES_MAX) {
      return null;
    }
    if (seed == null) {
      seed = environment.random().nextLong();
    }
    Known before = former == null ? null : kept.get(former);
    return new LeafDigestsBuilder(contentBytes, seed, before == null ? null : before.leaves());
  }

  /** Keeps the signature of a content that this node itself has read. */
  public synchronized void put(ContentHash hash, Signature signature) {
    Known before = kept.getOrDefault(hash, Known.NOTHING);
    put(hash, before, new Known(signature, before.leaves()));
  }

  /** Keeps the leaves of a content that this node itself has read or made. */
  public synchronized void put(ContentHash hash, LeafDigests leaves) {
    Known before = kept.getOrDefault(hash, Known.NOTHING);
    put(hash, before, new Known(before.signature(), leaves));
  }

  private void put(ContentHash hash, Known before, Known after) {
    kept.put(hash, after);
    keptBytes += after.bytes() - before.bytes();
    var eldest = kept.entrySet().iterator();
    while (keptBytes > KEPT_BYTES_MAX && eldest.hasNext()) {
      Map.Entry<ContentHash, Known> entry = eldest.next();
      keptBytes -= entry.getValue().bytes();
      eldest.remove();
    }
  }

  public synchronized Optional<Signature> get(ContentHash hash) {
    return Optional.ofNullable(kept.getOrDefault(hash, Known.NOTHING).signature());
  }

  /** Where to compare a content of this size with a signature. */
  public Executor comparing(long contentBytes) {
    return contentBytes < BIG_BYTES ? environment.workers() : lane;
  }

  public void close() {
    lane.close();
  }
}
