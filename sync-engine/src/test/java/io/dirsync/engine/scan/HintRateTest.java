package io.dirsync.engine.scan;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class HintRateTest {
  private final HintRate rate = new HintRate();
  private long now;

  private boolean isHighAfter(Duration time) {
    now += time.toNanos();
    return rate.isHighAt(now);
  }

  @Test
  void isLowWhileSomeoneSavesOneFileAfterAnother() {
    for (int file = 0; file < 100; file++) {
      assertThat(isHighAfter(Duration.ofMillis(100))).isFalse();
      assertThat(isHighAfter(Duration.ZERO)).isFalse();
      assertThat(isHighAfter(Duration.ZERO)).isFalse();
      assertThat(isHighAfter(Duration.ZERO)).isFalse();
    }
  }

  @Test
  void isHighWhileManyComeAndLowAgainAfterThem() {
    for (int hint = 0; hint < HintRate.HIGH; hint++) {
      assertThat(isHighAfter(Duration.ofMillis(1))).isFalse();
    }
    for (int hint = 0; hint < 3 * HintRate.HIGH; hint++) {
      assertThat(isHighAfter(Duration.ofMillis(5))).isTrue();
    }
    assertThat(isHighAfter(Duration.ofSeconds(2))).isFalse();
  }
}
