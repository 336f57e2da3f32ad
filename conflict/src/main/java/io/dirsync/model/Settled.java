package io.dirsync.model;

/**
 * Says that a version was written by a policy, which put together what several people wrote.
 *
 * @param round 1 to {@link #ROUND_MAX}; one more than before where it put together what policies
 *     had written already, so that nodes which do not agree can tell that they go round in circles
 */
public record Settled(By by, int round) {
  public static final int ROUND_MAX = 255;

  /** Which policy. */
  public enum By {
    UNION(1),
    TEXT(2);

    private final int code;

    By(int code) {
      this.code = code;
    }

    /** The number that stands for it on the wire and in stores. */
    public int code() {
      return code;
    }

    /**
     * @throws IllegalArgumentException if none has the number
     */
    public static By of(int code) {
      for (By by : values()) {
        if (by.code == code) {
          return by;
        }
      }
      throw new IllegalArgumentException("there is no policy " + code);
    }
  }

  public Settled {
    if (round < 1 || round > ROUND_MAX) {
      throw new IllegalArgumentException("a policy's round is 1 to " + ROUND_MAX + ": " + round);
    }
  }
}
