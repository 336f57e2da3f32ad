package io.dirsync.engine;

import io.dirsync.model.ContentHash;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Small contents that were just read, or just came along with an event, so that nobody reads or
 * asks for them again. Holds at most a given number of bytes, the oldest go first. Safe for several
 * threads. Arrays are shared: nobody changes them.
 */
public final class RecentContents {
  private final long bytesMax;
  private final Map<ContentHash, byte[]> contents = new LinkedHashMap<>();
  private long bytes;

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
      bytes -= eldest.next().getValue().length;
      eldest.remove();
    }
  }

  public synchronized Optional<byte[]> get(ContentHash hash) {
    return Optional.ofNullable(contents.get(hash));
  }
}
