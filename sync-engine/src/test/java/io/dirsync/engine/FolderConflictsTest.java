package io.dirsync.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.FolderStore.Durability;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.engine.store.MemoryFolderStore;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.fs.MemoryVolume;
import io.dirsync.model.Attributes;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.Dot;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Version;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * How many conflicts there are on a node that only sends, and keeps the copies of those that went.
 */
final class FolderConflictsTest {
  private static final ReplicaId PEER = new ReplicaId("peer", 1);
  private static final Content FILE =
      new Content.File(ContentHash.of(new byte[ContentHash.BYTES]), 5);
  private static final Attributes PLAIN = new Attributes(0644, 1);

  private final MemoryFolderStore store = new MemoryFolderStore();
  private int readings;
  private final FolderConflicts conflicts =
      new FolderConflicts(
          PlainFolder.settings("www", Path.of("/srv/www"), FolderMode.SEND_ONLY),
          new MemoryVolume(InstantSource.system()),
          watched(),
          _ -> Optional.empty());

  /** The store, counting how often all records are read. */
  private FolderStore watched() {
    return (FolderStore)
        Proxy.newProxyInstance(
            FolderStore.class.getClassLoader(),
            new Class<?>[] {FolderStore.class},
            (_, method, arguments) -> {
              readings += method.getName().equals("withCopies") ? 1 : 0;
              return method.invoke(store, arguments);
            });
  }

  private static Dot dot(int path) {
    return new Dot(PEER, path);
  }

  private static RelativePath path(int number) {
    return RelativePath.of("page" + number);
  }

  private static PathRecord record(int path, boolean copy) {
    return new PathRecord(
        path(path),
        null,
        null,
        copy
            ? List.of(
                new PathRecord.Copy(
                    dot(path), FILE, PLAIN, 1, RelativePath.of(".dirsync/conflicts/" + path)))
            : List.of());
  }

  @BeforeEach
  void keepThree() throws IOException {
    try (Transaction transaction = store.begin()) {
      for (int i = 1; i <= 3; i++) {
        transaction.put(new Version(dot(i), path(i), FILE, PLAIN, 1, List.of(), null, false));
        transaction.put(record(i, true));
      }
      transaction.commit(Durability.DISK);
    }
  }

  @Test
  void conflictsThatWentCountNoMoreAndNotAllRecordsAreReadForThat() throws IOException {
    assertThat(conflicts.count()).isEqualTo(3);
    for (int left = 2; left >= 0; left--) {
      try (Transaction transaction = store.begin()) {
        transaction.remove(dot(left + 1));
        transaction.commit(Durability.DISK);
      }
      assertThat(conflicts.count()).isEqualTo(left).isEqualTo(conflicts.list().size());
    }
    // For the first count, and for each list.
    assertThat(readings).isEqualTo(4);
  }

  @Test
  void onceACopyIsLessThePathsThatHaveOneAreLookedForAnew() throws IOException {
    assertThat(conflicts.count()).isEqualTo(3);
    try (Transaction transaction = store.begin()) {
      transaction.put(record(2, false));
      transaction.commit(Durability.DISK);
    }
    assertThat(conflicts.count()).isEqualTo(2);
    assertThat(conflicts.count()).isEqualTo(2);
    assertThat(readings).isEqualTo(2);
  }
}
