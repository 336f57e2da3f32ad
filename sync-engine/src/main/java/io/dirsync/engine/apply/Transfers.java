package io.dirsync.engine.apply;

import io.dirsync.engine.Environment;
import io.dirsync.engine.Lane;
import io.dirsync.engine.session.Supplier;
import io.dirsync.fs.Volume;
import io.dirsync.fs.Volume.StagedFile;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.RelativePath;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The contents that works want of peers: each comes once, however many want it, a bounded number at
 * a time, and few big ones among them so that small ones do not wait. On the writer's lane.
 */
final class Transfers {
  private static final int TRANSFERS_MAX = 128;
  private static final int BIG_TRANSFERS_MAX = 3;
  private static final long BIG_BYTES = 4L << 20;

  /** Told what came of a content, on the lane. */
  interface Host {
    /** A peer that may have a content, another one for each attempt; empty if none is connected. */
    Optional<Supplier> supplier(int attempt);

    /** It is in the first work's hands; the others copy it from there. */
    void delivered(Work first, List<Work> others);

    /**
     * It cannot be had now.
     *
     * @param disk why this node's disk did not take it; null if it was not the disk
     */
    void undelivered(
        ContentHash hash, List<Work> waiting, String reason, @Nullable IOException disk);

    /** One more may be started. */
    void run();
  }

  private record Wanted(ContentHash hash, long size, RelativePath path) {}

  private final Volume volume;
  private final Environment environment;
  private final Lane lane;
  private final Host host;

  private final Map<ContentHash, Transfer> transfers = new HashMap<>();
  private final Map<ContentHash, List<Work>> awaiting = new HashMap<>();
  private final LinkedHashMap<ContentHash, Wanted> queue = new LinkedHashMap<>();
  private int big;

  Transfers(Volume volume, Environment environment, Lane lane, Host host) {
    this.volume = volume;
    this.environment = environment;
    this.lane = lane;
    this.host = host;
  }

  /** Contents that are on their way or are to be asked for. */
  int count() {
    return transfers.size() + queue.size();
  }

  /** Has a content fetched for a work. */
  void want(Work work, Content.File content, RelativePath path) {
    if (work.fetching.add(content.hash())) {
      awaiting.computeIfAbsent(content.hash(), _ -> new ArrayList<>()).add(work);
    }
    if (!transfers.containsKey(content.hash())) {
      queue.putIfAbsent(content.hash(), new Wanted(content.hash(), content.size(), path));
    }
  }

  /** Contents that only this work waited for are not wanted any more. */
  void forget(Work work) {
    for (ContentHash hash : work.fetching) {
      List<Work> others = awaiting.get(hash);
      if (others != null) {
        others.remove(work);
        if (others.isEmpty()) {
          awaiting.remove(hash);
          queue.remove(hash);
          Transfer transfer = transfers.get(hash);
          if (transfer != null) {
            transfer.cancel();
          }
        }
      }
    }
    work.fetching.clear();
  }

  /** Asks for what may be asked for now. */
  void start() {
    Iterator<Wanted> next = queue.values().iterator();
    while (next.hasNext() && transfers.size() < TRANSFERS_MAX) {
      Wanted wanted = next.next();
      boolean isBig = wanted.size() >= BIG_BYTES;
      if (isBig && big >= BIG_TRANSFERS_MAX) {
        continue;
      }
      int attempt = 0;
      for (Work work : awaiting.getOrDefault(wanted.hash(), List.of())) {
        attempt = Math.max(attempt, work.fetchAttempts);
      }
      Optional<Supplier> supplier = host.supplier(attempt);
      if (supplier.isEmpty()) {
        return;
      }
      next.remove();
      big += isBig ? 1 : 0;
      Transfer transfer =
          new Transfer(
              volume,
              supplier.get(),
              wanted.hash(),
              wanted.size(),
              wanted.path(),
              environment.workers(),
              listener(wanted, isBig));
      transfers.put(wanted.hash(), transfer);
      transfer.start();
    }
  }

  private Transfer.Listener listener(Wanted wanted, boolean isBig) {
    return new Transfer.Listener() {
      @Override
      public void fetched(StagedFile file) {
        lane.execute(
            () -> {
              ended();
              deliver(wanted.hash(), file);
              host.run();
            });
      }

      @Override
      public void failed(String reason, @Nullable IOException disk) {
        lane.execute(
            () -> {
              ended();
              List<Work> waiting = awaiting.remove(wanted.hash());
              if (waiting != null) {
                waiting.forEach(work -> work.fetching.remove(wanted.hash()));
                host.undelivered(wanted.hash(), waiting, reason, disk);
              }
              host.run();
            });
      }

      private void ended() {
        transfers.remove(wanted.hash());
        big -= isBig ? 1 : 0;
      }
    };
  }

  private void deliver(ContentHash hash, StagedFile file) {
    List<Work> waiting = awaiting.remove(hash);
    if (waiting == null || waiting.isEmpty()) {
      Work.discard(file);
      return;
    }
    Work first = waiting.getFirst();
    first.fetched.put(hash, file);
    waiting.forEach(work -> work.fetching.remove(hash));
    host.delivered(first, waiting.subList(1, waiting.size()));
  }
}
