package io.dirsync.engine;

import io.dirsync.engine.apply.Planner;
import io.dirsync.engine.scan.Observation;
import io.dirsync.engine.scan.Recorder;
import io.dirsync.engine.scan.ScanSink;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.model.Content;
import io.dirsync.model.RelativePath;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes in what the scanner sees on the disk: records it as this node's writes, or as drift where
 * the node only receives; but for what the node itself is about to change there.
 */
final class LocalWrites implements ScanSink {
  private static final Logger LOG = LoggerFactory.getLogger(LocalWrites.class);
  private static final int UNREADABLE_MAX = 1000;

  private final String folder;
  private final FolderWriter writer;
  private final Planner planner;
  private final Lane lane;
  private final Environment environment;
  private final RecentContents recent;
  private final @Nullable Drift drift;
  private final LocalDeletions deletions;
  private final Consumer<RelativePath> lookAgain;
  private final Runnable rootGone;

  /** Paths that no job touches any more, and whose new record may not be committed yet. */
  private final Set<RelativePath> landing = ConcurrentHashMap.newKeySet();

  /** What was seen at paths that a job was about to change, by that path. On the lane. */
  private final Map<RelativePath, List<Verdict>> parked = new HashMap<>();

  /**
   * What was below a removed directory and is to be looked at when its job has ended. On the lane.
   */
  private final Set<RelativePath> left = new HashSet<>();

  private final Map<RelativePath, String> unreadable = new ConcurrentHashMap<>();

  LocalWrites(
      String folder,
      FolderWriter writer,
      Planner planner,
      Lane lane,
      Environment environment,
      RecentContents recent,
      Optional<Drift> drift,
      LocalDeletions deletions,
      Consumer<RelativePath> lookAgain,
      Runnable rootGone) {
    this.drift = drift.orElse(null);
    this.folder = folder;
    this.writer = writer;
    this.planner = planner;
    this.lane = lane;
    this.environment = environment;
    this.recent = recent;
    this.deletions = deletions;
    this.lookAgain = lookAgain;
    this.rootGone = rootGone;
  }

  @Override
  public void observed(Observation observation, Verdict verdict) {
    Observation seen = observation;
    if (observation instanceof Observation.Present present
        && present.bytes() != null
        && present.content() instanceof Content.File file) {
      recent.put(file.hash(), present.bytes());
      // What waits to be recorded must not hold contents: there may be many.
      seen = present.withoutBytes();
    }
    Observation waiting = seen;
    writer.write(transaction -> record(transaction, waiting, verdict));
  }

  private void record(Transaction transaction, Observation observation, Verdict verdict) {
    RelativePath busy = busy(observation);
    if (busy != null) {
      parked.computeIfAbsent(busy, _ -> new ArrayList<>()).add(verdict);
      return;
    }
    if (drift != null) {
      long ticket = planner.newTicket();
      Answer answer =
          drift.take(transaction, observation, path -> planner.evaluate(transaction, path, ticket));
      writer.afterCommit(() -> verdict.taken(answer));
      return;
    }
    switch (deletions.judge(transaction, observation)) {
      case RECORD -> {}
      case HOLD -> {
        writer.afterCommit(() -> verdict.taken(Answer.CHANGED));
        return;
      }
      case PUT_BACK -> {
        putBack(transaction, observation.path());
        writer.afterCommit(() -> verdict.taken(Answer.CHANGED));
        return;
      }
      case PUT_BACK_BELOW ->
          shownIn(transaction, observation.path()).forEach(child -> putBack(transaction, child));
    }
    Recorder recorder =
        new Recorder(transaction, writer.replica(), environment.nowNanos(), planner::inFlight);
    boolean done = recorder.record(observation);
    left.addAll(recorder.left());
    if (recorder.recorded()) {
      LOG.debug("{} recorded {}", writer.replica(), observation);
    }
    long ticket = planner.newTicket();
    for (RelativePath path : recorder.touched()) {
      planner.evaluate(transaction, path, ticket);
    }
    Answer known = recorder.recorded() ? Answer.CHANGED : Answer.SAME;
    writer.afterCommit(() -> verdict.taken(done ? known : Answer.AGAIN));
  }

  /** What is gone there, and below, is to be made again as everybody else has it. */
  private void putBack(Transaction transaction, RelativePath path) {
    List<RelativePath> below = shownIn(transaction, path);
    PathRecord record = transaction.record(path);
    transaction.put(new PathRecord(path, null, null, record.copies()));
    planner.evaluate(transaction, path, planner.newTicket());
    below.forEach(child -> putBack(transaction, child));
  }

  private static List<RelativePath> shownIn(Transaction transaction, RelativePath directory) {
    List<RelativePath> shown = new ArrayList<>();
    transaction.children(
        directory,
        child -> {
          if (child.shown() != null) {
            shown.add(child.path());
          }
        });
    return shown;
  }

  /**
   * A path of the observation that a job is about to change: what was seen may be our own doing.
   */
  private @Nullable RelativePath busy(Observation observation) {
    return switch (observation) {
      case Observation.MovedTree tree -> {
        RelativePath found = null;
        for (Observation.Moved moved : tree.moves()) {
          found = found == null ? busy(moved) : found;
        }
        yield found;
      }
      case Observation.Moved moved when planner.inFlight(moved.source().path()) ->
          moved.source().path();
      default -> planner.inFlight(observation.path()) ? observation.path() : null;
    };
  }

  @Override
  public boolean isChanging(RelativePath path) {
    return planner.inFlight(path) || landing.contains(path);
  }

  @Override
  public List<RelativePath> changingIn(RelativePath directory) {
    List<RelativePath> found = new ArrayList<>();
    for (Set<RelativePath> paths : List.of(planner.inFlight(), landing)) {
      for (RelativePath path : paths) {
        if (path.parent().orElse(RelativePath.ROOT).equals(directory)) {
          found.add(path);
        }
      }
    }
    return found;
  }

  @Override
  public void afterChange(RelativePath path, Verdict verdict) {
    writer.write(
        _ -> {
          if (planner.inFlight(path)) {
            parked.computeIfAbsent(path, _ -> new ArrayList<>()).add(verdict);
          } else {
            writer.afterCommit(() -> verdict.taken(Answer.AGAIN));
          }
        });
  }

  /** No job touches the path any more. On the lane. */
  void landed(RelativePath path) {
    landing.add(path);
    lane.execute(() -> landing.remove(path));
    List<Verdict> verdicts = parked.remove(path);
    if (verdicts != null) {
      // After the commit that this may be part of: then the record tells what we did ourselves.
      lane.execute(() -> verdicts.forEach(verdict -> verdict.taken(Answer.AGAIN)));
    }
    if (left.remove(path)) {
      lane.execute(() -> lookAgain.accept(path));
    }
  }

  @Override
  public void missing(List<RelativePath> paths) {
    writer.write(transaction -> deletions.foresee(transaction, paths));
  }

  @Override
  public void unreadable(RelativePath path, String reason) {
    if (unreadable.size() < UNREADABLE_MAX && !reason.equals(unreadable.put(path, reason))) {
      LOG.warn("folder {}: cannot read {}: {}; what is known of it stays", folder, path, reason);
    }
  }

  @Override
  public void readable(RelativePath path) {
    if (!unreadable.isEmpty()) {
      unreadable.remove(path);
    }
  }

  @Override
  public List<RelativePath> unreadableBelow(RelativePath directory) {
    return unreadable.isEmpty()
        ? List.of()
        : unreadable.keySet().stream().filter(path -> path.isBelow(directory)).toList();
  }

  /** Why paths cannot be read, at most a thousand of them. */
  Map<RelativePath, String> unreadable() {
    return unreadable;
  }

  @Override
  public void rootGone() {
    rootGone.run();
  }
}
