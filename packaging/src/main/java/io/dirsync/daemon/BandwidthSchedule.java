package io.dirsync.daemon;

import io.dirsync.protocol.Bandwidth;
import io.dirsync.protocol.Bandwidth.Rates;
import java.io.Closeable;
import java.time.Clock;
import java.time.ZonedDateTime;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sets the limits that hold at each time of the day, by the machine's own time zone. */
final class BandwidthSchedule implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(BandwidthSchedule.class);

  /** A change is late by this at most; by the clock, not by waiting for it, as clocks are set. */
  private static final long LOOK_SECONDS = 5;

  private final BandwidthPlan plan;
  private final Bandwidth bandwidth;
  private final Clock clock;
  private @Nullable Rates now;
  private @Nullable ScheduledExecutorService thread;

  BandwidthSchedule(BandwidthPlan plan, Bandwidth bandwidth, Clock clock) {
    this.plan = plan;
    this.bandwidth = bandwidth;
    this.clock = clock;
  }

  /** Sets what holds now, and from now on what holds then. */
  void start() {
    look();
    if (plan.schedule().isEmpty()) {
      return;
    }
    ScheduledExecutorService looks =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("limits").factory());
    thread = looks;
    var unused =
        looks.scheduleAtFixedRate(this::look, LOOK_SECONDS, LOOK_SECONDS, TimeUnit.SECONDS);
  }

  /** Sets what holds now. */
  void look() {
    Rates then = plan.at(ZonedDateTime.now(clock));
    if (!then.equals(now)) {
      boolean first = now == null;
      now = then;
      bandwidth.set(then, plan.peers());
      if (!first || !then.equals(Rates.NONE)) {
        LOG.info(
            "to all peers together go {}, from them come {}",
            words(then.upload()),
            words(then.download()));
      }
    }
  }

  private static String words(long rate) {
    return rate == 0 ? "as many bytes as can be" : "at most " + rate + " bytes a second";
  }

  @Override
  public void close() {
    if (thread != null) {
      thread.shutdownNow();
    }
  }
}
