package io.dirsync.conflict;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.model.RelativePath;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Why a path shows what it shows: who, reason, place of each version, the newest first. */
class FateTest {
  static Stream<Arguments> cases() {
    return Stream.of(
        Arguments.of("", "write f x", "", "f", List.of("a SHOWN f")),
        Arguments.of("", "write f x", "write f y", "f", List.of("b SHOWN f", "a OLDER f")),
        Arguments.of("", "write f x", "write f x", "f", List.of("b SHOWN f", "a SHOWN f")),
        Arguments.of(
            "", "write n x", "mkdir n", "n", List.of("b SHOWN n", "a UNDER_A_DIRECTORY n")),
        Arguments.of("write f o", "mv f g", "write f y", "f", List.of("b FOLLOWED_A_MOVE g")),
        Arguments.of(
            "write f o",
            "mv f g",
            "write f y",
            "g",
            List.of("b SHOWN_WHERE_MOVED g", "a EDITED_SINCE g")),
        Arguments.of("write f o", "rm f", "rm f", "f", List.of()));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyVersionIsAccountedFor(
      String before, String onA, String onB, String path, List<String> fates) {
    Replica a = new Replica("a");
    Replica b = new Replica("b");
    new User(a, 0).act(before);
    exchange(a, b);
    new User(a, 100).act(onA);
    new User(b, 1000).act(onB);
    exchange(a, b);
    assertThat(explain(a, path)).isEqualTo(fates);
    assertThat(explain(b, path)).isEqualTo(fates);
  }

  @ParameterizedTest
  @MethodSource("writesOver")
  void aCopyThatWasSeenAndWrittenOverSaysSo(String act, List<String> fates) {
    Replica a = new Replica("a");
    Replica b = new Replica("b");
    new User(a, 0).act("write f x");
    new User(b, 10).act("write f y");
    exchange(a, b);
    new User(b, 1000).act(act);
    assertThat(explain(b, "f")).isEqualTo(fates);
  }

  static Stream<Arguments> writesOver() {
    return Stream.of(
        Arguments.of("write f z", List.of("b SHOWN f", "a WRITTEN_OVER f")),
        Arguments.of("rm f", List.of("a WRITTEN_OVER f")));
  }

  private static List<String> explain(Replica node, String path) {
    return Renderer.explain(node.state, RelativePath.of(path)).stream()
        .map(fate -> fate.version().dot().replica().node() + " " + fate.reason() + " " + fate.at())
        .toList();
  }

  private static void exchange(Replica a, Replica b) {
    for (int round = 0; round < 2; round++) {
      a.read(b, Integer.MAX_VALUE);
      b.read(a, Integer.MAX_VALUE);
    }
    a.show(Integer.MAX_VALUE);
    b.show(Integer.MAX_VALUE);
  }
}
