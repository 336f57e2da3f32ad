package io.dirsync.engine.store;

import static io.dirsync.engine.store.Samples.a;
import static io.dirsync.engine.store.Samples.b;
import static io.dirsync.engine.store.Samples.bytes;
import static io.dirsync.engine.store.Samples.c;
import static io.dirsync.engine.store.Samples.copy;
import static io.dirsync.engine.store.Samples.file;
import static io.dirsync.engine.store.Samples.hash;
import static io.dirsync.engine.store.Samples.link;
import static io.dirsync.engine.store.Samples.path;
import static io.dirsync.engine.store.Samples.shown;
import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.engine.store.FolderStore.Totals;
import io.dirsync.model.Content;
import io.dirsync.model.RelativePath;
import io.dirsync.model.Shown;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * What is recorded of paths: their records, totals, contents and neighbours, and which are dirty.
 */
interface FolderStoreRecordsContract extends FolderStoreFixture {
  @Test
  default void aRecordComesBackAsItWasPut() throws IOException {
    PathRecord full =
        new PathRecord(
            bytes("caf\u00e9"),
            new Shown(link("../t"), Samples.PLAIN, Set.of(a(1), b(2)), Set.of(c(3))),
            new Fingerprint(-1, 5, -7, 8, true),
            List.of(
                copy(b(4), file(9, 99), ".dirsync/conflicts/1"),
                copy(b(5), Content.Directory.VALUE, ".dirsync/conflicts/2")));
    PathRecord directory = shown("dir", Content.Directory.VALUE);
    PathRecord copiesOnly =
        new PathRecord(path("gone"), null, null, List.of(copy(c(1), link("q"), "c/3")));
    for (PathRecord record : List.of(full, directory, copiesOnly)) {
      commit(transaction -> transaction.put(record));
      assertThat(store().record(record.path())).isEqualTo(record);
    }
    reopen();
    assertThat(store().record(full.path())).isEqualTo(full);
    commit(transaction -> transaction.put(PathRecord.empty(full.path())));
    assertThat(store().record(full.path())).isEqualTo(PathRecord.empty(full.path()));
    assertThat(below(RelativePath.ROOT)).containsExactlyInAnyOrder(path("dir"), path("gone"));
  }

  @Test
  default void totalsFollowTheRecords() throws IOException {
    commit(
        transaction -> {
          transaction.put(shown("f", file(1, 100)));
          transaction.put(shown("g", file(2, 23)));
          transaction.put(shown("l", link("abc")));
          transaction.put(shown("d", Content.Directory.VALUE));
        });
    assertThat(store().totals()).isEqualTo(new Totals(3, 123, 0, 0));
    commit(
        transaction -> {
          transaction.put(shown("f", file(3, 50)));
          transaction.put(shown("g", Content.Directory.VALUE));
          transaction.put(
              new PathRecord(
                  path("d"),
                  null,
                  null,
                  List.of(copy(a(1), file(4, 7), "c/1"), copy(a(2), file(5, 7), "c/2"))));
        });
    assertThat(store().totals()).isEqualTo(new Totals(2, 50, 2, 1));
    reopen();
    assertThat(store().totals()).isEqualTo(new Totals(2, 50, 2, 1));
    commit(
        transaction -> {
          transaction.put(PathRecord.empty(path("d")));
          transaction.put(PathRecord.empty(path("f")));
          transaction.put(PathRecord.empty(path("f")));
          transaction.put(PathRecord.empty(path("l")));
          transaction.put(PathRecord.empty(path("g")));
        });
    assertThat(store().totals()).isEqualTo(new Totals(0, 0, 0, 0));
  }

  @Test
  default void locationsFollowTheRecordsAndWhatIsNotedBeside() throws IOException {
    commit(
        transaction -> {
          transaction.put(shown("x", file(1, 10)));
          transaction.put(
              new PathRecord(
                  path("y"),
                  new Shown(file(1, 10), Samples.PLAIN, Set.of(a(2)), Set.of()),
                  null,
                  List.of(copy(b(1), file(2, 5), "c/b1"))));
          transaction.addLocation(hash(1), path("trash/1"));
        });
    assertThat(store().locations(hash(1), 9))
        .containsExactlyInAnyOrder(path("x"), path("y"), path("trash/1"));
    assertThat(store().locations(hash(1), 2)).hasSize(2);
    assertThat(store().locations(hash(1), 0)).isEmpty();
    assertThat(store().locations(hash(2), 9)).containsExactly(path("c/b1"));
    assertThat(store().located(path("trash"))).containsExactly(path("trash/1"));
    assertThat(store().located(RelativePath.ROOT))
        .containsExactlyInAnyOrder(path("x"), path("y"), path("trash/1"), path("c/b1"));

    commit(
        transaction -> {
          transaction.put(shown("x", file(3, 10)));
          transaction.put(PathRecord.empty(path("y")));
          assertThat(transaction.locations(hash(1), 9)).containsExactly(path("trash/1"));
          assertThat(transaction.locations(hash(2), 9)).isEmpty();
          transaction.removeLocation(hash(1), path("trash/1"));
        });
    assertThat(store().locations(hash(1), 9)).isEmpty();
    assertThat(store().locations(hash(2), 9)).isEmpty();
    assertThat(store().locations(hash(3), 9)).containsExactly(path("x"));
  }

  @Test
  default void puttingARecordBringsALostLocationBack() throws IOException {
    commit(transaction -> transaction.put(shown("x", file(1, 10))));
    commit(transaction -> transaction.removeLocation(hash(1), path("x")));
    assertThat(store().locations(hash(1), 9)).isEmpty();
    commit(transaction -> transaction.put(shown("x", file(1, 10))));
    assertThat(store().locations(hash(1), 9)).containsExactly(path("x"));
  }

  @Test
  default void childrenStandInTheOrderOfTheirNamesBytes() throws IOException {
    List<RelativePath> mixed =
        List.of(
            path("a"),
            path("a-b"),
            path("a/x"),
            path("a/x/deep"),
            path("a/x-y"),
            bytes("a/x\u0001"),
            bytes("a/\u00ff"),
            bytes("a/\u00c3\u00a4"),
            path("a0"),
            path("a!"),
            path("a!/q"));
    commit(transaction -> mixed.forEach(p -> transaction.put(shown(p, file(1, 1), a(1)))));

    assertThat(children("")).containsExactly("a", "a!", "a-b", "a0");
    List<RelativePath> inA = new ArrayList<>();
    store().children(path("a"), record -> inA.add(record.path()));
    assertThat(inA)
        .containsExactly(
            path("a/x"),
            bytes("a/x\u0001"),
            path("a/x-y"),
            bytes("a/\u00c3\u00a4"),
            bytes("a/\u00ff"));
    assertThat(children("a/x-y")).isEmpty();
    assertThat(children("nowhere")).isEmpty();
  }

  @Test
  default void aTransactionSeesItsOwnChildrenAmongTheOthers() throws IOException {
    commit(
        transaction -> {
          for (String name : List.of("d/a", "d/c", "d/e", "d/e/x", "d0/y")) {
            transaction.put(shown(name, file(1, 1)));
          }
        });
    commit(
        transaction -> {
          transaction.put(shown("d/b", file(2, 1)));
          transaction.put(PathRecord.empty(path("d/c")));
          transaction.put(shown("d/e", file(9, 9)));
          transaction.put(shown("d/f", file(2, 1)));
          transaction.put(shown("d-/z", file(2, 1)));
          List<PathRecord> seen = new ArrayList<>();
          transaction.children(path("d"), seen::add);
          assertThat(seen)
              .containsExactly(
                  shown("d/a", file(1, 1)),
                  shown("d/b", file(2, 1)),
                  shown("d/e", file(9, 9)),
                  shown("d/f", file(2, 1)));
        });
    assertThat(children("d")).containsExactly("d/a", "d/b", "d/e", "d/f");
  }

  @Test
  default void aTransactionMayChangeTheChildrenItIsWalkingOver() throws IOException {
    commit(
        transaction -> {
          transaction.put(shown("d/a", file(1, 1)));
          transaction.put(shown("d/b", file(1, 1)));
        });
    commit(
        transaction -> {
          transaction.put(shown("d/c", file(1, 1)));
          transaction.children(
              path("d"), record -> transaction.put(PathRecord.empty(record.path())));
        });
    assertThat(children("d")).isEmpty();
  }

  @Test
  default void aWalkBelowMeetsParentsBeforeChildrenAndNothingBeside() throws IOException {
    List<RelativePath> inside =
        List.of(
            path("d/a"),
            path("d/a/b"),
            path("d/a/b/c"),
            path("d/a-"),
            path("d/a-/x"),
            bytes("d/\u00ff/y"),
            bytes("d/\u0001"));
    commit(
        transaction -> {
          inside.forEach(p -> transaction.put(shown(p, file(1, 1), a(1))));
          for (String beside : List.of("d", "d-/x", "d0", "d!/e", "c/d/x", "e")) {
            transaction.put(shown(beside, file(1, 1)));
          }
        });
    List<RelativePath> found = below(path("d"));
    assertThat(found).containsExactlyInAnyOrderElementsOf(inside);
    assertParentsFirst(found);
    List<RelativePath> all = below(RelativePath.ROOT);
    assertThat(all).hasSize(inside.size() + 6);
    assertParentsFirst(all);
    assertThat(below(path("d/a/b"))).containsExactly(path("d/a/b/c"));
    assertThat(below(path("e"))).isEmpty();

    List<PathRecord> three = new ArrayList<>();
    store()
        .below(
            path("d"),
            record -> {
              three.add(record);
              return three.size() < 3;
            });
    assertThat(three).hasSize(3);
  }

  private static void assertParentsFirst(List<RelativePath> paths) {
    for (int i = 0; i < paths.size(); i++) {
      RelativePath parent = paths.get(i);
      assertThat(paths.subList(0, i)).noneMatch(earlier -> earlier.isBelow(parent));
    }
  }

  @Test
  default void dirtyPathsAreListedInOrderPageByPage() throws IOException {
    List<RelativePath> paths =
        List.of(path("a"), path("a-b"), path("a/x"), path("b"), bytes("\u00ff"));
    commit(transaction -> paths.reversed().forEach(transaction::markDirty));
    assertThat(store().dirty(null, 9)).containsExactlyElementsOf(paths);
    assertThat(store().dirty(null, 2)).containsExactlyElementsOf(paths.subList(0, 2));
    assertThat(store().dirty(path("a-b"), 2)).containsExactlyElementsOf(paths.subList(2, 4));
    assertThat(store().dirty(path("a-c"), 9)).containsExactlyElementsOf(paths.subList(2, 5));
    assertThat(store().dirty(bytes("\u00ff"), 9)).isEmpty();
    assertThat(store().dirty(null, 0)).isEmpty();
  }

  @Test
  default void dirtyPathsMayBeClearedAndMarkedAgainInFront() throws IOException {
    commit(transaction -> List.of("c", "d", "e").forEach(p -> transaction.markDirty(path(p))));
    commit(
        transaction -> {
          transaction.clearDirty(path("c"));
          transaction.clearDirty(path("never"));
        });
    assertThat(store().dirty(null, 9)).containsExactly(path("d"), path("e"));
    commit(
        transaction -> {
          transaction.clearDirty(path("d"));
          transaction.clearDirty(path("e"));
          transaction.markDirty(path("e"));
        });
    assertThat(store().dirty(null, 9)).containsExactly(path("e"));
    commit(transaction -> transaction.clearDirty(path("e")));
    assertThat(store().dirty(null, 9)).isEmpty();
    commit(transaction -> transaction.markDirty(path("b")));
    assertThat(store().dirty(null, 9)).containsExactly(path("b"));
    commit(transaction -> transaction.markDirty(path("a")));
    assertThat(store().dirty(null, 1)).containsExactly(path("a"));
    assertThat(store().dirty(path("a"), 1)).containsExactly(path("b"));
    reopen();
    assertThat(store().dirty(null, 9)).containsExactly(path("a"), path("b"));
  }
}
