package io.dirsync.conflict;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class LineUnionTest {
  static Stream<Arguments> cases() {
    return Stream.of(
        argumentSet("both append", "a\nx\n", "a\ny\n", "a\nx\ny\n"),
        argumentSet("nothing in common", "x\n", "y\n", "x\ny\n"),
        argumentSet("one has it all", "a\n", "a\nx\n", "a\nx\n"),
        argumentSet("one is empty", "", "a\n", "a\n"),
        argumentSet("inserted in the middle", "a\nx\nb\n", "a\nb\ny\n", "a\nx\nb\ny\n"),
        argumentSet("a line twice in one", "a\na\n", "a\nb\n", "a\na\nb\n"),
        argumentSet("a line that moved", "a\nb\nc\n", "c\na\nb\n", "c\na\nb\n"),
        argumentSet("no line feed at the end", "a\nx", "a\ny", "a\nx\ny\n"),
        argumentSet("the line feed at the end alone", "a", "a\n", "a\n"),
        argumentSet("as one has it without a line feed", "a\n", "a\nb", "a\nb"),
        argumentSet("other ends of lines", "a\r\nx\r\n", "a\r\n", "a\r\nx\r\n"));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyLineStandsInItWhicheverComesFirst(String one, String other, String union) {
    assertThat(
            LineUnion.of(List.of(one.getBytes(UTF_8), other.getBytes(UTF_8)))
                .map(LineUnionTest::text))
        .contains(union);
    assertThat(
            LineUnion.of(List.of(other.getBytes(UTF_8), one.getBytes(UTF_8)))
                .map(LineUnionTest::text))
        .contains(union);
  }

  @Test
  void whatIsNoTextOrTooLongIsNotPutTogether() {
    byte[] text = "a\n".getBytes(UTF_8);
    assertThat(LineUnion.of(List.of(text, new byte[] {'a', 0, '\n'}))).isEmpty();
    byte[] longest = new byte[LineUnion.BYTES_MAX];
    java.util.Arrays.fill(longest, (byte) 'x');
    assertThat(LineUnion.of(List.of(text, longest))).isPresent();
    assertThat(LineUnion.of(List.of(text, new byte[LineUnion.BYTES_MAX + 1]))).isEmpty();
  }

  @Test
  void theOrderOfTheTextsDoesNotMatterAndNoLineIsLostOrMadeUp() {
    Random random = new Random(20261129);
    for (int i = 0; i < 2_000; i++) {
      List<byte[]> texts = new ArrayList<>();
      Map<String, Long> most = new HashMap<>();
      int count = 2 + random.nextInt(3);
      for (int each = 0; each < count; each++) {
        List<String> lines = new ArrayList<>();
        for (int line = random.nextInt(12); line > 0; line--) {
          lines.add(String.valueOf((char) ('a' + random.nextInt(6))));
        }
        texts.add((String.join("\n", lines) + (lines.isEmpty() ? "" : "\n")).getBytes(UTF_8));
        counts(lines).forEach((line, often) -> most.merge(line, often, Math::max));
      }
      String union = text(LineUnion.of(texts).orElseThrow());
      Collections.shuffle(texts, random);
      assertThat(text(LineUnion.of(texts).orElseThrow())).isEqualTo(union);
      assertThat(counts(union.lines().toList())).isEqualTo(most);
      texts.add(union.getBytes(UTF_8));
      assertThat(counts(text(LineUnion.of(texts).orElseThrow()).lines().toList())).isEqualTo(most);
    }
  }

  private static Map<String, Long> counts(List<String> lines) {
    Map<String, Long> counts = new HashMap<>();
    lines.forEach(line -> counts.merge(line, 1L, Long::sum));
    return counts;
  }

  private static String text(byte[] bytes) {
    return new String(bytes, UTF_8);
  }
}
