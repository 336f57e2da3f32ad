package io.dirsync.engine.store;

import static io.dirsync.engine.store.FolderStoreFixture.dots;
import static io.dirsync.engine.store.FolderStoreFixture.vector;
import static io.dirsync.engine.store.Samples.A;
import static io.dirsync.engine.store.Samples.B;
import static io.dirsync.engine.store.Samples.C;
import static io.dirsync.engine.store.Samples.a;
import static io.dirsync.engine.store.Samples.added;
import static io.dirsync.engine.store.Samples.b;
import static io.dirsync.engine.store.Samples.c;
import static io.dirsync.engine.store.Samples.chmod;
import static io.dirsync.engine.store.Samples.path;
import static io.dirsync.engine.store.Samples.removed;
import static io.dirsync.engine.store.Samples.version;
import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.model.AttributeChange;
import io.dirsync.model.Cursor;
import io.dirsync.model.Dot;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Version;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The live set: versions and changes of attributes, by dot, by path and by what they came from. */
interface FolderStoreLiveSetContract extends FolderStoreFixture {
  @Test
  default void anEntryReplacesTheOneWithItsDot() throws IOException {
    Version moved = version(a(3), path("new"), List.of(a(1), a(2)), a(1));
    commit(transaction -> transaction.put(moved));
    assertThat(store().live().movesFrom(a(1))).containsExactly(moved);

    commit(transaction -> transaction.put(moved.shelve()));

    assertThat(store().live().at(path("new"))).containsExactly(moved.shelve());
    assertThat(store().live().get(a(3))).contains(moved.shelve());
    assertThat(store().live().movesFrom(a(1))).as("shelved ones are no moves").isEmpty();
    assertThat(store().live().successorsOf(a(1))).containsExactly(moved.shelve());
    assertThat(store().live().successorsOf(a(2))).containsExactly(moved.shelve());

    commit(transaction -> transaction.remove(a(3)));
    assertThat(store().live().at(path("new"))).isEmpty();
    assertThat(store().live().successorsOf(a(1))).isEmpty();
    assertThat(store().live().anyBelow(RelativePath.ROOT, _ -> true)).isFalse();
  }

  @Test
  default void aPathHoldsManyEntriesOfManyKinds() throws IOException {
    Version ours = version(a(1), path("x"), List.of(c(1)), c(1));
    Version theirs = version(b(1), path("x"), List.of(c(1)), c(1));
    AttributeChange change = chmod(c(2), "x");
    commit(
        transaction -> {
          transaction.put(ours);
          transaction.put(theirs);
          transaction.put(change);
        });
    assertThat(store().live().at(path("x"))).containsExactlyInAnyOrder(ours, theirs, change);
    assertThat(store().live().movesFrom(c(1))).containsExactlyInAnyOrder(ours, theirs);
    assertThat(store().live().successorsOf(c(1))).containsExactlyInAnyOrder(ours, theirs);
    assertThat(store().live().get(c(2))).contains(change);

    commit(
        transaction -> {
          transaction.remove(a(1));
          transaction.remove(a(99));
          assertThat(transaction.at(path("x"))).containsExactlyInAnyOrder(theirs, change);
          assertThat(transaction.movesFrom(c(1))).containsExactly(theirs);
        });
    assertThat(store().live().at(path("x"))).containsExactlyInAnyOrder(theirs, change);
    assertThat(store().live().movesFrom(c(1))).containsExactly(theirs);
    assertThat(store().live().successorsOf(c(1))).containsExactly(theirs);
  }

  @Test
  default void onlyVersionsStrictlyBelowADirectoryAreBelowIt() throws IOException {
    commit(
        transaction -> {
          transaction.put(version(a(1), "d"));
          transaction.put(version(a(2), "d-1/x"));
          transaction.put(version(a(3), "d0"));
          transaction.put(chmod(a(4), "d/x"));
        });
    assertThat(store().live().anyBelow(path("d"), _ -> true)).isFalse();
    assertThat(store().live().anyBelow(path("d-1"), _ -> true)).isTrue();
    assertThat(store().live().anyBelow(path("d-1/x"), _ -> true)).isFalse();
    assertThat(store().live().anyBelow(RelativePath.ROOT, v -> v.dot().equals(a(1)))).isTrue();

    commit(
        transaction -> {
          transaction.put(version(a(5), "d/e/f/g"));
          assertThat(transaction.anyBelow(path("d"), _ -> true)).isTrue();
          assertThat(transaction.anyBelow(path("d/e/f"), _ -> true)).isTrue();
        });
    assertThat(store().live().anyBelow(path("d/e"), _ -> true)).isTrue();
    commit(
        transaction -> {
          transaction.remove(a(5));
          assertThat(transaction.anyBelow(path("d"), _ -> true)).isFalse();
          transaction.put(version(a(6), "d-1/y"));
          transaction.remove(a(2));
          assertThat(transaction.anyBelow(path("d-1"), v -> v.dot().equals(a(2)))).isFalse();
          assertThat(transaction.anyBelow(path("d-1"), v -> v.dot().equals(a(6)))).isTrue();
        });
    assertThat(store().live().anyBelow(path("d/e"), _ -> true)).isFalse();
    reopen();
    assertThat(store().live().anyBelow(path("d"), _ -> true)).isFalse();
    assertThat(store().live().anyBelow(path("d-1"), _ -> true)).isTrue();
  }

  @Test
  default void theLiveSetIsReadInOrderOfDotsWhateverCameFirst() throws IOException {
    List<Dot> order = new ArrayList<>();
    for (ReplicaId replica : List.of(C, A, B)) {
      for (long counter : new long[] {70_000, 1, 255, 256, 300, 2, 1L << 40}) {
        order.add(new Dot(replica, counter));
      }
    }
    commit(
        transaction ->
            order.forEach(dot -> transaction.put(version(dot, "f" + (dot.counter() % 7)))));
    order.sort(Comparator.naturalOrder());
    assertThat(live(null)).extracting(LiveEntry::dot).containsExactlyElementsOf(order);
    for (int i = 0; i < order.size(); i++) {
      assertThat(live(order.get(i)))
          .extracting(LiveEntry::dot)
          .containsExactlyElementsOf(order.subList(i + 1, order.size()));
    }
    assertThat(live(a(299))).extracting(LiveEntry::dot).startsWith(a(300));
    assertThat(live(new Dot(new ReplicaId("b", 1), 5))).extracting(LiveEntry::dot).startsWith(b(1));
  }

  @Test
  default void manyReplicasKeepTheirOrder() throws IOException {
    List<Dot> dots = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      dots.add(new Dot(new ReplicaId("n" + (i * 7919 % 300), i), 1 + i));
    }
    commit(
        transaction ->
            dots.forEach(
                dot -> {
                  transaction.put(version(dot, "f" + dot.counter()));
                  transaction.cover(dot);
                  transaction.setCursor(dot.replica(), new Cursor(dot.counter(), -7));
                }));
    reopen();
    dots.sort(Comparator.naturalOrder());
    assertThat(live(null)).extracting(LiveEntry::dot).containsExactlyElementsOf(dots);
    assertThat(store().vector()).isEqualTo(vector(dots.toArray(Dot[]::new)));
    dots.forEach(
        dot -> assertThat(store().cursor(dot.replica())).isEqualTo(new Cursor(dot.counter(), -7)));
  }

  @Test
  default void aSnapshotStaysAsItWasWhileTheStoreGoesOn() throws IOException {
    commit(
        transaction -> {
          transaction.put(version(a(1), "x"));
          transaction.put(version(a(2), "y"));
          transaction.cover(a(2));
          transaction.addBeyond(b(5));
          transaction.append(added(version(a(1), "x")), null, 1);
        });
    try (FolderStore.LiveSnapshot snapshot = store().snapshot()) {
      commit(
          transaction -> {
            transaction.remove(a(1));
            transaction.put(version(a(2), "y").shelve());
            transaction.put(version(c(1), "z"));
            transaction.cover(b(5));
            transaction.append(removed(a(1)), null, 2);
          });
      List<LiveEntry> first = new ArrayList<>();
      snapshot.read(
          null,
          entry -> {
            first.add(entry);
            return false;
          });
      assertThat(first).containsExactly(version(a(1), "x"));
      List<LiveEntry> rest = new ArrayList<>();
      snapshot.read(a(1), rest::add);
      assertThat(rest).containsExactly(version(a(2), "y"));
      assertThat(snapshot.sequence()).isEqualTo(1);
      assertThat(snapshot.vector()).isEqualTo(vector(a(2)));
      assertThat(snapshot.beyond()).containsExactly(b(5));
    }
    assertThat(live(null)).containsExactly(version(a(2), "y").shelve(), version(c(1), "z"));
  }
}
