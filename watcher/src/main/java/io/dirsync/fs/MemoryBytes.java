package io.dirsync.fs;

import java.util.Arrays;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A file's content with holes, in pages. Copies share pages, which are therefore replaced when
 * written, never changed. Not thread-safe.
 */
final class MemoryBytes {
  static final int PAGE_BYTES = 4096;

  private final NavigableMap<Long, byte[]> pages;
  private long size;

  MemoryBytes() {
    this(new TreeMap<>(), 0);
  }

  private MemoryBytes(NavigableMap<Long, byte[]> pages, long size) {
    this.pages = pages;
    this.size = size;
  }

  MemoryBytes copy() {
    return new MemoryBytes(new TreeMap<>(pages), size);
  }

  long size() {
    return size;
  }

  long allocatedBytes() {
    return (long) pages.size() * PAGE_BYTES;
  }

  /** How many bytes more a write of that stretch would take. */
  long wouldAllocate(long position, long length) {
    if (length == 0) {
      return 0;
    }
    long first = position / PAGE_BYTES;
    long last = (position + length - 1) / PAGE_BYTES;
    long there = pages.subMap(first, true, last, true).size();
    return (last - first + 1 - there) * PAGE_BYTES;
  }

  void write(long position, byte[] buffer, int offset, int length) {
    int done = 0;
    while (done < length) {
      long at = position + done;
      int inPage = (int) (at % PAGE_BYTES);
      int count = Math.min(PAGE_BYTES - inPage, length - done);
      byte[] page = ownPage(at / PAGE_BYTES);
      System.arraycopy(buffer, offset + done, page, inPage, count);
      done += count;
    }
    if (length > 0) {
      size = Math.max(size, position + length);
    }
  }

  private byte[] ownPage(long number) {
    byte[] shared = pages.get(number);
    byte[] page = shared == null ? new byte[PAGE_BYTES] : shared.clone();
    pages.put(number, page);
    return page;
  }

  /** As {@link Volume.ReadableFile#read}. */
  int read(long position, byte[] buffer, int offset, int length) {
    if (position >= size) {
      return -1;
    }
    int wanted = (int) Math.min(length, size - position);
    int done = 0;
    while (done < wanted) {
      long at = position + done;
      int inPage = (int) (at % PAGE_BYTES);
      int count = Math.min(PAGE_BYTES - inPage, wanted - done);
      byte @Nullable [] page = pages.get(at / PAGE_BYTES);
      if (page == null) {
        Arrays.fill(buffer, offset + done, offset + done + count, (byte) 0);
      } else {
        System.arraycopy(page, inPage, buffer, offset + done, count);
      }
      done += count;
    }
    return wanted;
  }

  byte[] toArray() {
    byte[] all = new byte[Math.toIntExact(size)];
    read(0, all, 0, all.length);
    return all;
  }

  void truncate(long newSize) {
    if (newSize < size) {
      clear(newSize, size - newSize);
    }
    size = newSize;
  }

  /** Makes a stretch read as zeros: whole pages become holes. */
  private void clear(long position, long length) {
    long end = position + length;
    long at = position;
    while (at < end) {
      long number = at / PAGE_BYTES;
      long pageEnd = Math.min((number + 1) * PAGE_BYTES, end);
      boolean wholePage =
          at % PAGE_BYTES == 0 && (pageEnd == (number + 1) * PAGE_BYTES || pageEnd >= size);
      if (wholePage) {
        pages.remove(number);
      } else if (pages.containsKey(number)) {
        int from = (int) (at % PAGE_BYTES);
        Arrays.fill(ownPage(number), from, from + (int) (pageEnd - at), (byte) 0);
      }
      Long next = pages.ceilingKey(number + 1);
      at = next == null ? end : Math.max(pageEnd, next * PAGE_BYTES);
    }
  }

  /** Copies a stretch that the source has in full; holes stay holes. */
  void copyFrom(MemoryBytes source, long sourcePosition, long position, long length) {
    clear(position, Math.min(length, Math.max(0, size - position)));
    byte[] buffer = new byte[PAGE_BYTES];
    long end = sourcePosition + length;
    long at = source.nextData(sourcePosition);
    while (at < end) {
      int count = (int) Math.min(PAGE_BYTES - at % PAGE_BYTES, end - at);
      source.read(at, buffer, 0, count);
      write(position + at - sourcePosition, buffer, 0, count);
      at = source.nextData(at + count);
    }
    if (length > 0) {
      size = Math.max(size, position + length);
    }
  }

  long nextData(long position) {
    if (position >= size) {
      return size;
    }
    Long page = pages.ceilingKey(position / PAGE_BYTES);
    return page == null ? size : Math.min(size, Math.max(position, page * PAGE_BYTES));
  }

  long nextHole(long position) {
    if (position >= size) {
      return size;
    }
    long page = position / PAGE_BYTES;
    while (pages.containsKey(page)) {
      page++;
    }
    return Math.min(size, Math.max(position, page * PAGE_BYTES));
  }
}
