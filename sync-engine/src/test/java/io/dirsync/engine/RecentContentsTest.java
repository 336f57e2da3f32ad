package io.dirsync.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.model.ContentHash;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
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

  @Test
  void whatIsKeptIsWhatCameLastByteForByteHoweverLongItIs() {
    int bytesMax = 700_000;
    RecentContents many = new RecentContents(bytesMax);
    SplittableRandom random = new SplittableRandom(5);
    Map<ContentHash, byte[]> last = new LinkedHashMap<>();
    for (int number = 1; number <= 500; number++) {
      byte[] content = new byte[random.nextInt(random.nextInt(20) == 0 ? 300_000 : 9_000)];
      random.nextBytes(content);
      many.put(hash(number), content);
      last.put(hash(number), content.clone());
      Arrays.fill(content, (byte) 0);
      var eldest = last.values().iterator();
      while (last.values().stream().mapToLong(each -> each.length).sum() > bytesMax) {
        eldest.next();
        eldest.remove();
      }
      assertThat(many.get(hash(number - last.size()))).isEmpty();
    }
    last.forEach((hash, content) -> assertThat(many.use(hash)).hasValue(content));
  }
}
