package io.dirsync.engine.apply;

import io.dirsync.engine.Environment;
import io.dirsync.engine.Lane;
import io.dirsync.fs.DiskFullException;
import io.dirsync.fs.Volume;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Stages jobs and publishes them in rounds, one round at a time: what a round has published is made
 * durable by the sync of the next. On the writer's lane, the disk's part on workers.
 */
final class Rounds {
  /** Files in one publishing round, so that its syncs are shared and its open files bounded. */
  private static final int ROUND_FILES_MAX = 512;

  /** Paths in one round: what comes meanwhile waits for it, a tenth of a second at most. */
  private static final int ROUND_MAX = 2048;

  /** Files of a round that are made durable one by one; more share one sync of the volume. */
  private static final int SINGLE_SYNCS_MAX = 4;

  /** Jobs that one worker stages in a row. */
  private static final int STAGING_GROUP = 32;

  private static final int REMOVALS = 2;

  /** Told what came of the jobs, on the lane. */
  interface Host {
    /** Its files are made; it waits for its round. */
    void staged(Job job);

    /** The file that it wanted to copy from has changed. */
    void sourceChanged(Job job);

    /** It came to nothing. */
    void land(Job job, Outcome outcome);

    /** These were published and are durable. */
    void durable(List<Done> published);

    /** What a leftover directory holds may yet go. */
    boolean worksBelow(Job job);

    /** The disk below cannot be trusted any more. */
    void broken(String reason);

    /** Something has ended, so that more may be started. */
    void run();
  }

  record Done(Job job, Outcome.Published outcome) {}

  private record Failure(Job job, IOException cause) {}

  private record Result(Job job, Outcome outcome) {}

  private final Volume volume;
  private final Environment environment;
  private final Lane lane;
  private final Stager stager;
  private final Publisher publisher;
  private final Host host;

  private List<Job> staged = new ArrayList<>();
  private List<Done> undurable = new ArrayList<>();
  private boolean running;
  private volatile boolean closed;

  Rounds(
      Volume volume,
      Environment environment,
      Lane lane,
      Stager stager,
      Publisher publisher,
      Host host) {
    this.volume = volume;
    this.environment = environment;
    this.lane = lane;
    this.stager = stager;
    this.publisher = publisher;
    this.host = host;
  }

  /** Lets go of what is staged and was not begun to be published, once the lane is closed. */
  void close() {
    closed = true;
    staged.forEach(this::letGo);
  }

  private void letGo(Job job) {
    job.giveUp(environment.clock().instant());
    job.discard();
  }

  /** Has jobs staged; each is then published by a round, or comes to nothing. */
  void stage(List<Job> toStage) {
    // A few are made durable at once, while the commit that asked for them becomes so, too.
    boolean sync = toStage.size() <= SINGLE_SYNCS_MAX;
    for (int from = 0; from < toStage.size(); from += STAGING_GROUP) {
      List<Job> group = toStage.subList(from, Math.min(toStage.size(), from + STAGING_GROUP));
      work(() -> stageGroup(group, sync));
    }
  }

  /** If it fails otherwise than it should, that is the lane's: jobs would be waited for else. */
  private void work(Runnable task) {
    environment
        .workers()
        .execute(
            () -> {
              try {
                task.run();
              } catch (RuntimeException e) {
                lane.execute(
                    () -> {
                      throw e;
                    });
              }
            });
  }

  private void stageGroup(List<Job> group, boolean sync) {
    List<Job> done = new ArrayList<>();
    List<Failure> failures = new ArrayList<>();
    for (Job job : group) {
      try {
        stager.stage(job);
        if (sync) {
          job.sync();
        }
        done.add(job);
      } catch (Stager.SourceChangedException e) {
        letGo(job);
        failures.add(new Failure(job, e));
      } catch (IOException e) {
        job.discard();
        failures.add(new Failure(job, e));
      } catch (UncheckedIOException e) {
        job.discard();
        failures.add(new Failure(job, new IOException(e)));
      }
    }
    if (closed) {
      done.forEach(this::letGo);
      return;
    }
    lane.execute(
        () -> {
          staged.addAll(done);
          done.forEach(host::staged);
          failures.forEach(this::stagingFailed);
          host.run();
        });
  }

  private void stagingFailed(Failure failure) {
    Job job = failure.job();
    if (failure.cause() instanceof Stager.SourceChangedException) {
      host.sourceChanged(job);
      host.land(job, new Outcome.Later("the file to copy from has changed", Outcome.SOON));
    } else if (failure.cause() instanceof DiskFullException) {
      host.land(job, new Outcome.Failed("the disk is full", true));
    } else {
      host.land(job, new Outcome.Failed(String.valueOf(failure.cause().getMessage()), false));
    }
  }

  /** Starts a round if none runs and there is something to do. */
  void start() {
    if (running || (staged.isEmpty() && undurable.isEmpty())) {
      return;
    }
    running = true;
    int files = 0;
    int count = 0;
    while (count < staged.size() && count < ROUND_MAX && files < ROUND_FILES_MAX) {
      files += staged.get(count++).holdsFiles() ? 1 : 0;
    }
    List<Job> round = staged.subList(0, count);
    staged = new ArrayList<>(staged.subList(count, staged.size()));
    List<Done> published = undurable;
    undurable = new ArrayList<>();
    work(() -> round(round, published));
  }

  /**
   * One sync makes durable what this round is about to name and what the round before has named.
   */
  private void round(List<Job> round, List<Done> published) {
    try {
      // Before the names: after a power cut a name without its bytes would read as someone's edit.
      sync(round, published);
    } catch (IOException e) {
      if (closed) {
        round.forEach(this::letGo);
      } else {
        lane.execute(() -> syncFailed(round, published, e));
      }
      return;
    }
    List<Result> results = new ArrayList<>();
    for (Job job : inOrder(round)) {
      results.add(new Result(job, publisher.publish(job)));
    }
    lane.execute(() -> roundEnded(results, published));
  }

  private void sync(List<Job> round, List<Done> published) throws IOException {
    List<Job> unsynced = round.stream().filter(job -> !job.isSynced()).toList();
    if (!published.isEmpty() || unsynced.size() > SINGLE_SYNCS_MAX) {
      volume.sync();
    } else {
      for (Job job : unsynced) {
        job.sync();
      }
    }
  }

  /** Directories first, from the top; then moves; then removals, from the leaves; then the rest. */
  private static List<Job> inOrder(List<Job> round) {
    List<Job> ordered = new ArrayList<>(round);
    ordered.sort(
        Comparator.<Job>comparingInt(Rounds::turn)
            .thenComparing(
                (a, b) ->
                    turn(a) == REMOVALS ? b.path.compareTo(a.path) : a.path.compareTo(b.path)));
    return ordered;
  }

  private static int turn(Job job) {
    if (job.source instanceof Job.Source.Move || job.source instanceof Job.Source.Tree) {
      return 1;
    }
    if (job.action == Job.Action.DIRECTORY
        && (job.basis.shown() == null || job.basis.shown().content().isDirectory())) {
      return 0;
    }
    return job.action == Job.Action.REMOVE ? REMOVALS : REMOVALS + 1;
  }

  private void syncFailed(List<Job> round, List<Done> published, IOException cause) {
    running = false;
    for (Job job : round) {
      job.discard();
      host.land(
          job, new Outcome.Failed("it could not be made durable: " + cause.getMessage(), false));
    }
    if (!published.isEmpty()) {
      host.broken("published files could not be made durable: " + cause.getMessage());
    }
  }

  private void roundEnded(List<Result> results, List<Done> published) {
    running = false;
    if (!published.isEmpty()) {
      host.durable(published);
    }
    for (Result result : results) {
      if (result.outcome() instanceof Outcome.Published leftover
          && leftover.record().isLeftover()
          && host.worksBelow(result.job())) {
        host.land(result.job(), new Outcome.Later("what is in it goes first", Outcome.SOON));
      } else if (result.outcome() instanceof Outcome.Published outcome) {
        undurable.add(new Done(result.job(), outcome));
      } else {
        host.land(result.job(), result.outcome());
      }
    }
    host.run();
  }
}
