package io.dirsync.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SpansTest {
  @ParameterizedTest
  @CsvSource({
    "PT720H, 30 days",
    "PT24H, 1 day",
    "PT36H, 36 hours",
    "PT1H, 1 hour",
    "PT90M, 90 minutes",
    "PT90S, 90 seconds",
    "PT0.25S, 250 milliseconds",
    "PT0S, 0 seconds"
  })
  void saysASpanInTheLargestUnitThatLeavesNothingOver(Duration span, String words) {
    assertThat(Spans.words(span)).isEqualTo(words);
  }
}
