package io.dirsync.engine.apply;

import io.dirsync.engine.Environment;
import io.dirsync.engine.Lane;
import io.dirsync.engine.Signatures;
import io.dirsync.engine.session.Supplier;
import io.dirsync.fs.DiskFullException;
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
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The contents that works want of peers: each comes once, however many want it, a bounded number at
 * a time, and few big ones among them so that small ones do not wait. On the writer's lane.
 */
final class Transfers {
  private static final Logger LOG = LoggerFactory.getLogger(Transfers.class);

  private static final int TRANSFERS_MAX = 128;
  private static final int BIG_TRANSFERS_MAX = 3;
  private static final long BIG_BYTES = 4L << 20;

  /**
   * What may be on its way of others than big ones: if the disk stalls, as much waits in memory,
   * and a window of each big one.
   */
  private static final long SMALL_BYTES_MAX = 16L << 20;

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

    /** A peer has left it unanswered: another one may have it, or the same after all. */
    void unanswered(List<Work> waiting, String reason);

    /**
     * The file that it was to be made of has gone elsewhere: its place is to be looked up again.
     */
    void overtaken(List<Work> waiting);

    /** One more may be started. */
    void run();
  }

  /**
   * @param path where it was last known to stand
   * @param basis what it may be made of; null for nothing
   */
  private record Wanted(Content.File content, RelativePath path, @Nullable Basis basis) {
    ContentHash hash() {
      return content.hash();
    }

    boolean big() {
      return content.size() >= BIG_BYTES;
    }
  }

  private final Volume volume;
  private final Signatures signatures;
  private final Environment environment;
  private final Lane lane;
  private final Host host;

  private final Map<ContentHash, Fetching> transfers = new HashMap<>();
  private final Map<ContentHash, List<Work>> awaiting = new HashMap<>();
  private final LinkedHashMap<ContentHash, Wanted> queue = new LinkedHashMap<>();
  private int big;
  private long smallBytes;
  private volatile boolean closed;

  Transfers(Volume volume, Signatures signatures, Environment environment, Lane lane, Host host) {
    this.volume = volume;
    this.signatures = signatures;
    this.environment = environment;
    this.lane = lane;
    this.host = host;
  }

  /** Ends all that is on its way, once the lane is closed; what has come of it stays. */
  void close() {
    closed = true;
    transfers.values().forEach(Fetching::stop);
  }

  /** Contents that are on their way or are to be asked for. */
  int count() {
    return transfers.size() + queue.size();
  }

  /**
   * Has a content fetched for a work.
   *
   * @param path where it was last known to stand
   * @param basis a file that it may be made of; null if none is known
   */
  void want(Work work, Content.File content, RelativePath path, @Nullable Basis basis) {
    if (work.fetching.add(content.hash())) {
      awaiting.computeIfAbsent(content.hash(), _ -> new ArrayList<>()).add(work);
    }
    if (!transfers.containsKey(content.hash())) {
      boolean delta =
          basis != null
              && signatures.cover(content.size())
              && signatures.cover(basis.content().size());
      queue.putIfAbsent(content.hash(), new Wanted(content, path, delta ? basis : null));
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
          Fetching transfer = transfers.get(hash);
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
      if (wanted.big() && big >= BIG_TRANSFERS_MAX) {
        continue;
      }
      if (!wanted.big() && smallBytes + wanted.content().size() > SMALL_BYTES_MAX) {
        return;
      }
      int attempt = 0;
      boolean whole = false;
      long tooLittleBytes = -1;
      for (Work work : awaiting.getOrDefault(wanted.hash(), List.of())) {
        attempt = Math.max(attempt, work.fetchAttempts);
        whole |= work.whole;
        tooLittleBytes = Math.max(tooLittleBytes, work.tooLittleBytes);
      }
      if (tooLittleBytes >= 0 && !isWorthATry(wanted.content().size(), tooLittleBytes)) {
        next.remove();
        noRoom(wanted);
        continue;
      }
      Optional<Supplier> supplier = host.supplier(attempt);
      if (supplier.isEmpty()) {
        return;
      }
      next.remove();
      count(wanted, 1);
      start(wanted, supplier.get(), whole ? null : wanted.basis());
    }
  }

  /**
   * Whether what has found no room may find it now. Where there is less than its size holes, shared
   * blocks or a file system that compresses may still make it fit: that is tried now and then, as
   * more becomes free.
   */
  private boolean isWorthATry(long size, long tooLittleBytes) {
    long available = availableBytes();
    return available >= size || available - tooLittleBytes > size / 8;
  }

  /** It would find none again, after much had come over the wire. */
  private void noRoom(Wanted wanted) {
    String reason = "no space left on the file system";
    IOException failure = new DiskFullException(wanted.path().toString(), reason);
    host.undelivered(wanted.hash(), giveUp(wanted.hash()), reason, failure);
  }

  /** The room on the disk; as much as can be if that cannot be told. */
  private long availableBytes() {
    try {
      return volume.space().availableBytes();
    } catch (IOException e) {
      return Long.MAX_VALUE;
    }
  }

  private void start(Wanted wanted, Supplier supplier, @Nullable Basis basis) {
    Fetching.Listener listener = listener(wanted, supplier, basis != null);
    Executor workers = environment.workers();
    Fetching transfer =
        basis == null
            ? new Transfer(
                volume, supplier, wanted.content(), wanted.path(), signatures, workers, listener)
            : new DeltaTransfer(
                volume,
                supplier,
                wanted.content(),
                wanted.path(),
                basis,
                signatures,
                workers,
                listener);
    transfers.put(wanted.hash(), transfer);
    transfer.start();
  }

  private Fetching.Listener listener(Wanted wanted, Supplier supplier, boolean delta) {
    return new Fetching.Listener() {
      @Override
      public void fetched(StagedFile file) {
        if (closed) {
          Work.giveUp(file, wanted.hash(), environment.clock().instant());
          return;
        }
        lane.execute(
            () -> {
              ended(wanted);
              deliver(wanted.hash(), file);
              host.run();
            });
      }

      @Override
      public void failed(String reason, @Nullable IOException disk) {
        lane.execute(
            () -> {
              if (delta
                  && !(disk instanceof DiskFullException)
                  && !awaiting.getOrDefault(wanted.hash(), List.of()).isEmpty()) {
                LOG.debug("{} is fetched whole: {}", wanted.path(), reason);
                wholeFromNowOn(awaiting.getOrDefault(wanted.hash(), List.of()));
                start(wanted, supplier, null);
                return;
              }
              ended(wanted);
              List<Work> waiting = giveUp(wanted.hash());
              long room = disk instanceof DiskFullException ? availableBytes() : -1;
              waiting.forEach(work -> work.tooLittleBytes = room);
              host.undelivered(wanted.hash(), waiting, reason, disk);
              host.run();
            });
      }

      @Override
      public void cut(String reason) {
        lane.execute(
            () -> {
              ended(wanted);
              host.undelivered(wanted.hash(), giveUp(wanted.hash()), reason, null);
              host.run();
            });
      }

      @Override
      public void overtaken() {
        lane.execute(
            () -> {
              ended(wanted);
              host.overtaken(giveUp(wanted.hash()));
              host.run();
            });
      }

      @Override
      public void unanswered(String reason) {
        lane.execute(
            () -> {
              ended(wanted);
              List<Work> waiting = giveUp(wanted.hash());
              if (delta) {
                wholeFromNowOn(waiting);
              }
              host.unanswered(waiting, reason);
              host.run();
            });
      }
    };
  }

  private static void wholeFromNowOn(List<Work> waiting) {
    waiting.forEach(work -> work.whole = true);
  }

  private void ended(Wanted wanted) {
    transfers.remove(wanted.hash());
    count(wanted, -1);
  }

  private void count(Wanted wanted, int one) {
    if (wanted.big()) {
      big += one;
    } else {
      smallBytes += one * wanted.content().size();
    }
  }

  /** Who has waited for it, and does not any more. */
  private List<Work> giveUp(ContentHash hash) {
    List<Work> waiting = awaiting.remove(hash);
    if (waiting == null) {
      return List.of();
    }
    waiting.forEach(work -> work.fetching.remove(hash));
    return waiting;
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
