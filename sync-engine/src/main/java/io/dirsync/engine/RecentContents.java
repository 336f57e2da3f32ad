package io.dirsync.engine;

import io.dirsync.model.ContentHash;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Small contents that were just read, or just came along with an event, so that nobody reads or
 * asks for them again. Holds at most a given number of bytes, the oldest go first. Safe for several
 * threads.
 *
 * <p>The bytes stand one after another in a ring that is taken once: kept as arrays of their own,
 * each would live just long enough to be copied by two or three collections of garbage, and then
 * die where only a full one finds that out.
 */
public final class RecentContents {
  /** The ring grows by so much, as far as it is filled. */
  private static final int CHUNK_BYTES = 256 << 10;

  private final long bytesMax;
  private final byte[][] ring;
  private final Map<ContentHash, Place> contents = new LinkedHashMap<>();

  /** Those that have come and were not used yet. */
  private final Set<ContentHash> notUsed = new HashSet<>();

  /** Where the next one goes, below {@link #bytesMax}. */
  private long next;

  private long bytes;
  private long unusedBytes;

  /**
   * @param start in the ring, behind whose end its beginning follows
   */
  private record Place(long start, int length) {}

  /**
   * @param bytesMax 1 to 1 GiB
   */
  public RecentContents(long bytesMax) {
    this.bytesMax = bytesMax;
    this.ring = new byte[Math.toIntExact((bytesMax + CHUNK_BYTES - 1) / CHUNK_BYTES)][];
  }

  public synchronized void put(ContentHash hash, byte[] content) {
    if (contents.containsKey(hash)) {
      return;
    }
    makeRoomFor(content.length);
    if (content.length <= bytesMax) {
      contents.put(hash, new Place(next, content.length));
      bytes += content.length;
      next = copyIn(content);
    } else {
      used(hash, content.length);
    }
  }

  private void makeRoomFor(int length) {
    Iterator<Map.Entry<ContentHash, Place>> eldest = contents.entrySet().iterator();
    while (bytes + length > bytesMax && eldest.hasNext()) {
      Map.Entry<ContentHash, Place> dropped = eldest.next();
      bytes -= dropped.getValue().length();
      used(dropped.getKey(), dropped.getValue().length());
      eldest.remove();
    }
  }

  /** The same, of one that has come to be used once. */
  synchronized void receive(ContentHash hash, byte[] content) {
    if (!contents.containsKey(hash) && notUsed.add(hash)) {
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
    Place place = contents.get(hash);
    if (place == null) {
      return Optional.empty();
    }
    used(hash, place.length());
    return Optional.of(copyOut(place));
  }

  private void used(ContentHash hash, int length) {
    if (notUsed.remove(hash)) {
      unusedBytes -= length;
    }
  }

  public synchronized Optional<byte[]> get(ContentHash hash) {
    return Optional.ofNullable(contents.get(hash)).map(this::copyOut);
  }

  // -- the ring

  /** Takes a run of the ring that lies in one chunk. */
  private interface Run {
    void take(byte[] chunk, int inChunk, int done, int length);
  }

  /** Goes through a stretch of the ring; returns what lies behind it. */
  private long each(long start, int length, Run run) {
    long at = start;
    int done = 0;
    while (done < length) {
      int number = (int) (at / CHUNK_BYTES);
      int inChunk = (int) (at % CHUNK_BYTES);
      byte[] chunk = ring[number];
      if (chunk == null) {
        chunk = new byte[(int) Math.min(CHUNK_BYTES, bytesMax - (long) number * CHUNK_BYTES)];
        ring[number] = chunk;
      }
      int step = Math.min(length - done, chunk.length - inChunk);
      run.take(chunk, inChunk, done, step);
      done += step;
      at = (at + step) % bytesMax;
    }
    return at;
  }

  private long copyIn(byte[] content) {
    return each(
        next,
        content.length,
        (chunk, inChunk, done, length) -> System.arraycopy(content, done, chunk, inChunk, length));
  }

  private byte[] copyOut(Place place) {
    byte[] content = new byte[place.length()];
    var unused =
        each(
            place.start(),
            content.length,
            (chunk, inChunk, done, length) ->
                System.arraycopy(chunk, inChunk, content, done, length));
    return content;
  }
}
