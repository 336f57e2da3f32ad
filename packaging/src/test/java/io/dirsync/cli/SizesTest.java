package io.dirsync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SizesTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0 B",
    "1023, 1023 B",
    "1024, 1.0 KiB",
    "102399, 100.0 KiB",
    "104857, 102 KiB",
    "1048064, 1.0 MiB",
    "1048575, 1.0 MiB",
    "41016938496, 38.2 GiB",
    "9223372036854775807, 8192 PiB"
  })
  void showsBytesInTheLargestUnitThatLeavesAWholeOne(long bytes, String shown) {
    assertThat(Sizes.bytes(bytes)).isEqualTo(shown);
  }

  @ParameterizedTest
  @CsvSource({
    "-5000, now",
    "999, now",
    "1000, 1 s ago",
    "119999, 119 s ago",
    "120000, 2 min ago",
    "7200000, 2 h ago",
    "172800000, 2 d ago"
  })
  void showsHowLongAgo(long millis, String shown) {
    assertThat(Sizes.ago(millis)).isEqualTo(shown);
  }

  @Test
  void countsWithCommasAndKnowsTheSingular() {
    assertThat(Sizes.files(1)).isEqualTo("1 file");
    assertThat(Sizes.files(0)).isEqualTo("0 files");
    assertThat(Sizes.files(1_031_007)).isEqualTo("1,031,007 files");
  }

  @Test
  void countsTheColumnsThatATextTakes() {
    assertThat(Sizes.columns("abc ✓")).isEqualTo(5);
    assertThat(Sizes.columns("写真")).isEqualTo(4);
    assertThat(Sizes.columns("e\u0301")).isEqualTo(1);
  }
}
