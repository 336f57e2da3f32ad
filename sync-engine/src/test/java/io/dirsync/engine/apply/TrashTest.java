package io.dirsync.engine.apply;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.engine.Layout;
import io.dirsync.engine.OneThread;
import io.dirsync.fs.MemoryVolume;
import io.dirsync.model.RelativePath;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class TrashTest {
  private static final Duration KEEP = Duration.ofDays(30);
  private static final Instant REMOVED = Instant.parse("2026-11-01T12:34:56Z");

  private final MemoryVolume volume = new MemoryVolume(new OneThread().clock());
  private final Trash trash = new Trash(volume);

  @BeforeEach
  void makeDirectories() throws IOException {
    Layout.create(volume);
  }

  private RelativePath keep(String path, Instant now) throws IOException {
    volume.user().write(path.getBytes(UTF_8), path.getBytes(UTF_8));
    RelativePath kept = RelativePath.of(path);
    return trash.keep(kept, kept, now);
  }

  private boolean has(RelativePath path) throws IOException {
    return volume.stat(path.bytes()).isPresent();
  }

  @Test
  void whatWasRemovedLiesThereUnderItsDayAndNameAsOftenAsItWasRemoved() throws IOException {
    volume.user().mkdir("d".getBytes(UTF_8));
    RelativePath one = keep("d/page", REMOVED);
    RelativePath other = keep("d/page", REMOVED);
    assertThat(one.toString()).startsWith(".dirsync/trash/2026-11-01/d/page~123456.");
    assertThat(other).isNotEqualTo(one);
    assertThat(has(one)).isTrue();
    assertThat(has(other)).isTrue();
    assertThat(has(RelativePath.of("d/page"))).isFalse();
  }

  @Test
  void itStaysForTheTimeThatIsAskedForAndGoesThenAndNothingElseDoes() throws IOException {
    RelativePath old = keep("page", REMOVED);
    RelativePath late = keep("late", REMOVED.plus(Duration.ofDays(2)));
    byte[] own = ".dirsync/trash/by-hand".getBytes(UTF_8);
    volume.user().write(own, own);

    assertThat(trash.expire(REMOVED.plus(KEEP), KEEP)).isZero();
    assertThat(has(old)).isTrue();

    assertThat(trash.expire(REMOVED.plus(KEEP).plus(Duration.ofDays(1)), KEEP)).isOne();
    assertThat(has(old)).isFalse();
    assertThat(has(late)).isTrue();
    assertThat(volume.stat(own)).as("what people have put there").isPresent();
  }
}
