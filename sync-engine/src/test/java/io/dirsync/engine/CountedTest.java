package io.dirsync.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CountedTest {
  @ParameterizedTest
  @CsvSource({"0, 0 files go", "1, 1 file goes", "2, 2 files go", "1200, '1,200 files go'"})
  void oneIsSaidOtherwiseThanSeveral(long count, String words) {
    assertThat(Counted.of(count, "file goes", "files go")).isEqualTo(words);
  }
}
