package io.dirsync.engine.store;

import static io.dirsync.engine.store.Samples.A;
import static io.dirsync.engine.store.Samples.a;
import static io.dirsync.engine.store.Samples.removed;
import static io.dirsync.engine.store.Samples.version;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dirsync.engine.store.FolderStore.Durability;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.model.Dot;
import java.io.IOException;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class MemoryFolderStoreTest extends FolderStoreContractTest {
  @Override
  FolderStore fresh() {
    return new MemoryFolderStore();
  }

  @Override
  FolderStore reopened() {
    return ((MemoryFolderStore) store).afterKill();
  }

  private static void append(FolderStore store, long counter, Durability durability)
      throws IOException {
    try (Transaction transaction = store.begin()) {
      transaction.append(removed(a(counter)), null, counter);
      transaction.commit(durability);
    }
  }

  @Test
  void aPowerCutTakesBackSomeOfTheLastCommitsButNoneThatWasSynced() throws IOException {
    Set<Long> ends = new HashSet<>();
    for (int seed = 0; seed < 200; seed++) {
      MemoryFolderStore before = new MemoryFolderStore();
      append(before, 1, Durability.PROCESS);
      append(before, 2, Durability.DISK);
      append(before, 3, Durability.PROCESS);
      append(before, 4, Durability.PROCESS);
      try (MemoryFolderStore after = before.afterPowerCut(new Random(seed))) {
        ends.add(after.end());
        long synced = after.end() + 1;
        append(after, synced, Durability.DISK);
        try (MemoryFolderStore later = after.afterPowerCut(new Random(seed))) {
          assertThat(later.end()).isEqualTo(synced);
        }
      }
    }
    assertThat(ends).containsExactlyInAnyOrder(2L, 3L, 4L);
  }

  @Test
  void aPowerCutTakesNothingBackThatWasSyncedLater() throws IOException {
    for (int seed = 0; seed < 20; seed++) {
      MemoryFolderStore before = new MemoryFolderStore();
      append(before, 1, Durability.PROCESS);
      append(before, 2, Durability.PROCESS);
      before.sync();
      try (MemoryFolderStore after = before.afterPowerCut(new Random(seed))) {
        assertThat(after.end()).isEqualTo(2);
      }
    }
  }

  @Test
  void aPowerCutGivesNoDotBack() throws IOException {
    MemoryFolderStore before = new MemoryFolderStore();
    Dot dropped;
    try (Transaction transaction = before.begin()) {
      transaction.nextDot(A);
      dropped = transaction.nextDot(A);
    }
    try (MemoryFolderStore after = before.afterPowerCut(new Random(1));
        Transaction transaction = after.begin()) {
      assertThat(transaction.nextDot(A)).isGreaterThan(dropped);
    }
  }

  @Test
  void theStoreBeforeACrashIsClosed() throws IOException {
    MemoryFolderStore before = new MemoryFolderStore();
    Transaction open = before.begin();
    open.put(version(a(1), "x"));
    try (MemoryFolderStore after = before.afterKill()) {
      assertThatThrownBy(before::end).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> open.commit(Durability.DISK))
          .isInstanceOf(IllegalStateException.class);
      assertThat(after.live().get(a(1))).isEmpty();
    }
  }

  @Test
  void aFailedCommitChangesNothingAndReadsGoOn() throws IOException {
    MemoryFolderStore failing = (MemoryFolderStore) store;
    append(failing, 1, Durability.DISK);
    failing.failCommits("no space left");
    assertThatThrownBy(() -> append(failing, 2, Durability.PROCESS))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no space left");
    assertThat(failing.end()).isEqualTo(1);
    try (Transaction transaction = failing.begin()) {
      assertThat(transaction.end()).isEqualTo(1);
    }
  }
}
