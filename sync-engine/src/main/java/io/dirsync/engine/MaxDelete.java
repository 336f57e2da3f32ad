package io.dirsync.engine;

/**
 * How much of a folder may be deleted at once without anybody saying so: what goes beyond both
 * bounds is held.
 *
 * @param percent of the folder's files, 0 to 100; with 100 nothing is ever held
 * @param files zero or more
 */
public record MaxDelete(int percent, long files) {
  public static final MaxDelete USUAL = new MaxDelete(25, 1000);

  /** Holds nothing. */
  public static final MaxDelete ALL = new MaxDelete(100, 0);

  public MaxDelete {
    if (percent < 0 || percent > 100 || files < 0) {
      throw new IllegalArgumentException("no bounds: " + percent + " %, " + files + " files");
    }
  }

  /**
   * Whether so many are too many.
   *
   * @param deleted of them
   * @param of files that there were
   */
  boolean isExceededBy(long deleted, long of) {
    return deleted > files && 100 * deleted > percent * of;
  }

  @Override
  public String toString() {
    return String.format(java.util.Locale.ROOT, "%d %% and %,d files", percent, files);
  }
}
