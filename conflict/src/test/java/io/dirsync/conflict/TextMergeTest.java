package io.dirsync.conflict;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class TextMergeTest {
  private static final String OVERLAP = "overlap";

  static Stream<Arguments> cases() {
    return Stream.of(
        argumentSet("apart", "abcde", "xbcde", "abcdy", "xbcdy"),
        argumentSet("the same line", "abc", "axc", "ayc", OVERLAP),
        argumentSet("touching lines", "abcd", "axcd", "abyd", OVERLAP),
        argumentSet("the same change", "abc", "axc", "axc", "axc"),
        argumentSet("one has changed nothing", "abc", "abc", "axc", "axc"),
        argumentSet("removed and appended", "abcde", "bcde", "abcdez", "bcdez"),
        argumentSet("removed and changed", "abc", "ac", "axc", OVERLAP),
        argumentSet("both append", "ab", "abx", "aby", OVERLAP),
        argumentSet("emptied and changed", "abc", "", "abx", OVERLAP));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void whatEachHasChangedIsPutTogetherWhicheverComesFirst(
      String ancestor, String one, String other, String merged) {
    assertThat(merge(ancestor, List.of(one, other))).isEqualTo(merged);
    assertThat(merge(ancestor, List.of(other, one))).isEqualTo(merged);
  }

  @Test
  void aLastLineWithoutLineFeedNeverRunsIntoAnother() {
    assertThat(TextMerge.of(bytes("a\nb\nc"), List.of(bytes("x\nb\nc"), bytes("a\nb\nc\nd"))))
        .isInstanceOfSatisfying(
            TextMerge.Result.Merged.class,
            merged -> assertThat(new String(merged.bytes(), UTF_8)).isEqualTo("x\nb\nc\nd"));
  }

  @Test
  void whatIsNoTextOrTooLongIsNotMerged() {
    byte[] text = bytes("a\n");
    for (byte[] other : List.of(new byte[] {'a', 0}, new byte[TextMerge.BYTES_MAX + 1])) {
      assertThat(TextMerge.of(text, List.of(text, other)))
          .isInstanceOf(TextMerge.Result.NoText.class);
      assertThat(TextMerge.of(other, List.of(text, text)))
          .isInstanceOf(TextMerge.Result.NoText.class);
    }
  }

  @Test
  void theOrderOfTheSidesDoesNotMatter() {
    Random random = new Random(20261129);
    int merged = 0;
    for (int i = 0; i < 2_000; i++) {
      String ancestor = "abcdefghijklmnopqrstuvwxyz".substring(random.nextInt(10));
      List<String> sides = new ArrayList<>();
      int count = 2 + random.nextInt(2);
      for (int each = 0; each < count; each++) {
        sides.add(edited(ancestor, random));
      }
      String result = merge(ancestor, sides);
      merged += result.equals(OVERLAP) ? 0 : 1;
      Collections.shuffle(sides, random);
      assertThat(merge(ancestor, sides)).isEqualTo(result);
    }
    assertThat(merged).isBetween(200, 1_900);
  }

  private static String edited(String text, Random random) {
    StringBuilder edited = new StringBuilder(text);
    for (int change = random.nextInt(3); change >= 0; change--) {
      int at = random.nextInt(edited.length());
      switch (random.nextInt(3)) {
        case 0 -> edited.setCharAt(at, (char) ('A' + random.nextInt(26)));
        case 1 -> edited.deleteCharAt(at);
        default -> edited.insert(at, (char) ('A' + random.nextInt(26)));
      }
    }
    return edited.toString();
  }

  /** Letters stand for lines. */
  private static String merge(String ancestor, List<String> sides) {
    return switch (TextMerge.of(User.bytes(ancestor), sides.stream().map(User::bytes).toList())) {
      case TextMerge.Result.Merged(byte[] bytes) -> User.letters(bytes);
      case TextMerge.Result.Overlap _ -> OVERLAP;
      case TextMerge.Result.NoText _ -> "no text";
    };
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
