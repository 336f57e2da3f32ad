package io.dirsync.it.sim;

import java.util.SplittableRandom;

/** Which nodes are joined to which: always so that each can be reached from each. */
enum Mesh {
  /** Each with each. */
  FULL {
    @Override
    boolean joins(int one, int other, int nodes, long seed) {
      return one != other;
    }
  },
  LINE {
    @Override
    boolean joins(int one, int other, int nodes, long seed) {
      return Math.abs(one - other) == 1;
    }
  },
  RING {
    @Override
    boolean joins(int one, int other, int nodes, long seed) {
      return LINE.joins(one, other, nodes, seed)
          || (one != other && Math.min(one, other) == 0 && Math.max(one, other) == nodes - 1);
    }
  },
  /** All with the first, which hands on everything. */
  STAR {
    @Override
    boolean joins(int one, int other, int nodes, long seed) {
      return one != other && (one == 0 || other == 0);
    }
  },
  /** A tree, and some more. */
  RANDOM {
    @Override
    boolean joins(int one, int other, int nodes, long seed) {
      int low = Math.min(one, other);
      int high = Math.max(one, other);
      SplittableRandom random = new SplittableRandom(seed * 31 + high);
      if (low == high) {
        return false;
      }
      int joined = random.nextInt(high);
      for (int i = 0; i < low; i++) {
        random.nextInt();
      }
      return low == joined || random.nextInt(SHORTCUT_ONE_IN) == 0;
    }
  };

  private static final int SHORTCUT_ONE_IN = 4;

  /** Whether these two are peers, in either order. */
  abstract boolean joins(int one, int other, int nodes, long seed);
}
