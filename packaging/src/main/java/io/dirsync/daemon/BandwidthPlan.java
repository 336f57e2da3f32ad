package io.dirsync.daemon;

import com.cronutils.model.time.ExecutionTime;
import io.dirsync.protocol.Bandwidth.Rates;
import io.dirsync.protocol.NodeId;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which limits hold when.
 *
 * @param usual over all peers together, while nothing of the schedule holds
 * @param peers of those that have limits of their own, which hold always
 * @param schedule what else holds over all peers together: that whose time came last
 */
record BandwidthPlan(Rates usual, Map<NodeId, Rates> peers, List<Change> schedule) {
  static final BandwidthPlan NONE = new BandwidthPlan(Rates.NONE, Map.of(), List.of());

  /**
   * What changes at certain times, until another change's time comes.
   *
   * @param upload bytes a second; empty for the usual
   * @param download bytes a second; empty for the usual
   */
  record Change(ExecutionTime times, Optional<Long> upload, Optional<Long> download) {}

  /** Over all peers together. */
  Rates at(ZonedDateTime now) {
    Change last = null;
    ZonedDateTime since = null;
    for (Change change : schedule) {
      Optional<ZonedDateTime> time =
          change.times().isMatch(now) ? Optional.of(now) : change.times().lastExecution(now);
      if (time.isPresent() && (since == null || !time.get().isBefore(since))) {
        since = time.get();
        last = change;
      }
    }
    return last == null
        ? usual
        : new Rates(last.upload().orElse(usual.upload()), last.download().orElse(usual.download()));
  }
}
