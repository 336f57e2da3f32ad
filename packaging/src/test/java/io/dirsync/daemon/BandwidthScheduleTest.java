package io.dirsync.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.protocol.Bandwidth;
import io.dirsync.protocol.NodeId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BandwidthScheduleTest {
  private static final String PLAN =
      """
      [limits]
      upload = "1MB/s"
      schedule = [
        { cron = "0 8 * * *",  upload = "2kB/s", download = "1kB/s" },
        { cron = "0 20 * * *", upload = "0", download = "0" },
      ]
      """;

  /** Contents of so many bytes take a second by day. */
  private static final int DAY_BYTES = 2_000;

  private static final long SECOND_NANOS = 1_000_000_000;

  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private @TempDir Path directory;

  private Instant now = Instant.parse("2026-11-27T07:59:00Z");
  private final List<Long> told = new ArrayList<>();

  /** The machine's clock, which somebody may set. */
  private final Clock clock = ((InstantSource) () -> now).withZone(ZoneOffset.UTC);

  @Test
  void connectionsThatAreThereKeepToWhatHoldsNowInBothDirectionsAsTimePassesAndClocksAreSet()
      throws Exception {
    Path file = Files.writeString(directory.resolve("c.toml"), PLAN);
    BandwidthPlan plan =
        ConfigReader.read(file, new Places(Map.of("HOME", directory.toString()), false))
            .bandwidth();
    Bandwidth bandwidth = new Bandwidth();
    try (BandwidthSchedule schedule = new BandwidthSchedule(plan, bandwidth, clock)) {
      schedule.look();
      Bandwidth.Pacer pacer = bandwidth.join(NodeId.of(new byte[32]), told::add);
      now = Instant.parse("2026-11-27T08:00:03Z");
      schedule.look();
      pacer.spend(100 * DAY_BYTES);
      assertThat(pacer.nanosUntilContents()).isGreaterThan(90 * SECOND_NANOS);
      assertThat(told).containsExactly(1_000L);

      now = Instant.parse("2026-11-27T20:00:00Z");
      schedule.look();
      assertThat(pacer.nanosUntilContents()).isZero();
      assertThat(told).containsExactly(1_000L, 0L);

      now = Instant.parse("2026-11-27T12:00:00Z");
      schedule.look();
      assertThat(told).as("a clock that was set back").containsExactly(1_000L, 0L, 1_000L);
    }
  }
}
