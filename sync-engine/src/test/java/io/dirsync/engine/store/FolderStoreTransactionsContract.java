package io.dirsync.engine.store;

import static io.dirsync.engine.store.FolderStoreFixture.dots;
import static io.dirsync.engine.store.FolderStoreFixture.vector;
import static io.dirsync.engine.store.Samples.A;
import static io.dirsync.engine.store.Samples.B;
import static io.dirsync.engine.store.Samples.a;
import static io.dirsync.engine.store.Samples.added;
import static io.dirsync.engine.store.Samples.b;
import static io.dirsync.engine.store.Samples.file;
import static io.dirsync.engine.store.Samples.hash;
import static io.dirsync.engine.store.Samples.path;
import static io.dirsync.engine.store.Samples.removed;
import static io.dirsync.engine.store.Samples.shown;
import static io.dirsync.engine.store.Samples.version;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dirsync.conflict.LiveView;
import io.dirsync.engine.store.FolderStore.Durability;
import io.dirsync.engine.store.FolderStore.LogRecord;
import io.dirsync.engine.store.FolderStore.Totals;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.model.Cursor;
import io.dirsync.model.RelativePath;
import io.dirsync.model.VersionVector;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Transactions as a whole: all of one or nothing, now and for the next process. */
interface FolderStoreTransactionsContract extends FolderStoreFixture {
  @Test
  default void aFreshStoreKnowsNothing() {
    assertThat(store().live().get(a(1))).isEmpty();
    assertThat(store().live().at(path("x"))).isEmpty();
    assertThat(store().live().anyBelow(RelativePath.ROOT, _ -> true)).isFalse();
    assertThat(store().record(path("x"))).isEqualTo(PathRecord.empty(path("x")));
    assertThat(below(RelativePath.ROOT)).isEmpty();
    assertThat(store().locations(hash(1), 5)).isEmpty();
    assertThat(store().dirty(null, 5)).isEmpty();
    assertThat(store().totals()).isEqualTo(new Totals(0, 0, 0, 0));
    assertThat(store().floor()).isZero();
    assertThat(store().end()).isZero();
    assertThat(store().vector()).isEqualTo(VersionVector.EMPTY);
    assertThat(store().beyond()).isEmpty();
    assertThat(log(0)).isEmpty();
    assertThat(live(null)).isEmpty();
    assertThat(store().cursor(A)).isEqualTo(Cursor.START);
    assertThat(store().acknowledged("peer")).isZero();
    assertThat(store().meta("name")).isEmpty();
  }

  // One of everything, for the laws over all of a transaction.
  private static void oneOfEverything(Transaction transaction) {
    transaction.put(version(a(1), "d/x"));
    transaction.put(version(a(2), path("d/y"), List.of(b(4)), b(5)));
    transaction.cover(a(2));
    transaction.addBeyond(b(9));
    transaction.put(shown("d/x", file(1, 10)));
    transaction.markDirty(path("d/y"));
    transaction.addLocation(hash(8), path("t/8"));
    transaction.append(added(version(a(1), "d/x")), B, 5);
    transaction.setCursor(B, new Cursor(12, -7));
    transaction.setAcknowledged("peer", 13);
    transaction.setMeta("name", new byte[] {1, 2});
  }

  private void expectOneOfEverything() {
    expectLive(store().live());
    assertThat(store().vector()).isEqualTo(vector(a(2)));
    assertThat(store().beyond()).containsExactly(b(9));
    assertThat(store().record(path("d/x"))).isEqualTo(shown("d/x", file(1, 10)));
    assertThat(children("d")).containsExactly("d/x");
    assertThat(store().dirty(null, 5)).containsExactly(path("d/y"));
    assertThat(store().locations(hash(1), 5)).containsExactly(path("d/x"));
    assertThat(store().locations(hash(8), 5)).containsExactly(path("t/8"));
    assertThat(store().end()).isEqualTo(1);
    assertThat(log(0)).containsExactly(new LogRecord(1, added(version(a(1), "d/x")), B, 5));
    assertThat(store().cursor(B)).isEqualTo(new Cursor(12, -7));
    assertThat(store().acknowledged("peer")).isEqualTo(13);
    assertThat(store().meta("name")).hasValue(new byte[] {1, 2});
    assertThat(store().totals()).isEqualTo(new Totals(1, 10, 0, 0));
  }

  private static void expectLive(LiveView live) {
    assertThat(live.get(a(1))).contains(version(a(1), "d/x"));
    assertThat(dots(live.at(path("d/y")))).containsExactly(a(2));
    assertThat(dots(live.movesFrom(b(5)))).containsExactly(a(2));
    assertThat(dots(live.successorsOf(b(4)))).containsExactly(a(2));
    assertThat(live.anyBelow(path("d"), version -> version.dot().equals(a(2)))).isTrue();
    assertThat(live.anyBelow(path("d"), version -> version.dot().equals(a(3)))).isFalse();
  }

  @Test
  default void aTransactionReadsItsOwnWritesAndNobodyElseDoesBeforeItCommits() throws IOException {
    try (Transaction transaction = store().begin()) {
      oneOfEverything(transaction);

      expectLive(transaction);
      assertThat(transaction.knows(a(1))).isTrue();
      assertThat(transaction.knows(b(9))).isTrue();
      assertThat(transaction.vector()).isEqualTo(vector(a(2)));
      assertThat(transaction.record(path("d/x"))).isEqualTo(shown("d/x", file(1, 10)));
      assertThat(transaction.locations(hash(1), 5)).containsExactly(path("d/x"));
      assertThat(transaction.locations(hash(8), 5)).containsExactly(path("t/8"));
      assertThat(transaction.end()).isEqualTo(1);
      assertThat(transaction.cursor(B)).isEqualTo(new Cursor(12, -7));
      aFreshStoreKnowsNothing();

      transaction.commit(Durability.PROCESS);
    }
    expectOneOfEverything();
  }

  @Test
  default void aDroppedTransactionLeavesNothing() throws IOException {
    try (Transaction transaction = store().begin()) {
      oneOfEverything(transaction);
    }
    aFreshStoreKnowsNothing();
    commit(FolderStoreTransactionsContract::oneOfEverything);
    expectOneOfEverything();

    try (Transaction transaction = store().begin()) {
      transaction.remove(a(1));
      transaction.cover(b(50));
      transaction.put(PathRecord.empty(path("d/x")));
      transaction.clearDirty(path("d/y"));
      transaction.removeLocation(hash(8), path("t/8"));
      transaction.truncateLog(1);
      transaction.setCursor(B, new Cursor(0, -7));
      transaction.setMeta("name", new byte[0]);
    }
    expectOneOfEverything();
  }

  @Test
  default void aTransactionReadsTheNamedValuesThatItHasSet() throws IOException {
    commit(transaction -> transaction.setMeta("name", new byte[] {1}));
    commit(
        transaction -> {
          assertThat(transaction.meta("name")).hasValue(new byte[] {1});
          assertThat(transaction.meta("other")).isEmpty();
          transaction.setMeta("name", new byte[] {2});
          assertThat(transaction.meta("name")).hasValue(new byte[] {2});
          assertThat(store().meta("name")).hasValue(new byte[] {1});
        });
    assertThat(store().meta("name")).hasValue(new byte[] {2});
  }

  @Test
  default void whatWasCommittedIsThereForTheNextProcess() throws IOException {
    commit(FolderStoreTransactionsContract::oneOfEverything);
    reopen();
    expectOneOfEverything();
    commit(transaction -> assertThat(transaction.append(removed(a(1)), null, 6)).isEqualTo(2));
    reopen();
    assertThat(store().end()).isEqualTo(2);
    assertThat(log(1)).containsExactly(new LogRecord(2, removed(a(1)), null, 6));
  }

  @Test
  default void whatIsCommittedCanBeSyncedLater() throws IOException {
    store().sync();
    commit(FolderStoreTransactionsContract::oneOfEverything);
    store().sync();
    store().sync();
    expectOneOfEverything();
  }

  @Test
  default void thereIsOneTransactionAtATimeAndItEndsOnce() throws IOException {
    Transaction first = store().begin();
    assertThatThrownBy(store()::begin).isInstanceOf(IllegalStateException.class);
    first.commit(Durability.DISK);
    assertThatThrownBy(() -> first.commit(Durability.DISK))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> first.put(version(a(1), "x")))
        .isInstanceOf(IllegalStateException.class);

    Transaction second = store().begin();
    first.close();
    assertThatThrownBy(store()::begin).isInstanceOf(IllegalStateException.class);
    second.close();
    store().begin().close();
  }

  @Test
  default void aClosedStoreSaysSo() throws IOException {
    store().close();
    store().close();
    assertThatThrownBy(() -> store().record(path("x"))).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(
            () -> {
              try (Transaction transaction = store().begin()) {
                transaction.put(version(a(1), "x"));
                transaction.commit(Durability.DISK);
              }
            })
        .isInstanceOf(IllegalStateException.class);
  }
}
