package io.dirsync.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.daemon.TextDiff.Result;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class TextDiffTest {
  private static Result compare(String old, String now) {
    return compare(old.getBytes(StandardCharsets.UTF_8), now.getBytes(StandardCharsets.UTF_8));
  }

  private static Result compare(byte[] old, byte[] now) {
    return TextDiff.compare("a", old, "b", now);
  }

  @Test
  void showsTheLinesThatDifferAsDiffDoes() {
    assertThat(compare("one\ntwo\nthree\n", "one\n2\nthree\n"))
        .isEqualTo(
            new Result.Lines(
                List.of("--- a", "+++ b", "@@ -1,3 +1,3 @@", " one", "-two", "+2", " three")));
  }

  @Test
  void comparesWithAnEmptyFile() {
    assertThat(compare("", "new\n"))
        .isEqualTo(new Result.Lines(List.of("--- a", "+++ b", "@@ -0,0 +1 @@", "+new")));
  }

  @Test
  void tellsAMissingNewlineAtTheEnd() {
    assertThat(compare("x\n", "x"))
        .isEqualTo(
            new Result.Lines(
                List.of(
                    "--- a", "+++ b", "@@ -1 +1 @@", "-x", "+x", "\\ No newline at end of file")));
  }

  @Test
  void equalTextsHaveNoLines() {
    assertThat(compare("same\n", "same\n")).isEqualTo(new Result.Lines(List.of()));
  }

  @Test
  void whatIsNoTextIsCalledBinary() {
    Result binary = new Result.Not("binary");
    assertThat(compare(new byte[] {'a', 0, 'b'}, new byte[] {'a'})).isEqualTo(binary);
    assertThat(compare(new byte[] {'a'}, new byte[] {(byte) 0xff, (byte) 0xfe})).isEqualTo(binary);
  }

  @Test
  void whatIsTooLongIsNotCompared() {
    assertThat(compare(new byte[TextDiff.BYTES_MAX + 1], new byte[] {'a'}))
        .isEqualTo(new Result.Not("longer than 1 MiB"));
  }

  @Test
  void comparesTheLongestThatHaveNothingInCommon() {
    int lines = TextDiff.BYTES_MAX / 2;
    String one = "a\n".repeat(lines);
    String other = "b\n".repeat(lines);
    assertThat(compare(one, other))
        .isInstanceOfSatisfying(
            Result.Lines.class, diff -> assertThat(diff.lines()).hasSize(3 + 2 * lines));
  }
}
