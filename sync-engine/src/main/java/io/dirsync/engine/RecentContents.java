package io.dirsync.engine;

import io.dirsync.model.ContentHash;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Small contents that were just read, or just came along with an event, so that nobody reads or
 * asks for them again. Holds at most a given number of bytes, the oldest go first. Safe for several
 * threads. Arrays are shared: nobody changes them.
 */
public final class RecentContents {
  private final long bytesMax;
  private final Map<ContentHash, byte[]> contents = new LinkedHashMap<>();

  /** Those that have come and were not used yet. */
  private final Set<ContentHash> unused = new HashSet<>();

  private long bytes;
  private long unusedBytes;

  public RecentContents(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  public synchronized void put(ContentHash hash, byte[] content) {
    if (contents.putIfAbsent(hash, content) != null) {
      return;
    }
    bytes += content.length;
    var eldest = contents.entrySet().iterator();
    while (bytes > bytesMax && eldest.hasNext()) {
      Map.Entry<ContentHash, byte[]> dropped = eldest.next();
      bytes -= dropped.getValue().length;
      used(dropped.getKey(), dropped.getValue());
      eldest.remove();
    }
  }

  /** The same, of one that has come to be used once. */
  synchronized void receive(ContentHash hash, byte[] content) {
    if (!contents.containsKey(hash) && unused.add(hash)) {
      unusedBytes += content.length;
    }
    put(hash, content);
  }

  /** The bytes of those that have come and were neither used nor dropped yet. */
  synchronized long unusedBytes() {
    return unusedBytes;
  }

  /** For use on the disk, for which it may have come. */
  public synchronized Optional<byte[]> use(ContentHash hash) {
    byte[] content = contents.get(hash);
    if (content != null) {
      used(hash, content);
    }
    return Optional.ofNullable(content);
  }

  private void used(ContentHash hash, byte[] content) {
    if (unused.remove(hash)) {
      unusedBytes -= content.length;
    }
  }

  public synchronized Optional<byte[]> get(ContentHash hash) {
    return Optional.ofNullable(contents.get(hash));
  }
}
