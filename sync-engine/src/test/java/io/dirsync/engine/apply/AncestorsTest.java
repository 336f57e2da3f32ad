package io.dirsync.engine.apply;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.conflict.TextMerge;
import io.dirsync.engine.Layout;
import io.dirsync.engine.scan.ContentHasher;
import io.dirsync.engine.store.Fingerprint;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.MemoryFolderStore;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.fs.MemoryVolume;
import io.dirsync.model.Attributes;
import io.dirsync.model.Content;
import io.dirsync.model.Dot;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Shown;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class AncestorsTest {
  private static final Instant NOW = Instant.parse("2026-11-29T12:00:00Z");
  private static final ReplicaId REPLICA = new ReplicaId("a", 5);

  private final MemoryVolume volume = new MemoryVolume(() -> NOW);
  private final FolderStore store = new MemoryFolderStore();

  @BeforeEach
  void makeDirectories() throws IOException {
    volume.mkdir(Layout.PRIVATE.bytes(), 0700);
    volume.mkdir(Layout.STAGING.bytes(), 0700);
  }

  private Ancestors opened(long bytesMax) throws IOException {
    Ancestors ancestors = new Ancestors(volume, store, bytesMax);
    ancestors.open();
    return ancestors;
  }

  private static Content.File file(String text) {
    byte[] bytes = text.getBytes(UTF_8);
    return new Content.File(ContentHasher.hash(bytes), bytes.length);
  }

  private static void hold(Ancestors ancestors, String text) throws IOException {
    ancestors.hold(file(text), text.getBytes(UTF_8), NOW);
  }

  private static String read(Ancestors ancestors, String text) throws IOException {
    return ancestors.read(file(text)).map(bytes -> new String(bytes, UTF_8)).orElse("nothing");
  }

  @Test
  void whatIsKeptIsReadBackAlsoByTheNextProcess() throws IOException {
    hold(opened(1 << 20), "text");
    Ancestors next = opened(1 << 20);
    assertThat(read(next, "text")).isEqualTo("text");
    assertThat(next.files()).isEqualTo(1);
    assertThat(next.bytes()).isEqualTo(4 + 4096);
    assertThat(read(next, "other")).isEqualTo("nothing");
  }

  @Test
  void whatWasDamagedIsNotGivenOutAndCanBeKeptAgain() throws IOException {
    Ancestors ancestors = opened(1 << 20);
    hold(ancestors, "text");
    byte[] place = Layout.ANCESTORS.child(file("text").hash().toString()).bytes();
    for (String damaged : new String[] {"tex", "TEXT"}) {
      volume.user().write(place, damaged.getBytes(UTF_8));
      assertThat(read(ancestors, "text")).isEqualTo("nothing");
      assertThat(ancestors.files()).isZero();
      assertThat(ancestors.bytes()).isZero();
      hold(ancestors, "text");
      assertThat(read(ancestors, "text")).isEqualTo("text");
    }
  }

  @Test
  void whatWasKeptFirstGoesFirstWhenTheBoundIsReached() throws IOException {
    Ancestors ancestors = opened(3 * (4096 + 1));
    for (String text : new String[] {"1", "2", "3", "4"}) {
      hold(ancestors, text);
    }
    assertThat(read(ancestors, "1")).isEqualTo("nothing");
    assertThat(read(ancestors, "2")).isEqualTo("2");
    assertThat(ancestors.files()).isEqualTo(3);
    assertThat(volume.stat(Layout.ANCESTORS.child(file("1").hash().toString()).bytes())).isEmpty();
    assertThat(opened(1 << 20).files()).isEqualTo(3);
  }

  @Test
  void whatIsTooLongToBeMergedIsNotKept() throws IOException {
    Ancestors ancestors = opened(1 << 30);
    hold(ancestors, "x".repeat(TextMerge.BYTES_MAX));
    hold(ancestors, "x".repeat(TextMerge.BYTES_MAX + 1));
    assertThat(ancestors.files()).isEqualTo(1);
  }

  @Test
  void whatAFileStillHoldsOutlivesItsTime() throws IOException {
    Ancestors ancestors = opened(1 << 20);
    hold(ancestors, "gone");
    hold(ancestors, "shown");
    try (FolderStore.Transaction transaction = store.begin()) {
      Shown shown =
          new Shown(file("shown"), new Attributes(0644, 0), Set.of(new Dot(REPLICA, 1)), Set.of());
      transaction.put(
          new PathRecord(
              RelativePath.of("f"),
              shown,
              new Fingerprint(1, 5, 0, 0, false),
              java.util.List.of()));
      transaction.commit(FolderStore.Durability.PROCESS);
    }
    assertThat(ancestors.expire(NOW.plus(Ancestors.KEEP))).isZero();
    assertThat(ancestors.expire(NOW.plus(Ancestors.KEEP).plus(Duration.ofSeconds(1)))).isEqualTo(1);
    assertThat(read(ancestors, "gone")).isEqualTo("nothing");
    assertThat(read(ancestors, "shown")).isEqualTo("shown");
  }

  @Test
  void whatAWriteHadPutIsKnownAlsoToTheNextProcessAndForgottenOnlyAfterManyOthers()
      throws IOException {
    Ancestors ancestors = opened(1 << 20);
    int writes = 20_000;
    try (FolderStore.Transaction transaction = store.begin()) {
      for (int i = 1; i <= writes; i++) {
        ancestors.note(transaction, Set.of(new Dot(REPLICA, i)), file("text " + i));
      }
      assertThat(ancestors.writtenBy(new Dot(REPLICA, writes))).contains(file("text " + writes));
      transaction.commit(FolderStore.Durability.PROCESS);
      ancestors.committed();
    }
    assertThat(ancestors.writtenBy(new Dot(REPLICA, 1))).contains(file("text 1"));
    Ancestors next = opened(1 << 20);
    for (int i = 1; i <= writes; i++) {
      assertThat(next.writtenBy(new Dot(REPLICA, i))).contains(file("text " + i));
    }
    assertThat(next.writtenBy(new Dot(REPLICA, writes + 1))).isEmpty();
  }
}
