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
  /** What moved with a directory is recorded so many at a time: others have their turn between. */
  private static final int SETTLED_MAX = 1000;

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
    List<Rounds.Done> single = new ArrayList<>();
    for (Rounds.Done done : published) {
      if (done.job().source instanceof Job.Source.Tree tree) {
        settle(transaction, done, tree, 0);
      } else {
        single.add(done);
      }
    }
    for (Rounds.Done done : single) {
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
    for (Rounds.Done done : single) {
      evaluate(transaction, done.job().path);
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

  private void evaluate(Transaction transaction, RelativePath path) {
    Work work = works.at(path);
    if (work != null) {
      work.phase = Work.Phase.READY;
      work.attempts = 0;
      works.noProblem(work);
      planner.evaluate(transaction, work.path, work.ticket);
    }
  }

  /** A directory has moved with everything in it; some of that at a time. */
  private void settle(
      Transaction transaction, Rounds.Done done, Job.Source.Tree tree, int settled) {
    Job job = done.job();
    List<Job.Moved> some =
        tree.below().subList(settled, Math.min(tree.below().size(), settled + SETTLED_MAX));
    boolean last = settled + some.size() == tree.below().size();
    if (settled == 0) {
      transaction.put(done.outcome().record());
    }
    for (Job.Moved moved : some) {
      transaction.put(
          new PathRecord(moved.to(), moved.shown(), moved.from().fingerprint(), List.of()));
      transaction.put(PathRecord.empty(moved.from().path()));
    }
    for (Job.Moved moved : some) {
      evaluate(transaction, moved.to());
      evaluate(transaction, moved.from().path());
    }
    if (!last) {
      host.write(next -> settle(next, done, tree, settled + some.size()));
      return;
    }
    transaction.put(PathRecord.empty(tree.from().path()));
    written.add(1L + tree.below().size());
    removed.increment();
    release(job);
    evaluate(transaction, job.path);
    evaluate(transaction, tree.from().path());
    job.paths().forEach(works::wake);
    // What somebody wrote in it meanwhile came along.
    host.rescan(job.path);
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
    switch (job.source) {
      case Job.Source.Move(PathRecord from) -> works.wake(from.path());
      case Job.Source.Tree(PathRecord from, List<Job.Moved> _) -> works.wake(from.path());
      case null, default -> {}
    }
  }

  @Override
  public void land(Job job, Outcome outcome) {
    release(job);
    works.wake(job.path);
    if (job.source instanceof Job.Source.Tree) {
      // Each for itself: what is in the way of one need not be in that of the others.
      for (RelativePath path : job.paths()) {
        Work each = works.at(path);
        if (each != null) {
          works.ready(each);
        }
      }
      if (outcome instanceof Outcome.LocalWrite(RelativePath path)) {
        host.recheck(path);
      }
      return;
    }
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
