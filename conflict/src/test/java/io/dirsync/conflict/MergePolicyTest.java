package io.dirsync.conflict;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MergePolicyTest {
  @ParameterizedTest
  @ValueSource(strings = {"newest", "union", "text", "manual", "prefer:web1"})
  void aPolicyIsReadAsItIsWritten(String text) {
    assertThat(MergePolicy.parse(text)).hasToString("Optional[" + text + "]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Newest", "prefer", "prefer:", "keep-both"})
  void othersAreNone(String text) {
    assertThat(MergePolicy.parse(text)).isEmpty();
  }

  @Test
  void onlySomeEndConflictsByThemselves() {
    assertThat(new MergePolicy.Newest().settles()).isFalse();
    assertThat(new MergePolicy.Manual().settles()).isFalse();
    assertThat(new MergePolicy.Prefer("web1").settles()).isTrue();
  }
}
