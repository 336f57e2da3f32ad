package io.dirsync.it.sim;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dirsync.model.RelativePath;
import io.dirsync.watcher.Hint;
import io.dirsync.watcher.Watcher;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Hands on what the simulation tells it, later, and now and then only that something was lost. */
final class SimWatcher implements Watcher {
  private static final int LOST_ONE_IN = 40;

  private final Scheduler scheduler;
  private final Scheduler.Queue queue;
  private final List<Gap> gaps;
  private Consumer<Hint> hints = _ -> {};

  /**
   * @param unwatched directories of which nothing is told
   */
  SimWatcher(Scheduler scheduler, Scheduler.Queue queue, List<String> unwatched) {
    this.scheduler = scheduler;
    this.queue = queue;
    gaps =
        unwatched.stream()
            .map(path -> new Gap(path.getBytes(UTF_8), "the limit is reached", true))
            .toList();
  }

  void tell(Hint hint) {
    byte[] path =
        switch (hint) {
          case Hint.Touched touched -> touched.path();
          case Hint.Closed closed -> closed.path();
          default -> new byte[0];
        };
    if (isUnwatched(path)) {
      return;
    }
    boolean lost = scheduler.random().nextInt(LOST_ONE_IN) == 0;
    queue.add(() -> hints.accept(lost ? new Hint.Overflow() : hint));
  }

  private boolean isUnwatched(byte[] path) {
    return gaps.stream()
        .anyMatch(gap -> RelativePath.of(path).isBelow(RelativePath.of(gap.path())));
  }

  @Override
  public void start(Predicate<byte[]> excluded, Consumer<Hint> consumer) {
    hints = consumer;
  }

  @Override
  public boolean isImmediate() {
    return true;
  }

  @Override
  public int watchedDirectories() {
    return 1;
  }

  @Override
  public List<Gap> gaps() {
    return gaps;
  }

  @Override
  public void retryGaps() {
    // They stay.
  }

  @Override
  public void close() {
    hints = _ -> {};
  }
}
