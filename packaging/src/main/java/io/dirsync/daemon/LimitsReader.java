package io.dirsync.daemon;

import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import io.dirsync.protocol.Bandwidth.Rates;
import io.dirsync.protocol.NodeId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads the table {@code [limits]}, and the rates of a peer. */
final class LimitsReader {
  private static final Set<String> LIMITS = Set.of("upload", "download", "schedule");
  private static final Set<String> LIMITS_LATER = Set.of("disk_free");
  private static final Set<String> CHANGE = Set.of("cron", "upload", "download");

  private LimitsReader() {}

  static BandwidthPlan read(ConfigSection limits, Map<NodeId, Rates> peers) throws ConfigException {
    limits.checkKeys(LIMITS, LIMITS_LATER);
    List<BandwidthPlan.Change> schedule = new ArrayList<>();
    for (ConfigSection each : limits.sections("schedule")) {
      each.checkKeys(CHANGE, Set.of());
      schedule.add(
          new BandwidthPlan.Change(times(each), rate(each, "upload"), rate(each, "download")));
    }
    return new BandwidthPlan(rates(limits), peers, schedule);
  }

  /** What a section says of both directions; no limit where it says nothing. */
  static Rates rates(ConfigSection section) throws ConfigException {
    return new Rates(rate(section, "upload").orElse(0L), rate(section, "download").orElse(0L));
  }

  private static Optional<Long> rate(ConfigSection section, String key) throws ConfigException {
    Optional<String> text = section.text(key);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    Optional<Long> rate = ByteRates.parse(text.get());
    if (rate.isEmpty()) {
      throw section.error(
          key,
          "'"
              + key
              + "' is a rate with its unit, in quotes, as \"50MiB/s\" or \"512kB/s\", or \"0\" for no limit");
    }
    return rate;
  }

  private static ExecutionTime times(ConfigSection change) throws ConfigException {
    String text = change.required("cron");
    try {
      return ExecutionTime.forCron(
          new CronParser(CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX)).parse(text));
    } catch (IllegalArgumentException e) {
      throw change.error(
          "cron",
          "'cron' is minute, hour, day of the month, month and day of the week, as \"0 8 * * MON-FRI\": "
              + e.getMessage());
    }
  }
}
