package io.dirsync.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.model.ContentHash;
import org.junit.jupiter.api.Test;

final class RecentContentsTest {
  private final RecentContents recent = new RecentContents(10);

  private static ContentHash hash(long number) {
    return new ContentHash(number, 0, 0, 0);
  }

  @Test
  void whatHasComeIsUnusedUntilItIsUsed() {
    recent.receive(hash(1), new byte[4]);
    recent.receive(hash(1), new byte[4]);
    recent.put(hash(2), new byte[3]);
    assertThat(recent.unusedBytes()).isEqualTo(4);
    assertThat(recent.get(hash(1))).isPresent();
    assertThat(recent.unusedBytes()).isEqualTo(4);
    assertThat(recent.use(hash(1))).isPresent();
    assertThat(recent.use(hash(1))).isPresent();
    assertThat(recent.unusedBytes()).isZero();
  }

  @Test
  void theOldestIsDroppedAndIsNotWaitedFor() {
    recent.receive(hash(1), new byte[4]);
    recent.receive(hash(2), new byte[4]);
    recent.receive(hash(3), new byte[4]);
    assertThat(recent.get(hash(1))).isEmpty();
    assertThat(recent.unusedBytes()).isEqualTo(8);
    recent.receive(hash(4), new byte[11]);
    assertThat(recent.get(hash(4))).isEmpty();
    assertThat(recent.unusedBytes()).isZero();
  }
}
