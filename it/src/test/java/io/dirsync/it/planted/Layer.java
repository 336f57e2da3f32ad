package io.dirsync.it.planted;

/** Tests that are there to notice a kind of bug. */
public interface Layer {
  /** Runs until something is wrong, or to the end. */
  Verdict run() throws Exception;

  /**
   * What came of it.
   *
   * @param runs histories, states or tests that it took
   * @param fault what is wrong; empty if nothing is
   */
  record Verdict(long runs, String fault) {
    public boolean passed() {
      return fault.isEmpty();
    }
  }
}
