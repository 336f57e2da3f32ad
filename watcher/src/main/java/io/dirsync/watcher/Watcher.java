package io.dirsync.watcher;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Watches a whole tree, directories that appear later too. Hints come in the order in which things
 * happened, on the watcher's own thread; a hint for a thing that happened after {@link #start}
 * returned is never missing, though it may come as {@link Hint.Rescan} or {@link Hint.Overflow}.
 */
public interface Watcher extends Closeable {
  /**
   * Puts the whole tree under watch; when it returns, every later change gives a hint.
   *
   * @param excluded directories (bytes below the root) that are not to be watched, nor anything
   *     below
   * @param hints called on the watcher's thread; must not block for long
   * @throws IOException if the root cannot be read. A directory below that cannot be watched is no
   *     error: see {@link #gaps}
   */
  void start(Predicate<byte[]> excluded, Consumer<Hint> hints) throws IOException;

  /**
   * Whether a change gives its hint when it happens. If not, what came and went before the watcher
   * looked again gave none, and who wants to know what is there now has to look.
   */
  boolean isImmediate();

  /** How many directories are watched. */
  int watchedDirectories();

  /**
   * Why a directory is not watched.
   *
   * @param path the topmost directory that is not watched
   */
  record Gap(byte[] path, String reason, boolean limitReached) {}

  /**
   * The directories that are not watched, with reason: the operator's limit of watches is reached,
   * or access is denied. Who uses the watcher rescans them from time to time. At most {@value
   * #GAPS_MAX} are listed; when there are more, the first of them is the root itself.
   */
  List<Gap> gaps();

  int GAPS_MAX = 10_000;

  /**
   * Tries again to watch what {@link #gaps} lists; gives a {@link Hint.Rescan} for what is watched
   * now.
   */
  void retryGaps();
}
