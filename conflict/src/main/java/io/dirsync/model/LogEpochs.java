package io.dirsync.model;

import java.util.ArrayList;
import java.util.List;

/**
 * Which stretch of a change log was written by which run of its node. A log may lose its end, in a
 * power cut or with a database that is set back to a backup, and then goes on with sequence numbers
 * that readers have seen before. What they have read is told from what stands there now by the
 * epoch, as with the leader epochs of Kafka's replication (KIP-101).
 *
 * @param list in the order of the log, without gaps
 */
public record LogEpochs(List<Epoch> list) {
  /** What a log may have; who has more forgets the oldest. */
  public static final int EPOCHS_MAX = 1000;

  public static final LogEpochs NONE = new LogEpochs(List.of());

  /**
   * One run's stretch.
   *
   * @param first the sequence number of its first entry, from 1
   * @param id random, so that no two runs have the same; never zero
   */
  public record Epoch(long first, long id) {
    public Epoch {
      if (first < 1 || id == 0) {
        throw new IllegalArgumentException("a log epoch begins at 1 or later and has an id");
      }
    }
  }

  /**
   * @throws IllegalArgumentException if they are not in order, or too many
   */
  public LogEpochs {
    list = List.copyOf(list);
    if (list.size() > EPOCHS_MAX) {
      throw new IllegalArgumentException("a log has at most " + EPOCHS_MAX + " epochs");
    }
    for (int i = 1; i < list.size(); i++) {
      if (list.get(i).first() <= list.get(i - 1).first()) {
        throw new IllegalArgumentException("log epochs are not in order");
      }
    }
  }

  /** Whether what was read up to a cursor still stands in the log, so far as the epochs tell. */
  public boolean stands(Cursor cursor) {
    return at(cursor.sequence()).equals(cursor);
  }

  /** The cursor of who has read up to an entry. */
  public Cursor at(long sequence) {
    long id = 0;
    for (Epoch epoch : list) {
      if (epoch.first() > sequence) {
        break;
      }
      id = epoch.id();
    }
    return sequence == 0 ? Cursor.START : new Cursor(sequence, id);
  }

  /**
   * These and one more for a run that begins now.
   *
   * @param floor the log holds the entries after this one
   * @param end its last entry
   */
  public LogEpochs begin(long id, long floor, long end) {
    List<Epoch> next = new ArrayList<>();
    for (int i = 0; i < list.size(); i++) {
      // One that ends at the floor is still needed by who has read up to there.
      boolean dropped = i + 1 < list.size() && list.get(i + 1).first() <= floor;
      if (!dropped && list.get(i).first() <= end) {
        next.add(list.get(i));
      }
    }
    next.add(new Epoch(end + 1, id));
    return new LogEpochs(next.subList(Math.max(0, next.size() - EPOCHS_MAX), next.size()));
  }
}
