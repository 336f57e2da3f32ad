package io.dirsync.engine;

import io.dirsync.engine.apply.Planner;
import io.dirsync.engine.store.FolderStore;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says whether files may be deleted, by how many were in the last minutes: a script gone wrong, or
 * a root that lost its contents, is to be seen by somebody before it is everywhere. A folder has
 * two, one for what was deleted here and one for what peers have deleted. Whether one holds is kept
 * over restarts. On the folder's lane, but for what the status asks.
 */
public final class DeleteBrake {
  private static final Logger LOG = LoggerFactory.getLogger(DeleteBrake.class);

  /** Deletions that come in so much time count together; at most twice as much. */
  static final Duration WINDOW = Duration.ofMinutes(10);

  private static final byte[] NOTHING = {};

  /** Whose deletions it is about. */
  public enum Side {
    HERE("brake-here"),
    PEERS("brake-peers");

    private final String meta;

    Side(String meta) {
      this.meta = meta;
    }
  }

  /** What happens to deletions. */
  public enum State {
    /** They go, up to the bounds. */
    OPEN,
    /** They wait. */
    HELD,
    /** Those that wait go, since the operator said so. */
    APPROVED,
    /** Those that wait are undone, since the operator said so. */
    REFUSED
  }

  private final String folder;
  private final Side side;
  private final MaxDelete bounds;
  private final FolderStore store;
  private final Environment environment;
  private final Consumer<Planner.Change> writer;
  private long windowBegan;
  private long before;
  private long now;

  /**
   * The most files that there were in those two stretches. What has passed may not be recorded yet,
   * so that it cannot be told from how many there are.
   */
  private long mostBefore;

  private long mostNow;
  private volatile State state;

  DeleteBrake(
      String folder,
      Side side,
      MaxDelete bounds,
      FolderStore store,
      Environment environment,
      Consumer<Planner.Change> writer) {
    this.folder = folder;
    this.side = side;
    this.bounds = bounds;
    this.store = store;
    this.environment = environment;
    this.writer = writer;
    this.windowBegan = environment.elapsedNanos();
    this.state =
        store
            .meta(side.meta)
            .map(name -> new String(name, StandardCharsets.US_ASCII))
            .flatMap(DeleteBrake::named)
            .orElse(State.OPEN);
  }

  private static Optional<State> named(String name) {
    for (State each : State.values()) {
      if (each.name().equals(name)) {
        return Optional.of(each);
      }
    }
    return Optional.empty();
  }

  /** Safe for any thread. */
  public State state() {
    return state;
  }

  /** How much may go. */
  MaxDelete bounds() {
    return bounds;
  }

  /** Whether it lets everything go, whatever comes: then nothing need be counted. */
  public boolean isIdle() {
    return state == State.OPEN && most() <= bounds.files();
  }

  /**
   * Whether files may be deleted; if so, they count from now on.
   *
   * @param deleted how many
   */
  public boolean passes(long deleted) {
    foresee(deleted);
    if (state == State.OPEN) {
      now += deleted;
    }
    return state == State.OPEN || state == State.APPROVED;
  }

  /** So many files are about to be deleted, whatever becomes of each: too many are held all. */
  public void foresee(long deleted) {
    long counted = counted();
    if (state == State.OPEN
        && bounds.percent() < 100
        && bounds.isExceededBy(counted + deleted, most())) {
      LOG.warn(
          "folder {}: deletions {} are held, for they are more than {} at once: 'dirsync approve {}' lets them go",
          folder,
          side == Side.HERE ? "made here" : "by peers",
          bounds,
          folder);
      become(State.HELD);
    }
  }

  /** What was deleted in the last minutes. */
  private long counted() {
    roll();
    return before + now;
  }

  /** The most files that there were in the last minutes. */
  private long most() {
    roll();
    mostNow = Math.max(mostNow, store.totals().files());
    return Math.max(mostBefore, mostNow);
  }

  /** Begins the next stretch of time if this one is over. */
  private void roll() {
    long time = environment.elapsedNanos();
    if (time - windowBegan >= WINDOW.toNanos()) {
      boolean follows = time - windowBegan < 2 * WINDOW.toNanos();
      before = follows ? now : 0;
      mostBefore = follows ? mostNow : 0;
      now = 0;
      mostNow = 0;
      windowBegan = time;
    }
  }

  /** Nothing waits any more, or what the operator said is done. */
  public void open() {
    if (state != State.OPEN) {
      before = 0;
      now = 0;
      mostBefore = 0;
      mostNow = 0;
      become(State.OPEN);
    }
  }

  /** The operator has said what is to become of the deletions that wait. */
  public void decide(State decision) {
    become(decision);
  }

  private void become(State next) {
    state = next;
    byte[] name = next == State.OPEN ? NOTHING : next.name().getBytes(StandardCharsets.US_ASCII);
    writer.accept(transaction -> transaction.setMeta(side.meta, name));
  }
}
