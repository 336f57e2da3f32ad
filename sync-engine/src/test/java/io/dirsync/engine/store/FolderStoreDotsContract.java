package io.dirsync.engine.store;

import static io.dirsync.engine.store.FolderStoreFixture.vector;
import static io.dirsync.engine.store.Samples.A;
import static io.dirsync.engine.store.Samples.B;
import static io.dirsync.engine.store.Samples.a;
import static io.dirsync.engine.store.Samples.b;
import static io.dirsync.engine.store.Samples.version;
import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.engine.store.FolderStore.Durability;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.model.Dot;
import io.dirsync.model.ReplicaId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Which dots are known, and which are handed out. */
interface FolderStoreDotsContract extends FolderStoreFixture {
  @Test
  default void aDotIsKnownIfItIsCoveredOrLiveOrRemovedBeyondTheVector() throws IOException {
    commit(
        transaction -> {
          transaction.cover(a(3));
          transaction.put(version(a(7), "x"));
          transaction.addBeyond(a(9));
        });
    reopen();
    commit(
        transaction -> {
          List<Long> known =
              LongStream.rangeClosed(1, 11).filter(n -> transaction.knows(a(n))).boxed().toList();
          assertThat(known).containsExactly(1L, 2L, 3L, 7L, 9L);
          assertThat(transaction.knows(new Dot(new ReplicaId("stranger", 1), 1))).isFalse();
        });
  }

  @Test
  default void whatIsUncoveredIsKnownOnlyIfItIsLive() throws IOException {
    commit(
        transaction -> {
          transaction.cover(a(5));
          transaction.cover(b(2));
          transaction.put(version(a(4), "x"));
        });
    commit(
        transaction -> {
          transaction.uncover(a(1).replica(), 2);
          transaction.uncover(a(1).replica(), 3);
          transaction.uncover(b(1).replica(), 0);
          assertThat(transaction.vector()).isEqualTo(vector(a(2)));
        });
    assertThat(store().vector()).isEqualTo(vector(a(2)));
    reopen();
    assertThat(store().vector()).isEqualTo(vector(a(2)));
    commit(
        transaction -> {
          List<Long> known =
              LongStream.rangeClosed(1, 6).filter(n -> transaction.knows(a(n))).boxed().toList();
          assertThat(known).containsExactly(1L, 2L, 4L);
          transaction.cover(a(3));
          transaction.cover(b(1));
          assertThat(transaction.vector()).isEqualTo(vector(a(3), b(1)));
        });
    assertThat(store().vector()).isEqualTo(vector(a(3), b(1)));
  }

  @Test
  default void coveringDropsWhatItMakesSuperfluousAndNeverLowers() throws IOException {
    commit(
        transaction -> {
          transaction.addBeyond(a(2));
          transaction.addBeyond(a(5));
          transaction.addBeyond(b(3));
        });
    commit(
        transaction -> {
          transaction.addBeyond(a(4));
          transaction.cover(a(4));
          transaction.cover(a(1));
          transaction.addBeyond(a(3));
          assertThat(transaction.vector()).isEqualTo(vector(a(4)));
          assertThat(transaction.knows(a(2))).isTrue();
        });
    assertThat(store().vector()).isEqualTo(vector(a(4)));
    assertThat(store().beyond()).containsExactlyInAnyOrder(a(5), b(3));
    reopen();
    assertThat(store().vector()).isEqualTo(vector(a(4)));
    assertThat(store().beyond()).containsExactlyInAnyOrder(a(5), b(3));
    commit(
        transaction -> {
          transaction.cover(b(3));
          transaction.cover(a(5));
        });
    assertThat(store().vector()).isEqualTo(vector(a(5), b(3)));
    assertThat(store().beyond()).isEmpty();
  }

  @Test
  default void noDotIsHandedOutTwice() throws IOException {
    Set<Dot> seen = new HashSet<>();
    long last = 0;
    for (int round = 0; round < 4; round++) {
      for (boolean drop : new boolean[] {true, false}) {
        try (Transaction transaction = store().begin()) {
          for (int i = 0; i < 3_000; i++) {
            Dot dot = transaction.nextDot(A);
            assertThat(seen.add(dot)).isTrue();
            assertThat(dot.counter()).isGreaterThan(last);
            last = dot.counter();
          }
          assertThat(transaction.knows(new Dot(A, last))).as("not yet covered").isFalse();
          if (!drop) {
            transaction.commit(Durability.PROCESS);
          }
        }
      }
      reopen();
    }
    commit(transaction -> assertThat(transaction.nextDot(B)).isEqualTo(b(1)));
  }

  @Test
  default void theNextDotIsBehindEveryOwnDotThatIsKnown() throws IOException {
    commit(
        transaction -> {
          transaction.cover(a(10_000));
          assertThat(transaction.nextDot(A)).isEqualTo(a(10_001));
        });
  }

  @Test
  default void whoIsToldOfReservedCountersIsToldBeforeTheFirstOfEachBlock() throws IOException {
    List<Long> told = new ArrayList<>();
    long[] last = {0};
    store().onReserving(_ -> told.add(last[0]));
    commit(
        transaction -> {
          for (int i = 0; i < DotReservations.BLOCK + 1; i++) {
            last[0] = transaction.nextDot(A).counter();
          }
        });
    assertThat(told).containsExactly(0L, (long) DotReservations.BLOCK);
    reopen();
    store().onReserving(transaction -> transaction.setMeta("told", new byte[] {1}));
    commit(transaction -> transaction.nextDot(A));
    assertThat(store().meta("told")).as("within the transaction").isPresent();
  }
}
