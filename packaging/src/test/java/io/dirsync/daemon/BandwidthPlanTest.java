package io.dirsync.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.protocol.Bandwidth.Rates;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZonedDateTime;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BandwidthPlanTest {
  private static final String PLAN =
      """
      [limits]
      upload = "50MiB/s"
      download = "1 GB/s"
      schedule = [
        { cron = "0 8 * * MON-FRI", upload = "20MiB/s" },
        { cron = "30 17 * * *",     upload = "0", download = "512kB/s" },
      ]
      """;

  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private @TempDir Path directory;

  private BandwidthPlan plan(String text) throws Exception {
    Path file = Files.writeString(directory.resolve("c.toml"), text);
    return ConfigReader.read(file, new Places(Map.of("HOME", directory.toString()), false))
        .bandwidth();
  }

  @ParameterizedTest
  @CsvSource({
    "2026-11-27T07:59:59Z, 0, 512000", // a Friday
    "2026-11-27T08:00:00Z, 20971520, 1000000000",
    "2026-11-27T17:29:00Z, 20971520, 1000000000",
    "2026-11-27T17:30:20Z, 0, 512000",
    "2026-11-28T12:00:00Z, 0, 512000", // on Saturday the evening's goes on
    "2026-11-30T08:00:01Z, 20971520, 1000000000"
  })
  void whatCameLastHolds(String now, long upload, long download) throws Exception {
    assertThat(plan(PLAN).at(ZonedDateTime.parse(now))).isEqualTo(new Rates(upload, download));
  }

  @Test
  void withoutAScheduleTheUsualHolds() throws Exception {
    assertThat(
            plan("[limits]\nupload = \"1.5KiB/s\"\n")
                .at(ZonedDateTime.parse("2026-01-01T00:00:00Z")))
        .isEqualTo(new Rates(1536, 0));
  }

  @Test
  void withoutLimitsThereAreNone() throws Exception {
    assertThat(plan("").at(ZonedDateTime.parse("2026-01-01T00:00:00Z"))).isEqualTo(Rates.NONE);
  }

  @Test
  void aPeerHasLimitsOfItsOwn() throws Exception {
    String peer =
        "[[peer]]\nname = \"w2\"\nid = \"DS1-"
            + "A".repeat(52)
            + "\"\ndownload = \"2MB/s\"\n[[peer]]\nname = \"w3\"\nid = \"DS1-"
            + "A".repeat(50)
            + "EA\"\n";
    assertThat(plan(peer).peers().values()).containsExactly(new Rates(0, 2_000_000));
  }
}
