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
 * Signatures of contents that this node has read, by content hash, so that what a file has become
 * is compared with what it was without asking anybody. In memory, at most {@link #KEPT_BYTES_MAX};
 * which has not been asked for the longest goes first, and is then asked of the peer, who has the
 * content. Safe for several threads.
 */
public final class Signatures {
  /** Enough for files of ten gigabytes, or a hundred thousand files of a hundred kilobytes. */
  private static final long KEPT_BYTES_MAX = 16L << 20;

  /** What an entry takes beside its arrays. */
  private static final int ENTRY_BYTES = 256;

  /** Contents from this size on are compared one after another, so that workers stay free. */
  private static final long BIG_BYTES = 16L << 20;

  private final TransferBounds bounds;
  private final Environment environment;
  private final Lane lane;
  private final LinkedHashMap<ContentHash, Signature> kept = new LinkedHashMap<>(16, 0.75f, true);
  private long keptBytes;

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

  /** What makes the signature of a content that is being read; null if it is to have none. */
  public @Nullable SignatureBuilder builder(long contentBytes) {
    return cover(contentBytes)
        ? new SignatureBuilder(
            contentBytes, bounds.blockBytesMin(), environment.random().nextLong())
        : null;
  }

  /** Keeps the signature of a content that this node itself has read. */
  public synchronized void put(ContentHash hash, Signature signature) {
    Signature before = kept.put(hash, signature);
    keptBytes += bytes(signature) - (before == null ? 0 : bytes(before));
    var eldest = kept.entrySet().iterator();
    while (keptBytes > KEPT_BYTES_MAX && eldest.hasNext()) {
      Map.Entry<ContentHash, Signature> entry = eldest.next();
      keptBytes -= bytes(entry.getValue());
      eldest.remove();
    }
  }

  public synchronized Optional<Signature> get(ContentHash hash) {
    return Optional.ofNullable(kept.get(hash));
  }

  private static long bytes(Signature signature) {
    return (long) ENTRY_BYTES + signature.encodedBytes();
  }

  /** Where to compare a content of this size with a signature. */
  public Executor comparing(long contentBytes) {
    return contentBytes < BIG_BYTES ? environment.workers() : lane;
  }

  public void close() {
    lane.close();
  }
}
