package io.dirsync.engine;

import java.util.Locale;

/** A number and what it is of, as a sentence has it. */
public final class Counted {
  private Counted() {}

  /**
   * {@code 1 file goes}, {@code 1,200 files go}.
   *
   * @param one the words for one of them
   * @param several the words for any other number, none as well
   */
  public static String of(long count, String one, String several) {
    return String.format(Locale.ROOT, "%,d ", count) + (count == 1 ? one : several);
  }
}
