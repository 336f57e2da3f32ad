package io.dirsync.engine.recovery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.conflict.Merge;
import io.dirsync.engine.scan.ContentHasher;
import io.dirsync.engine.store.Fingerprint;
import io.dirsync.engine.store.FolderStore.Durability;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.engine.store.MemoryFolderStore;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.fs.MemoryVolume;
import io.dirsync.model.Attributes;
import io.dirsync.model.Content;
import io.dirsync.model.Dot;
import io.dirsync.model.Event;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Shown;
import io.dirsync.model.Version;
import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is recorded of a file whose name dirsync had changed when it was killed. */
final class UnrecordedMovesTest {
  private static final RelativePath OLD = RelativePath.of("old");
  private static final RelativePath NEW = RelativePath.of("new");
  private static final Dot DOT = new Dot(new ReplicaId("peer", 7), 1);
  private static final Content.File CONTENT =
      new Content.File(ContentHasher.hash("content".getBytes(UTF_8)), 7);
  private static final Attributes ATTRIBUTES = new Attributes(0644, 5);

  private final MemoryVolume volume = new MemoryVolume(InstantSource.system());
  private final MemoryFolderStore store = new MemoryFolderStore();

  @BeforeEach
  void recordTheFileAtItsOldName() throws IOException {
    volume.user().write(OLD.bytes(), "content".getBytes(UTF_8));
    Fingerprint fingerprint = Fingerprint.of(volume.stat(OLD.bytes()).orElseThrow(), false);
    Shown shown = new Shown(CONTENT, ATTRIBUTES, Set.of(DOT), Set.of());
    try (Transaction transaction = store.begin()) {
      transaction.put(new PathRecord(OLD, shown, fingerprint, List.of()));
      transaction.markDirty(OLD);
      transaction.markDirty(NEW);
      transaction.commit(Durability.DISK);
    }
  }

  private boolean isForgotten() throws IOException {
    new UnrecordedMoves(volume, store).forget();
    return store.record(OLD).shown() == null;
  }

  @Test
  void whatWasMovedIsNotShownAtItsOldNameWhoeverHasWrittenThereSince() throws IOException {
    volume.rename(OLD.bytes(), NEW.bytes());
    volume.user().write(OLD.bytes(), "another".getBytes(UTF_8));
    assertThat(isForgotten()).isTrue();
  }

  @Test
  void whatStandsAtItsOldNameIsShownThere() throws IOException {
    assertThat(isForgotten()).isFalse();
  }

  @Test
  void whatSomebodyHasReplacedIsStillWhatWasSeenThere() throws IOException {
    volume.user().write(OLD.bytes(), "an edit".getBytes(UTF_8));
    volume.user().write(NEW.bytes(), "another".getBytes(UTF_8));
    assertThat(isForgotten()).isFalse();
  }

  /** Somebody has moved it, who is to be told from dirsync. */
  @Test
  void whatIsStillWantedAtItsOldNameWasNotMovedByDirsync() throws IOException {
    try (Transaction transaction = store.begin()) {
      Version wanted = new Version(DOT, OLD, CONTENT, ATTRIBUTES, 5, List.of(), null, false);
      Merge.take(transaction, new Event(List.of(wanted), Set.of(), Set.of()), true);
      transaction.commit(Durability.DISK);
    }
    volume.rename(OLD.bytes(), NEW.bytes());
    volume.user().write(OLD.bytes(), "another".getBytes(UTF_8));
    assertThat(isForgotten()).isFalse();
  }
}
