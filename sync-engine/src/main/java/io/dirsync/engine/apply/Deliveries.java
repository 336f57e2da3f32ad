package io.dirsync.engine.apply;

import io.dirsync.engine.session.Supplier;
import io.dirsync.fs.DiskFullException;
import io.dirsync.model.ContentHash;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What becomes of works when contents come from peers, or do not. On the writer's lane. */
final class Deliveries implements Transfers.Host {
  /** A content that was asked for in vain this often, in about a minute, may be nowhere. */
  private static final int LOST_ATTEMPTS = 12;

  private final Works works;
  private final FormerContents formers;
  private final FullDisk disk;
  private final Planner.Host host;
  private final Runnable run;

  /**
   * @param run run when more can be planned or fetched
   */
  Deliveries(Works works, FormerContents formers, FullDisk disk, Planner.Host host, Runnable run) {
    this.works = works;
    this.formers = formers;
    this.disk = disk;
    this.host = host;
    this.run = run;
  }

  @Override
  public Optional<Supplier> supplier(int attempt) {
    return host.supplier(attempt);
  }

  @Override
  public void delivered(Work first, List<Work> others) {
    if (first.former != null) {
      formers.became(first.former);
      first.former = null;
    }
    others.forEach(work -> works.waitFor(work, first.path));
    if (first.fetching.isEmpty() && first.phase == Work.Phase.FETCHING) {
      works.ready(first);
    }
  }

  @Override
  public void undelivered(
      ContentHash hash, List<Work> waiting, String reason, @Nullable IOException failure) {
    boolean full = failure instanceof DiskFullException;
    if (full) {
      disk.full("the disk is full");
    }
    for (Work work : waiting) {
      if (work.phase == Work.Phase.FETCHING) {
        // Once a round, however many contents it lacked: the next peer is asked in the next
        // round.
        work.fetchAttempts++;
        if (work.fetchAttempts >= 3 || failure != null) {
          works.problem(work, "its content cannot be had: " + reason);
        }
        work.answers++;
        if (work.answers >= LOST_ATTEMPTS && failure == null) {
          host.lost(work.path, hash, work.answers);
        }
        works.retry(work, full ? FullDisk.AGAIN : work.backoff());
      }
    }
  }

  @Override
  public void overtaken(List<Work> waiting) {
    for (Work work : waiting) {
      if (work.phase == Work.Phase.FETCHING) {
        work.overtaken++;
        works.ready(work);
      }
    }
  }

  @Override
  public void unanswered(List<Work> waiting, String reason) {
    for (Work work : waiting) {
      if (work.phase == Work.Phase.FETCHING) {
        work.fetchAttempts++;
        // Who says nothing may have it.
        work.answers = 0;
        works.problem(work, "its content has not come: " + reason);
        works.retry(work, work.backoff());
      }
    }
  }

  @Override
  public void run() {
    run.run();
  }
}
