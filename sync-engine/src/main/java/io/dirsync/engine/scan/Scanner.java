package io.dirsync.engine.scan;

import io.dirsync.engine.Environment;
import io.dirsync.engine.Lane;
import io.dirsync.engine.Layout;
import io.dirsync.engine.Signatures;
import io.dirsync.engine.scan.Observer.Look;
import io.dirsync.engine.scan.Observer.Patience;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.fs.Volume;
import io.dirsync.model.RelativePath;
import io.dirsync.watcher.Hint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns hints and walks into observations: takes the watcher's hints, looks at what wants to be
 * looked at, and says when that is done. What is looked at when is the matter of {@link Looks},
 * what the tree holds that nobody told of is that of {@link Walks}. Everything here but the looking
 * itself runs on one lane.
 */
public final class Scanner {
  private static final Logger LOG = LoggerFactory.getLogger(Scanner.class);

  /** How long hints are gathered while many come: what follows from them is shared then. */
  private static final Duration GATHER = Duration.ofMillis(100);

  private final Environment environment;
  private final Observer observer;
  private final ScanSink sink;
  private final Lane lane;

  private final Map<RelativePath, CompletableFuture<Void>> cookies = new ConcurrentHashMap<>();
  private final Queue<Hint> hints = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean draining = new AtomicBoolean();

  /** The watcher's. */
  private final HintRate rate = new HintRate();

  /** Safe for any thread. */
  private final Specials specials = new Specials();

  // All below belongs to the lane.
  private final Looks looks;
  private final Walks walks;
  private final Moves moves;
  private final Fences fences;

  public Scanner(
      Volume volume,
      FolderStore store,
      IgnoreRules rules,
      boolean owners,
      Signatures signatures,
      Environment environment,
      Lane lane,
      ScanSink sink) {
    this.environment = environment;
    this.observer = new Observer(volume, store, rules, owners, signatures, environment, specials);
    this.lane = lane;
    this.sink = sink;
    this.looks = new Looks(environment, lane, new Looking());
    this.fences = new Fences(this::oldest);
    this.walks =
        new Walks(
            volume, store, rules, environment, lane, observer, specials, sink, looks, fences::pass);
    this.moves =
        new Moves(
            store,
            signatures.bounds().treePathsMax(),
            environment,
            lane,
            observer,
            sink,
            looks,
            walks);
  }

  /** The oldest task or walk that is waited for. */
  private long oldest() {
    return Math.min(looks.oldest(), walks.oldest());
  }

  private final class Looking implements Looks.Host {
    @Override
    public void look(Task task, Patience patience) {
      environment.workers().execute(() -> Scanner.this.look(task, patience));
    }

    @Override
    public void looked(Walk walk) {
      walks.looked(walk);
    }

    @Override
    public void passed(Task task) {
      fences.passAt(task.number);
    }

    @Override
    public void startMore() {
      walks.startListing();
    }
  }

  /**
   * What a walk found.
   *
   * @param entries names compared
   * @param changed looks at them that found something else than what was recorded
   * @param skipped sockets, fifos and devices
   */
  public record WalkResult(long entries, long changed, long skipped) {}

  /** Whether a walk is under way. */
  public boolean walking() {
    return walks.walking();
  }

  /** Sockets, fifos and devices that stand in the tree, as far as they have been seen. */
  public long skipped() {
    return specials.count();
  }

  /** Takes a hint; called on the watcher's thread. */
  public void hint(Hint hint) {
    boolean many = rate.isHighAt(environment.elapsedNanos());
    hints.add(hint);
    if (hint instanceof Hint.RootGone) {
      lane.execute(this::drain);
    } else if (draining.compareAndSet(false, true)) {
      if (many) {
        lane.after(GATHER, this::drain);
      } else {
        lane.execute(this::drain);
      }
    }
  }

  private void drain() {
    draining.set(false);
    Map<RelativePath, Patience> wanted = new LinkedHashMap<>();
    Hint hint;
    while ((hint = hints.poll()) != null) {
      switch (hint) {
        case Hint.Touched(byte[] path) ->
            at(path).ifPresent(p -> wanted.putIfAbsent(p, Patience.WAIT));
        case Hint.Closed(byte[] path) -> at(path).ifPresent(p -> wanted.put(p, Patience.READ));
        case Hint.Moved moved -> {
          flush(wanted);
          moves.moved(at(moved.from()), at(moved.to()), moved.directory());
        }
        case Hint.Rescan(byte[] directory) -> {
          flush(wanted);
          at(directory).ifPresent(walks::start);
        }
        case Hint.Overflow _ -> {
          walks.start(RelativePath.ROOT);
          // Their hints may be among the lost; what was before them is found by the walk.
          cookies.keySet().forEach(this::seen);
        }
        case Hint.RootGone _ -> sink.rootGone();
      }
    }
    flush(wanted);
  }

  private void flush(Map<RelativePath, Patience> wanted) {
    wanted.forEach(looks::want);
    wanted.clear();
  }

  /**
   * The path of a hint, if it is one that is reported; a name that cannot be carried is left to the
   * walk's report.
   */
  private Optional<RelativePath> at(byte[] bytes) {
    try {
      RelativePath path = RelativePath.of(bytes);
      if (path.isBelow(Layout.COOKIES)) {
        seen(path);
      }
      return Layout.isPrivate(path) ? Optional.empty() : Optional.of(path);
    } catch (IllegalArgumentException e) {
      LOG.warn("a path cannot be carried: {}", e.getMessage());
      return Optional.empty();
    }
  }

  private void seen(RelativePath path) {
    CompletableFuture<Void> cookie = cookies.remove(path);
    if (cookie != null) {
      cookie.complete(null);
    }
  }

  // -- on a worker -------------------------------------------------------------------------------

  private void look(Task task, Patience patience) {
    if (sink.isChanging(task.path)) {
      // What is found may be our own doing, and a large file is not to be read for that.
      sink.afterChange(task.path, answer -> lane.execute(() -> looks.judged(task, answer)));
      return;
    }
    try {
      switch (observer.look(task.path, patience)) {
        case Look.Same() -> {
          readable(task.path);
          lane.execute(() -> looks.ended(task, false));
        }
        case Look.Nothing() -> {
          walks.gone(task.path);
          lane.execute(() -> looks.lookAgainBelow(task.path));
          readable(task.path);
          retryBelow(task.path);
          lane.execute(() -> looks.ended(task, false));
        }
        case Look.Different(Observation observation) -> {
          if (observation instanceof Observation.Absent) {
            walks.gone(task.path);
            lane.execute(() -> looks.lookAgainBelow(task.path));
          }
          readable(task.path);
          retryBelow(task.path);
          sink.observed(observation, answer -> lane.execute(() -> looks.judged(task, answer)));
        }
        case Look.Unsettled() -> lane.execute(() -> looks.unsettled(task));
      }
    } catch (ClosedChannelException e) {
      // The folder is closed: nothing follows from this.
    } catch (IOException | UncheckedIOException | IllegalArgumentException e) {
      sink.unreadable(task.path, reason(e));
      lane.execute(() -> looks.ended(task, false));
    }
  }

  /** A path could be looked at. Of a directory that does not tell whether it can be listed. */
  private void readable(RelativePath path) {
    if (walks.isUnlisted(path)) {
      lane.execute(() -> walks.start(path));
    } else {
      sink.readable(path);
    }
  }

  /** A path is not what it was: what could not be read below it perhaps can be by now. */
  private void retryBelow(RelativePath path) {
    List<RelativePath> below = sink.unreadableBelow(path);
    if (!below.isEmpty()) {
      lane.execute(() -> below.forEach(this::retryNow));
    }
  }

  /** Reads again what could not be read: a file, or a directory with everything below it. */
  public void retry(RelativePath path) {
    lane.execute(() -> retryNow(path));
  }

  private void retryNow(RelativePath path) {
    if (walks.isUnlisted(path)) {
      walks.start(path);
    } else {
      looks.want(path, Patience.READ);
    }
  }

  /** Why something could not be looked at, for people. */
  static String reason(Exception e) {
    Throwable wrapped = e.getCause();
    Throwable cause = e instanceof UncheckedIOException && wrapped != null ? wrapped : e;
    String message =
        cause instanceof java.nio.file.FileSystemException fs ? fs.getReason() : cause.getMessage();
    if (cause instanceof java.nio.file.AccessDeniedException) {
      return "permission denied";
    }
    return message == null ? cause.getClass().getSimpleName() : message;
  }

  // -- what others ask
  // ------------------------------------------------------------------------------------

  /** Looks at a path at the next opportunity, as if a hint had come. */
  public void recheck(RelativePath path) {
    lane.execute(() -> looks.want(path, Patience.READ));
  }

  /** Compares everything below a directory with the records. */
  public CompletableFuture<WalkResult> walk(RelativePath top) {
    CompletableFuture<WalkResult> result = new CompletableFuture<>();
    lane.execute(
        () -> {
          var unused =
              walks
                  .add(top)
                  .whenComplete(
                      (found, failure) -> {
                        if (failure != null) {
                          result.completeExceptionally(failure);
                        } else {
                          result.complete(found);
                        }
                      });
        });
    return result;
  }

  /**
   * Completes when the watcher has told of this file below {@link Layout#COOKIES}, and so of all
   * before it.
   */
  public CompletableFuture<Void> cookie(RelativePath path) {
    return cookies.computeIfAbsent(path, _ -> new CompletableFuture<>());
  }

  /** Completes when everything hinted at or walked so far has been looked at and judged. */
  public CompletableFuture<Void> fence() {
    CompletableFuture<Void> done = new CompletableFuture<>();
    lane.execute(
        () -> {
          drain();
          looks.readAllNow();
          fences.add(looks.lastNumber(), done);
        });
    return done;
  }
}
