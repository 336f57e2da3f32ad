package io.dirsync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TimesTest {
  @ParameterizedTest
  @CsvSource({
    "2026-11-30T00:44:37.416229069Z, 2026-11-30T00:44:37.416Z",
    "2026-11-30T00:44:37.416Z, 2026-11-30T00:44:37.416Z",
    "2026-11-30T00:44:37Z, 2026-11-30T00:44:37Z"
  })
  void showsNothingFinerThanAMillisecond(String instant, String shown) {
    assertThat(Times.brief(instant)).isEqualTo(shown);
  }
}
