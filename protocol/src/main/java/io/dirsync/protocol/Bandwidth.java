package io.dirsync.protocol;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * How many bytes a second a node lets go out to its peers and come in from them: over all, and for
 * each. What goes out is held by token buckets. What comes in is held by the peer, which is told;
 * several connected peers have equal parts of what is allowed over all. Safe for several threads.
 */
public final class Bandwidth {
  /**
   * Bytes a second; zero for no limit.
   *
   * @param upload to the peer
   * @param download from the peer
   */
  public record Rates(long upload, long download) {
    public static final Rates NONE = new Rates(0, 0);

    public Rates {
      if (upload < 0 || download < 0) {
        throw new IllegalArgumentException("a rate is not negative");
      }
    }
  }

  private final LongSupplier nanoTime;
  private final TokenBucket all;
  private final Set<Pacer> pacers = new LinkedHashSet<>();
  private Rates rates = Rates.NONE;
  private Map<NodeId, Rates> peers = Map.of();

  public Bandwidth() {
    this(System::nanoTime);
  }

  Bandwidth(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.all = new TokenBucket(nanoTime.getAsLong());
  }

  /**
   * Holds from now on, also for connections that are there.
   *
   * @param over all peers together
   * @param each of those that have limits of their own
   */
  public synchronized void set(Rates over, Map<NodeId, Rates> each) {
    rates = over;
    peers = new HashMap<>(each);
    all.setRate(over.upload(), nanoTime.getAsLong());
    share();
  }

  /**
   * A connection has come.
   *
   * @param download told, whenever it changes, how many bytes a second the peer may send; zero for
   *     no limit, which nobody is told who was not told another
   */
  public synchronized Pacer join(NodeId peer, LongConsumer download) {
    Pacer pacer = new Pacer(peer, download);
    pacers.add(pacer);
    share();
    return pacer;
  }

  private void share() {
    long now = nanoTime.getAsLong();
    for (Pacer pacer : pacers) {
      Rates own = peers.getOrDefault(pacer.peer, Rates.NONE);
      pacer.own.setRate(own.upload(), now);
      long part = rates.download() == 0 ? 0 : Math.max(1, rates.download() / pacers.size());
      pacer.tell(least(part, own.download()));
    }
  }

  private static long least(long one, long other) {
    return one == 0 || other == 0 ? Math.max(one, other) : Math.min(one, other);
  }

  /** What one connection may send. */
  public final class Pacer {
    /** Behind by this much, and by a second at least, the log has to wait too. */
    private static final long LOG_BYTES = 2L * Limits.DATA_BYTES_MAX;

    private final NodeId peer;
    private final LongConsumer download;
    private final TokenBucket own;

    /** What the peer asked for. */
    private final TokenBucket asked;

    private long told;

    private Pacer(NodeId peer, LongConsumer download) {
      this.peer = peer;
      this.download = download;
      this.own = new TokenBucket(nanoTime.getAsLong());
      this.asked = new TokenBucket(nanoTime.getAsLong());
    }

    private void tell(long bytesPerSecond) {
      if (told != bytesPerSecond) {
        told = bytesPerSecond;
        download.accept(bytesPerSecond);
      }
    }

    /** The peer lets come in no more than this; zero for no limit. */
    public void asked(long bytesPerSecond) {
      asked.setRate(bytesPerSecond, nanoTime.getAsLong());
    }

    /** So many bytes go out. */
    public void spend(long bytes) {
      long now = nanoTime.getAsLong();
      all.take(bytes, now);
      own.take(bytes, now);
      asked.take(bytes, now);
    }

    /** Nanoseconds until contents may go out; zero if they may now. */
    public long nanosUntilContents() {
      return nanosUntil(0);
    }

    /**
     * Nanoseconds until a part of a log may go out, which goes before contents and is held only
     * when there is more of it than the limit allows.
     */
    public long nanosUntilLog() {
      return nanosUntil(LOG_BYTES);
    }

    private long nanosUntil(long debt) {
      long now = nanoTime.getAsLong();
      return Math.max(
          all.nanosUntil(debt, now),
          Math.max(own.nanosUntil(debt, now), asked.nanosUntil(debt, now)));
    }

    /** The connection is gone. */
    public void leave() {
      synchronized (Bandwidth.this) {
        if (pacers.remove(this)) {
          share();
        }
      }
    }
  }
}
