package io.dirsync.watcher;

import io.dirsync.fs.FileStatus;

/**
 * What a walk found at each path, in two longs a path: the path's hash, and a fingerprint of its
 * status with a few marks. Paths themselves are not kept. Two paths with the same hash would hide
 * each other's changes; with 64 bits and a seed of the process's own that is not to be expected
 * below some billions of paths. Not thread-safe.
 */
final class SeenPaths {
  /** Never a record: its lowest bits are no generation. */
  static final long NONE = 0;

  /** The file had changed when it was last seen; whoever writes to it may not be done. */
  static final long UNSETTLED = 4;

  private static final long GENERATION_BITS = 3;
  private static final long MARK_BITS = GENERATION_BITS | UNSETTLED;
  private static final int LEAST_SLOTS = 1 << 10;

  private final long seed;
  private long[] keys = new long[LEAST_SLOTS];
  private long[] records = new long[LEAST_SLOTS];
  private int count;

  /** 1 or 2, in turn: which walk a record was last seen in. */
  private long generation = 2;

  SeenPaths(long seed) {
    this.seed = seed;
  }

  int size() {
    return count;
  }

  /** The key of a path; the one of a directory's names is another: {@link #namesKey}. */
  long key(byte[] path) {
    long hash = seed;
    for (byte b : path) {
      hash = (hash ^ (b & 0xff)) * 0x9e3779b97f4a7c15L;
      hash ^= hash >>> 29;
    }
    return mix(hash ^ path.length);
  }

  /** The key under which the sum of a directory's names is kept. */
  long namesKey(long directoryKey) {
    return mix(directoryKey ^ 0x5851f42d4c957f2dL);
  }

  /** What tells one state of a file from the next. */
  static long fingerprint(FileStatus status) {
    long hash = mix(status.kind().name().hashCode());
    hash = mix(hash ^ status.inode());
    if (status.kind() != FileStatus.Kind.DIRECTORY) {
      hash = mix(hash ^ status.sizeBytes());
      hash = mix(hash ^ status.mtimeNanos());
      hash = mix(hash ^ status.ctimeNanos());
    }
    hash = mix(hash ^ status.mode());
    return mix(hash ^ (((long) status.uid() << 32) | Integer.toUnsignedLong(status.gid())));
  }

  /** Whether a record holds this value, marks aside. */
  static boolean holds(long record, long value) {
    return (record & ~MARK_BITS) == (value & ~MARK_BITS);
  }

  static boolean isUnsettled(long record) {
    return (record & UNSETTLED) != 0;
  }

  /** The finalizer of MurmurHash3: every bit of the input reaches every bit of the outcome. */
  private static long mix(long value) {
    long hash = (value ^ (value >>> 33)) * 0xff51afd7ed558ccdL;
    hash = (hash ^ (hash >>> 33)) * 0xc4ceb9fe1a85ec53L;
    return hash ^ (hash >>> 33);
  }

  void beginWalk() {
    generation = 3 - generation;
  }

  /** The record of a key, or {@link #NONE}. */
  long get(long key) {
    return records[slot(key)];
  }

  /** Keeps a value, and a mark or 0, as seen in this walk. */
  void put(long key, long value, long mark) {
    int slot = slot(key);
    if (records[slot] == NONE) {
      if (count >= keys.length / 2) {
        resize(keys.length * 2, false);
        slot = slot(key);
      }
      keys[slot] = key;
      count++;
    }
    records[slot] = (value & ~MARK_BITS) | mark | generation;
  }

  /** Drops the records that this walk did not see. */
  void endWalk() {
    int kept = 0;
    for (long record : records) {
      kept += isCurrent(record) ? 1 : 0;
    }
    if (kept < count) {
      int slots = LEAST_SLOTS;
      while (slots / 2 <= kept) {
        slots *= 2;
      }
      resize(slots, true);
    }
  }

  private boolean isCurrent(long record) {
    return (record & GENERATION_BITS) == generation;
  }

  private void resize(int slots, boolean currentOnly) {
    long[] oldKeys = keys;
    long[] oldRecords = records;
    keys = new long[slots];
    records = new long[slots];
    count = 0;
    for (int i = 0; i < oldKeys.length; i++) {
      long record = oldRecords[i];
      if (currentOnly ? isCurrent(record) : record != NONE) {
        int slot = slot(oldKeys[i]);
        keys[slot] = oldKeys[i];
        records[slot] = record;
        count++;
      }
    }
  }

  private int slot(long key) {
    int mask = keys.length - 1;
    int slot = (int) (key >>> 20) & mask;
    while (records[slot] != NONE && keys[slot] != key) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }
}
