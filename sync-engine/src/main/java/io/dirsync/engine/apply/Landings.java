package io.dirsync.engine.apply;

import io.dirsync.engine.Layout;
import io.dirsync.engine.PairSync;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.model.ConflictCopy;
import io.dirsync.model.Content;
import io.dirsync.model.RelativePath;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** What becomes of works when their jobs have ended. On the writer's lane. */
final class Landings implements Rounds.Host {
  private final Planner planner;
  private final FolderStore store;
  private final Works works;
  private final Jobs jobs;
  private final FullDisk disk;
  private final Planner.Host host;

  private final LongAdder written = new LongAdder();
  private final LongAdder removed = new LongAdder();
  private final LongAdder bytes = new LongAdder();

  Landings(
      Planner planner,
      FolderStore store,
      Works works,
      Jobs jobs,
      FullDisk disk,
      Planner.Host host) {
    this.planner = planner;
    this.store = store;
    this.works = works;
    this.jobs = jobs;
    this.disk = disk;
    this.host = host;
  }

  /** What was published since the start. Safe for any thread. */
  PairSync.Done done() {
    return new PairSync.Done(written.sum(), removed.sum(), bytes.sum());
  }

  @Override
  public void staged(Job job) {
    Work work = works.at(job.path);
    if (work != null) {
      work.phase = Work.Phase.ROUND;
    }
  }

  @Override
  public void durable(List<Rounds.Done> published) {
    host.write(transaction -> settle(transaction, published));
  }

  @Override
  public boolean worksBelow(Job job) {
    return works.isDirtyBelow(job.path);
  }

  @Override
  public void broken(String reason) {
    host.broken(reason);
  }

  @Override
  public void run() {
    planner.run();
  }

  @Override
  public void sourceChanged(Job job) {
    List<Job.Source.Copy> copies = new ArrayList<>();
    if (job.source instanceof Job.Source.Copy copy) {
      copies.add(copy);
    }
    for (Job.Source source : job.copySources.values()) {
      if (source instanceof Job.Source.Copy copy) {
        copies.add(copy);
      }
    }
    for (Job.Source.Copy copy : copies) {
      if (!Layout.isPrivate(copy.from())) {
        host.recheck(copy.from());
        continue;
      }
      host.write(
          transaction -> {
            if (job.desired.shown() != null
                && job.desired.shown().content() instanceof Content.File file) {
              transaction.removeLocation(file.hash(), copy.from());
            }
            for (ConflictCopy wanted : job.newCopies) {
              if (wanted.content() instanceof Content.File file) {
                transaction.removeLocation(file.hash(), copy.from());
              }
            }
          });
    }
  }

  /** What was published is durable now: it becomes what is shown. */
  private void settle(Transaction transaction, List<Rounds.Done> published) {
    for (Rounds.Done done : published) {
      Outcome.Published outcome = done.outcome();
      transaction.put(outcome.record());
      if (outcome.source() != null) {
        transaction.put(outcome.source());
      }
      for (Outcome.Trashed trashed : outcome.trashed()) {
        transaction.addLocation(trashed.hash(), trashed.path());
      }
      release(done.job());
      (done.job().action == Job.Action.REMOVE ? removed : written).increment();
      bytes.add(done.job().bytes());
      if (outcome.record().isLeftover() || wasMissed(done.job())) {
        host.rescan(done.job().path);
      }
    }
    for (Rounds.Done done : published) {
      Work work = works.at(done.job().path);
      if (work != null) {
        work.phase = Work.Phase.READY;
        work.attempts = 0;
        works.noProblem(work);
        planner.evaluate(transaction, work.path, work.ticket);
      }
      if (done.outcome().source() != null) {
        planner.evaluate(transaction, done.outcome().source().path(), planner.newTicket());
        planner.tryLeftoverAbove(transaction, done.outcome().source().path());
      }
      if (done.outcome().record().shown() == null) {
        planner.tryLeftoverAbove(transaction, done.job().path);
      }
      if (done.job().bytes() > 0) {
        disk.hasRoom();
      }
      works.wake(done.job().path);
    }
  }

  /**
   * Whether a directory had to be made that something is recorded in: that went with it, and as it
   * is there again no look at it tells so.
   */
  private boolean wasMissed(Job job) {
    boolean[] recorded = new boolean[1];
    if (job.action == Job.Action.DIRECTORY) {
      store.below(
          job.path,
          record -> {
            recorded[0] = record.shown() != null;
            return !recorded[0];
          });
    }
    return recorded[0];
  }

  private void release(Job job) {
    jobs.end(job);
    if (job.source instanceof Job.Source.Move(PathRecord from)) {
      works.wake(from.path());
    }
  }

  @Override
  public void land(Job job, Outcome outcome) {
    release(job);
    works.wake(job.path);
    Work work = works.at(job.path);
    if (work == null) {
      return;
    }
    switch (outcome) {
      case Outcome.LocalWrite(RelativePath path) -> {
        host.recheck(path);
        works.retry(work, work.backoff());
      }
      case Outcome.Later(String reason, Duration delay) -> {
        if (++work.attempts > 10) {
          works.problem(work, reason);
        }
        works.retry(work, delay);
      }
      case Outcome.Failed(String reason, boolean full) -> {
        if (full) {
          disk.full(reason);
        }
        works.problem(work, reason);
        works.retry(work, full ? FullDisk.AGAIN : work.backoff());
      }
      case Outcome.Published _ -> throw new IllegalStateException("published jobs are settled");
    }
  }
}
