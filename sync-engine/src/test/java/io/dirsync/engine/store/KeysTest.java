package io.dirsync.engine.store;

import static io.dirsync.engine.store.Samples.bytes;
import static io.dirsync.engine.store.Samples.hash;
import static io.dirsync.engine.store.Samples.path;
import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.model.ContentHash;
import io.dirsync.model.RelativePath;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** How rows are named on people's disks: see {@link StoreCodecTest} on golden values. */
final class KeysTest {
  static Stream<Arguments> keys() {
    return Stream.of(
        Arguments.of(Keys.live(path("d/x")), "4c642f78"),
        Arguments.of(Keys.below(path("d")), "4264"),
        Arguments.of(Keys.below(RelativePath.ROOT), "42"),
        Arguments.of(Keys.record(path("d/e/x")), "52642f650078"),
        Arguments.of(Keys.record(path("x")), "520078"),
        Arguments.of(Keys.dirty(path("d/x")), "59642f78"),
        Arguments.of(Keys.dot(1, 300), "440102012c"),
        Arguments.of(Keys.dot(200, 1), "44c8010101"),
        Arguments.of(Keys.moves(1, 300), "4d0102012c"),
        Arguments.of(Keys.successors(1, 300), "530102012c"),
        Arguments.of(Keys.beyond(1, 300), "580102012c"),
        Arguments.of(
            Keys.content(hash(1), path("x")),
            "0000000000000001000000000000000200000000000000030000000000000004" + "78"),
        Arguments.of(Keys.log(258), "0000000000000102"),
        Arguments.of(Keys.vector(3), "5603"),
        Arguments.of(Keys.cursor(3), "4303"),
        Arguments.of(Keys.reserved(3), "5103"),
        Arguments.of(Keys.replica(3), "4903"),
        Arguments.of(Keys.acknowledged("ab"), "416162"),
        Arguments.of(Keys.meta("ab"), "4e6162"),
        Arguments.of(Keys.FIGURES, "46"),
        Arguments.of(Keys.CONFLICTS, "4b"),
        Arguments.of(Keys.FORMAT, "5a"));
  }

  @ParameterizedTest
  @MethodSource("keys")
  void namesRowsLikeThis(byte[] key, String golden) {
    assertThat(HexFormat.of().formatHex(key)).isEqualTo(golden);
  }

  @Test
  void findsThePathInTheKeyOfARecord() {
    for (RelativePath path :
        new RelativePath[] {
          RelativePath.ROOT, path("x"), path("d/x"), path("d/e/x"), bytes("\u00ff/\u0001")
        }) {
      assertThat(Keys.recordPathOf(Keys.record(path))).isEqualTo(path);
    }
  }

  @Test
  void countersOfOneReplicaStandInOrder() {
    long[] counters = {1, 255, 256, 65_535, 65_536, Long.MAX_VALUE >> 8, Long.MAX_VALUE};
    for (int i = 1; i < counters.length; i++) {
      byte[] before = Keys.dot(5, counters[i - 1]);
      assertThat(Arrays.compareUnsigned(before, Keys.dot(5, counters[i]))).isNegative();
      assertThat(Keys.dotsAfter(5, counters[i - 1]).contains(before)).isFalse();
      assertThat(Keys.dotsAfter(5, counters[i - 1]).contains(Keys.dot(5, counters[i]))).isTrue();
      assertThat(Keys.dotsAfter(5, 0).contains(before)).isTrue();
      assertThat(Keys.dotsAfter(4, 0).contains(before)).isFalse();
      assertThat(Keys.dotsAfter(133, 0).contains(before)).isFalse();
    }
  }

  @Test
  void aRangeEndsBehindEveryKeyWithItsPrefix() {
    ContentHash highest = new ContentHash(-1, -1, -1, -1);
    RelativePath longest = bytes(("\u00ff".repeat(255) + "/").repeat(15) + "\u00ff".repeat(255));
    assertThat(Keys.contents(highest).contains(Keys.content(highest, longest))).isTrue();
    assertThat(Keys.contents(hash(1)).contains(Keys.content(hash(2), longest))).isFalse();
    KeyRange range = KeyRange.withPrefix(new byte[] {1, (byte) 0xff});
    assertThat(range.to()).containsExactly(2);
  }
}
