package io.dirsync.engine.scan;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.engine.store.Fingerprint;
import io.dirsync.engine.store.FolderStore.Durability;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.engine.store.MemoryFolderStore;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.model.Attributes;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** An observation speaks of what was recorded when it was made. */
final class RecorderTest {
  private static final ReplicaId REPLICA = new ReplicaId("a", 1);
  private static final long NOW_NANOS = 1_000_000_000L;
  private static final RelativePath FILE = RelativePath.of("file");
  private static final RelativePath OTHER = RelativePath.of("other");

  private final MemoryFolderStore store = new MemoryFolderStore();

  private boolean record(Observation observation) throws IOException {
    try (Transaction transaction = store.begin()) {
      boolean counts =
          new Recorder(transaction, REPLICA, NOW_NANOS, _ -> false).record(observation);
      transaction.commit(Durability.PROCESS);
      return counts;
    }
  }

  private static Observation.Present seen(PathRecord basis, long content) {
    return new Observation.Present(
        basis.path(),
        basis,
        new Content.File(new ContentHash(content, 0, 0, 0), 1),
        new Attributes(0644, content),
        new Fingerprint(content, 1, content, content, false),
        null);
  }

  @Test
  void whatWasSeenBeforeThePathWasRecordedAnewSaysNothing() throws IOException {
    PathRecord nothing = PathRecord.empty(FILE);
    assertThat(record(seen(nothing, 1))).isTrue();
    PathRecord recorded = store.record(FILE);
    assertThat(record(seen(nothing, 2))).isFalse();
    assertThat(record(new Observation.Absent(FILE, nothing))).isFalse();
    assertThat(store.record(FILE)).isEqualTo(recorded);
    assertThat(store.end()).isEqualTo(1);

    assertThat(record(seen(recorded, 2))).isTrue();
    assertThat(store.record(FILE)).isNotEqualTo(recorded);
  }

  @Test
  void aMoveFromWhatWasRecordedAnewSaysNothing() throws IOException {
    record(seen(PathRecord.empty(FILE), 1));
    PathRecord source = store.record(FILE);
    record(seen(source, 2));
    Observation.Present there = seen(PathRecord.empty(OTHER), 1);
    assertThat(
            record(
                new Observation.Moved(
                    OTHER, there.basis(), source, there.attributes(), there.fingerprint())))
        .isFalse();
    assertThat(store.record(OTHER).shown()).isNull();
    assertThat(store.record(FILE).shown()).isNotNull();
  }

  @Test
  void whatAJobChangesBelowARemovedDirectoryStaysRecordedUntilThatHasEnded() throws IOException {
    RelativePath directory = RelativePath.of("directory");
    RelativePath changing = RelativePath.of("directory/changing");
    RelativePath idle = RelativePath.of("directory/idle");
    record(seen(PathRecord.empty(changing), 1));
    record(seen(PathRecord.empty(idle), 2));
    PathRecord before = store.record(changing);
    try (Transaction transaction = store.begin()) {
      Recorder recorder = new Recorder(transaction, REPLICA, NOW_NANOS, changing::equals);
      assertThat(recorder.record(new Observation.Absent(directory, PathRecord.empty(directory))))
          .isTrue();
      assertThat(recorder.left()).containsExactly(changing);
      transaction.commit(Durability.PROCESS);
    }
    assertThat(store.record(idle).shown()).isNull();
    assertThat(store.record(changing)).isEqualTo(before);
  }
}
