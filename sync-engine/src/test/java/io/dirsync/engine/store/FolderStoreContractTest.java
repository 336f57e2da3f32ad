package io.dirsync.engine.store;

import static io.dirsync.engine.store.Samples.A;
import static io.dirsync.engine.store.Samples.B;
import static io.dirsync.engine.store.Samples.C;
import static io.dirsync.engine.store.Samples.a;
import static io.dirsync.engine.store.Samples.added;
import static io.dirsync.engine.store.Samples.b;
import static io.dirsync.engine.store.Samples.bytes;
import static io.dirsync.engine.store.Samples.c;
import static io.dirsync.engine.store.Samples.chmod;
import static io.dirsync.engine.store.Samples.copy;
import static io.dirsync.engine.store.Samples.file;
import static io.dirsync.engine.store.Samples.hash;
import static io.dirsync.engine.store.Samples.link;
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
import io.dirsync.model.AttributeChange;
import io.dirsync.model.AttributeName;
import io.dirsync.model.AttributeValue;
import io.dirsync.model.Content;
import io.dirsync.model.Cursor;
import io.dirsync.model.Dot;
import io.dirsync.model.Event;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Shown;
import io.dirsync.model.Version;
import io.dirsync.model.VersionVector;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every store promises, whatever it is kept in. */
abstract class FolderStoreContractTest {
  FolderStore store;

  /** A store with nothing in it. */
  abstract FolderStore fresh() throws IOException;

  /** The same store as the next process finds it. */
  abstract FolderStore reopened() throws IOException;

  @BeforeEach
  void open() throws IOException {
    store = fresh();
  }

  @AfterEach
  void close() throws IOException {
    store.close();
  }

  interface Work {
    void in(Transaction transaction) throws IOException;
  }

  void commit(Work work) throws IOException {
    try (Transaction transaction = store.begin()) {
      work.in(transaction);
      transaction.commit(Durability.PROCESS);
    }
  }

  private static Set<Dot> dots(List<? extends LiveEntry> entries) {
    Set<Dot> dots = new HashSet<>();
    entries.forEach(entry -> assertThat(dots.add(entry.dot())).isTrue());
    return dots;
  }

  private List<String> children(String directory) {
    RelativePath path = directory.isEmpty() ? RelativePath.ROOT : path(directory);
    List<String> names = new ArrayList<>();
    store.children(path, record -> names.add(record.path().toString()));
    return names;
  }

  private List<RelativePath> below(RelativePath directory) {
    List<RelativePath> paths = new ArrayList<>();
    store.below(directory, record -> paths.add(record.path()));
    return paths;
  }

  private List<LogRecord> log(long after) {
    List<LogRecord> entries = new ArrayList<>();
    store.readLog(after, entries::add);
    return entries;
  }

  private List<LiveEntry> live(@Nullable Dot after) {
    List<LiveEntry> entries = new ArrayList<>();
    store.readLive(after, entries::add);
    return entries;
  }

  private static VersionVector vector(Dot... dots) {
    TreeMap<ReplicaId, Long> counters = new TreeMap<>();
    for (Dot dot : dots) {
      counters.put(dot.replica(), dot.counter());
    }
    return new VersionVector(counters);
  }

  @Test
  void aFreshStoreKnowsNothing() {
    assertThat(store.live().get(a(1))).isEmpty();
    assertThat(store.live().at(path("x"))).isEmpty();
    assertThat(store.live().anyBelow(RelativePath.ROOT, _ -> true)).isFalse();
    assertThat(store.record(path("x"))).isEqualTo(PathRecord.empty(path("x")));
    assertThat(below(RelativePath.ROOT)).isEmpty();
    assertThat(store.locations(hash(1), 5)).isEmpty();
    assertThat(store.dirty(null, 5)).isEmpty();
    assertThat(store.totals()).isEqualTo(new Totals(0, 0, 0, 0));
    assertThat(store.floor()).isZero();
    assertThat(store.end()).isZero();
    assertThat(store.vector()).isEqualTo(VersionVector.EMPTY);
    assertThat(store.beyond()).isEmpty();
    assertThat(log(0)).isEmpty();
    assertThat(live(null)).isEmpty();
    assertThat(store.cursor(A)).isEqualTo(Cursor.START);
    assertThat(store.acknowledged("peer")).isZero();
    assertThat(store.meta("name")).isEmpty();
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
    expectLive(store.live());
    assertThat(store.vector()).isEqualTo(vector(a(2)));
    assertThat(store.beyond()).containsExactly(b(9));
    assertThat(store.record(path("d/x"))).isEqualTo(shown("d/x", file(1, 10)));
    assertThat(children("d")).containsExactly("d/x");
    assertThat(store.dirty(null, 5)).containsExactly(path("d/y"));
    assertThat(store.locations(hash(1), 5)).containsExactly(path("d/x"));
    assertThat(store.locations(hash(8), 5)).containsExactly(path("t/8"));
    assertThat(store.end()).isEqualTo(1);
    assertThat(log(0)).containsExactly(new LogRecord(1, added(version(a(1), "d/x")), B, 5));
    assertThat(store.cursor(B)).isEqualTo(new Cursor(12, -7));
    assertThat(store.acknowledged("peer")).isEqualTo(13);
    assertThat(store.meta("name")).hasValue(new byte[] {1, 2});
    assertThat(store.totals()).isEqualTo(new Totals(1, 10, 0, 0));
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
  void aTransactionReadsItsOwnWritesAndNobodyElseDoesBeforeItCommits() throws IOException {
    try (Transaction transaction = store.begin()) {
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
  void aDroppedTransactionLeavesNothing() throws IOException {
    try (Transaction transaction = store.begin()) {
      oneOfEverything(transaction);
    }
    aFreshStoreKnowsNothing();
    commit(FolderStoreContractTest::oneOfEverything);
    expectOneOfEverything();

    try (Transaction transaction = store.begin()) {
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
  void aTransactionReadsTheNamedValuesThatItHasSet() throws IOException {
    commit(transaction -> transaction.setMeta("name", new byte[] {1}));
    commit(
        transaction -> {
          assertThat(transaction.meta("name")).hasValue(new byte[] {1});
          assertThat(transaction.meta("other")).isEmpty();
          transaction.setMeta("name", new byte[] {2});
          assertThat(transaction.meta("name")).hasValue(new byte[] {2});
          assertThat(store.meta("name")).hasValue(new byte[] {1});
        });
    assertThat(store.meta("name")).hasValue(new byte[] {2});
  }

  @Test
  void whatWasCommittedIsThereForTheNextProcess() throws IOException {
    commit(FolderStoreContractTest::oneOfEverything);
    store = reopened();
    expectOneOfEverything();
    commit(transaction -> assertThat(transaction.append(removed(a(1)), null, 6)).isEqualTo(2));
    store = reopened();
    assertThat(store.end()).isEqualTo(2);
    assertThat(log(1)).containsExactly(new LogRecord(2, removed(a(1)), null, 6));
  }

  @Test
  void thereIsOneTransactionAtATimeAndItEndsOnce() throws IOException {
    Transaction first = store.begin();
    assertThatThrownBy(store::begin).isInstanceOf(IllegalStateException.class);
    first.commit(Durability.DISK);
    assertThatThrownBy(() -> first.commit(Durability.DISK))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> first.put(version(a(1), "x")))
        .isInstanceOf(IllegalStateException.class);

    Transaction second = store.begin();
    first.close();
    assertThatThrownBy(store::begin).isInstanceOf(IllegalStateException.class);
    second.close();
    store.begin().close();
  }

  @Test
  void anEntryReplacesTheOneWithItsDot() throws IOException {
    Version moved = version(a(3), path("new"), List.of(a(1), a(2)), a(1));
    commit(transaction -> transaction.put(moved));
    assertThat(store.live().movesFrom(a(1))).containsExactly(moved);

    commit(transaction -> transaction.put(moved.shelve()));

    assertThat(store.live().at(path("new"))).containsExactly(moved.shelve());
    assertThat(store.live().get(a(3))).contains(moved.shelve());
    assertThat(store.live().movesFrom(a(1))).as("shelved ones are no moves").isEmpty();
    assertThat(store.live().successorsOf(a(1))).containsExactly(moved.shelve());
    assertThat(store.live().successorsOf(a(2))).containsExactly(moved.shelve());

    commit(transaction -> transaction.remove(a(3)));
    assertThat(store.live().at(path("new"))).isEmpty();
    assertThat(store.live().successorsOf(a(1))).isEmpty();
    assertThat(store.live().anyBelow(RelativePath.ROOT, _ -> true)).isFalse();
  }

  @Test
  void aPathHoldsManyEntriesOfManyKinds() throws IOException {
    Version ours = version(a(1), path("x"), List.of(c(1)), c(1));
    Version theirs = version(b(1), path("x"), List.of(c(1)), c(1));
    AttributeChange change = chmod(c(2), "x");
    commit(
        transaction -> {
          transaction.put(ours);
          transaction.put(theirs);
          transaction.put(change);
        });
    assertThat(store.live().at(path("x"))).containsExactlyInAnyOrder(ours, theirs, change);
    assertThat(store.live().movesFrom(c(1))).containsExactlyInAnyOrder(ours, theirs);
    assertThat(store.live().successorsOf(c(1))).containsExactlyInAnyOrder(ours, theirs);
    assertThat(store.live().get(c(2))).contains(change);

    commit(
        transaction -> {
          transaction.remove(a(1));
          transaction.remove(a(99));
          assertThat(transaction.at(path("x"))).containsExactlyInAnyOrder(theirs, change);
          assertThat(transaction.movesFrom(c(1))).containsExactly(theirs);
        });
    assertThat(store.live().at(path("x"))).containsExactlyInAnyOrder(theirs, change);
    assertThat(store.live().movesFrom(c(1))).containsExactly(theirs);
    assertThat(store.live().successorsOf(c(1))).containsExactly(theirs);
  }

  @Test
  void onlyVersionsStrictlyBelowADirectoryAreBelowIt() throws IOException {
    commit(
        transaction -> {
          transaction.put(version(a(1), "d"));
          transaction.put(version(a(2), "d-1/x"));
          transaction.put(version(a(3), "d0"));
          transaction.put(chmod(a(4), "d/x"));
        });
    assertThat(store.live().anyBelow(path("d"), _ -> true)).isFalse();
    assertThat(store.live().anyBelow(path("d-1"), _ -> true)).isTrue();
    assertThat(store.live().anyBelow(path("d-1/x"), _ -> true)).isFalse();
    assertThat(store.live().anyBelow(RelativePath.ROOT, v -> v.dot().equals(a(1)))).isTrue();

    commit(
        transaction -> {
          transaction.put(version(a(5), "d/e/f/g"));
          assertThat(transaction.anyBelow(path("d"), _ -> true)).isTrue();
          assertThat(transaction.anyBelow(path("d/e/f"), _ -> true)).isTrue();
        });
    assertThat(store.live().anyBelow(path("d/e"), _ -> true)).isTrue();
    commit(
        transaction -> {
          transaction.remove(a(5));
          assertThat(transaction.anyBelow(path("d"), _ -> true)).isFalse();
          transaction.put(version(a(6), "d-1/y"));
          transaction.remove(a(2));
          assertThat(transaction.anyBelow(path("d-1"), v -> v.dot().equals(a(2)))).isFalse();
          assertThat(transaction.anyBelow(path("d-1"), v -> v.dot().equals(a(6)))).isTrue();
        });
    assertThat(store.live().anyBelow(path("d/e"), _ -> true)).isFalse();
    store = reopened();
    assertThat(store.live().anyBelow(path("d"), _ -> true)).isFalse();
    assertThat(store.live().anyBelow(path("d-1"), _ -> true)).isTrue();
  }

  @Test
  void aDotIsKnownIfItIsCoveredOrLiveOrRemovedBeyondTheVector() throws IOException {
    commit(
        transaction -> {
          transaction.cover(a(3));
          transaction.put(version(a(7), "x"));
          transaction.addBeyond(a(9));
        });
    store = reopened();
    commit(
        transaction -> {
          List<Long> known =
              LongStream.rangeClosed(1, 11).filter(n -> transaction.knows(a(n))).boxed().toList();
          assertThat(known).containsExactly(1L, 2L, 3L, 7L, 9L);
          assertThat(transaction.knows(new Dot(new ReplicaId("stranger", 1), 1))).isFalse();
        });
  }

  @Test
  void whatIsUncoveredIsKnownOnlyIfItIsLive() throws IOException {
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
    assertThat(store.vector()).isEqualTo(vector(a(2)));
    store = reopened();
    assertThat(store.vector()).isEqualTo(vector(a(2)));
    commit(
        transaction -> {
          List<Long> known =
              LongStream.rangeClosed(1, 6).filter(n -> transaction.knows(a(n))).boxed().toList();
          assertThat(known).containsExactly(1L, 2L, 4L);
          transaction.cover(a(3));
          transaction.cover(b(1));
          assertThat(transaction.vector()).isEqualTo(vector(a(3), b(1)));
        });
    assertThat(store.vector()).isEqualTo(vector(a(3), b(1)));
  }

  @Test
  void coveringDropsWhatItMakesSuperfluousAndNeverLowers() throws IOException {
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
    assertThat(store.vector()).isEqualTo(vector(a(4)));
    assertThat(store.beyond()).containsExactlyInAnyOrder(a(5), b(3));
    store = reopened();
    assertThat(store.vector()).isEqualTo(vector(a(4)));
    assertThat(store.beyond()).containsExactlyInAnyOrder(a(5), b(3));
    commit(
        transaction -> {
          transaction.cover(b(3));
          transaction.cover(a(5));
        });
    assertThat(store.vector()).isEqualTo(vector(a(5), b(3)));
    assertThat(store.beyond()).isEmpty();
  }

  @Test
  void aRecordComesBackAsItWasPut() throws IOException {
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
      assertThat(store.record(record.path())).isEqualTo(record);
    }
    store = reopened();
    assertThat(store.record(full.path())).isEqualTo(full);
    commit(transaction -> transaction.put(PathRecord.empty(full.path())));
    assertThat(store.record(full.path())).isEqualTo(PathRecord.empty(full.path()));
    assertThat(below(RelativePath.ROOT)).containsExactlyInAnyOrder(path("dir"), path("gone"));
  }

  @Test
  void totalsFollowTheRecords() throws IOException {
    commit(
        transaction -> {
          transaction.put(shown("f", file(1, 100)));
          transaction.put(shown("g", file(2, 23)));
          transaction.put(shown("l", link("abc")));
          transaction.put(shown("d", Content.Directory.VALUE));
        });
    assertThat(store.totals()).isEqualTo(new Totals(3, 123, 0, 0));
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
    assertThat(store.totals()).isEqualTo(new Totals(2, 50, 2, 1));
    store = reopened();
    assertThat(store.totals()).isEqualTo(new Totals(2, 50, 2, 1));
    commit(
        transaction -> {
          transaction.put(PathRecord.empty(path("d")));
          transaction.put(PathRecord.empty(path("f")));
          transaction.put(PathRecord.empty(path("f")));
          transaction.put(PathRecord.empty(path("l")));
          transaction.put(PathRecord.empty(path("g")));
        });
    assertThat(store.totals()).isEqualTo(new Totals(0, 0, 0, 0));
  }

  @Test
  void locationsFollowTheRecordsAndWhatIsNotedBeside() throws IOException {
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
    assertThat(store.locations(hash(1), 9))
        .containsExactlyInAnyOrder(path("x"), path("y"), path("trash/1"));
    assertThat(store.locations(hash(1), 2)).hasSize(2);
    assertThat(store.locations(hash(1), 0)).isEmpty();
    assertThat(store.locations(hash(2), 9)).containsExactly(path("c/b1"));
    assertThat(store.located(path("trash"))).containsExactly(path("trash/1"));
    assertThat(store.located(RelativePath.ROOT))
        .containsExactlyInAnyOrder(path("x"), path("y"), path("trash/1"), path("c/b1"));

    commit(
        transaction -> {
          transaction.put(shown("x", file(3, 10)));
          transaction.put(PathRecord.empty(path("y")));
          assertThat(transaction.locations(hash(1), 9)).containsExactly(path("trash/1"));
          assertThat(transaction.locations(hash(2), 9)).isEmpty();
          transaction.removeLocation(hash(1), path("trash/1"));
        });
    assertThat(store.locations(hash(1), 9)).isEmpty();
    assertThat(store.locations(hash(2), 9)).isEmpty();
    assertThat(store.locations(hash(3), 9)).containsExactly(path("x"));
  }

  @Test
  void puttingARecordBringsALostLocationBack() throws IOException {
    commit(transaction -> transaction.put(shown("x", file(1, 10))));
    commit(transaction -> transaction.removeLocation(hash(1), path("x")));
    assertThat(store.locations(hash(1), 9)).isEmpty();
    commit(transaction -> transaction.put(shown("x", file(1, 10))));
    assertThat(store.locations(hash(1), 9)).containsExactly(path("x"));
  }

  @Test
  void childrenStandInTheOrderOfTheirNamesBytes() throws IOException {
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
    store.children(path("a"), record -> inA.add(record.path()));
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
  void aTransactionSeesItsOwnChildrenAmongTheOthers() throws IOException {
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
  void aTransactionMayChangeTheChildrenItIsWalkingOver() throws IOException {
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
  void aWalkBelowMeetsParentsBeforeChildrenAndNothingBeside() throws IOException {
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
    store.below(
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
  void dirtyPathsAreListedInOrderPageByPage() throws IOException {
    List<RelativePath> paths =
        List.of(path("a"), path("a-b"), path("a/x"), path("b"), bytes("\u00ff"));
    commit(transaction -> paths.reversed().forEach(transaction::markDirty));
    assertThat(store.dirty(null, 9)).containsExactlyElementsOf(paths);
    assertThat(store.dirty(null, 2)).containsExactlyElementsOf(paths.subList(0, 2));
    assertThat(store.dirty(path("a-b"), 2)).containsExactlyElementsOf(paths.subList(2, 4));
    assertThat(store.dirty(path("a-c"), 9)).containsExactlyElementsOf(paths.subList(2, 5));
    assertThat(store.dirty(bytes("\u00ff"), 9)).isEmpty();
    assertThat(store.dirty(null, 0)).isEmpty();
  }

  @Test
  void dirtyPathsMayBeClearedAndMarkedAgainInFront() throws IOException {
    commit(transaction -> List.of("c", "d", "e").forEach(p -> transaction.markDirty(path(p))));
    commit(
        transaction -> {
          transaction.clearDirty(path("c"));
          transaction.clearDirty(path("never"));
        });
    assertThat(store.dirty(null, 9)).containsExactly(path("d"), path("e"));
    commit(
        transaction -> {
          transaction.clearDirty(path("d"));
          transaction.clearDirty(path("e"));
          transaction.markDirty(path("e"));
        });
    assertThat(store.dirty(null, 9)).containsExactly(path("e"));
    commit(transaction -> transaction.clearDirty(path("e")));
    assertThat(store.dirty(null, 9)).isEmpty();
    commit(transaction -> transaction.markDirty(path("b")));
    assertThat(store.dirty(null, 9)).containsExactly(path("b"));
    commit(transaction -> transaction.markDirty(path("a")));
    assertThat(store.dirty(null, 1)).containsExactly(path("a"));
    assertThat(store.dirty(path("a"), 1)).containsExactly(path("b"));
    store = reopened();
    assertThat(store.dirty(null, 9)).containsExactly(path("a"), path("b"));
  }

  @Test
  void theLogGrowsAtItsEndAndIsReadFromAnywhere() throws IOException {
    Event moved =
        new Event(
            List.of(version(a(2), "new"), chmod(a(3), "new")), Set.of(a(1), b(5)), Set.of(c(1)));
    commit(
        transaction -> {
          assertThat(transaction.append(added(version(a(1), "old")), null, 100)).isEqualTo(1);
          assertThat(transaction.append(moved, B, 200)).isEqualTo(2);
          assertThat(transaction.end()).isEqualTo(2);
        });
    commit(transaction -> assertThat(transaction.append(removed(a(2)), C, 300)).isEqualTo(3));
    assertThat(store.end()).isEqualTo(3);
    assertThat(log(0)).extracting(LogRecord::sequence).containsExactly(1L, 2L, 3L);
    assertThat(log(1).getFirst()).isEqualTo(new LogRecord(2, moved, B, 200));
    assertThat(log(3)).isEmpty();
    assertThat(log(99)).isEmpty();
    List<LogRecord> first = new ArrayList<>();
    store.readLog(
        0,
        entry -> {
          first.add(entry);
          return false;
        });
    assertThat(first).hasSize(1);
  }

  @Test
  void aTruncatedLogBeginsBehindItsFloorWhichNeverFalls() throws IOException {
    commit(
        transaction -> {
          for (int i = 1; i <= 300; i++) {
            transaction.append(removed(a(i)), null, i);
          }
        });
    commit(transaction -> transaction.truncateLog(10));
    assertThat(store.floor()).isEqualTo(10);
    assertThat(log(0).getFirst().sequence()).isEqualTo(11);
    commit(transaction -> transaction.truncateLog(5));
    assertThat(store.floor()).isEqualTo(10);
    commit(transaction -> transaction.truncateLog(290));
    assertThat(log(0)).hasSize(10);
    assertThat(log(295)).hasSize(5);
    commit(
        transaction -> {
          transaction.append(removed(b(1)), null, 1);
          transaction.truncateLog(transaction.end());
          transaction.append(removed(b(2)), null, 2);
        });
    assertThat(store.floor()).isEqualTo(301);
    assertThat(store.end()).isEqualTo(302);
    assertThat(log(0)).extracting(LogRecord::sequence).containsExactly(302L);
    store = reopened();
    assertThat(store.floor()).isEqualTo(301);
    assertThat(log(0)).extracting(LogRecord::sequence).containsExactly(302L);
    commit(
        transaction -> {
          transaction.truncateLog(Long.MAX_VALUE);
          assertThat(transaction.append(removed(b(3)), null, 3)).isEqualTo(303);
        });
    assertThat(store.floor()).as("no higher than the log was long").isEqualTo(302);
    assertThat(log(0)).extracting(LogRecord::sequence).containsExactly(303L);
  }

  @Test
  void whoIsToldOfReservedCountersIsToldBeforeTheFirstOfEachBlock() throws IOException {
    List<Long> told = new ArrayList<>();
    long[] last = {0};
    store.onReserving(_ -> told.add(last[0]));
    commit(
        transaction -> {
          for (int i = 0; i < DotReservations.BLOCK + 1; i++) {
            last[0] = transaction.nextDot(A).counter();
          }
        });
    assertThat(told).containsExactly(0L, (long) DotReservations.BLOCK);
    store = reopened();
    store.onReserving(transaction -> transaction.setMeta("told", new byte[] {1}));
    commit(transaction -> transaction.nextDot(A));
    assertThat(store.meta("told")).as("within the transaction").isPresent();
  }

  @Test
  void theLiveSetIsReadInOrderOfDotsWhateverCameFirst() throws IOException {
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
  void aSnapshotStaysAsItWasWhileTheStoreGoesOn() throws IOException {
    commit(
        transaction -> {
          transaction.put(version(a(1), "x"));
          transaction.put(version(a(2), "y"));
          transaction.cover(a(2));
          transaction.addBeyond(b(5));
          transaction.append(added(version(a(1), "x")), null, 1);
        });
    try (FolderStore.LiveSnapshot snapshot = store.snapshot()) {
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

  @Test
  void noDotIsHandedOutTwice() throws IOException {
    Set<Dot> seen = new HashSet<>();
    long last = 0;
    for (int round = 0; round < 4; round++) {
      for (boolean drop : new boolean[] {true, false}) {
        try (Transaction transaction = store.begin()) {
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
      store = reopened();
    }
    commit(transaction -> assertThat(transaction.nextDot(B)).isEqualTo(b(1)));
  }

  @Test
  void theNextDotIsBehindEveryOwnDotThatIsKnown() throws IOException {
    commit(
        transaction -> {
          transaction.cover(a(10_000));
          assertThat(transaction.nextDot(A)).isEqualTo(a(10_001));
        });
  }

  @Test
  void cursorsAndAcknowledgementsAndNamedValuesAreKeptApart() throws IOException {
    commit(
        transaction -> {
          transaction.setCursor(A, new Cursor(1, -7));
          transaction.setCursor(B, new Cursor(2, -7));
          transaction.setCursor(new ReplicaId("alpha", 8), new Cursor(3, -7));
          transaction.setAcknowledged("alpha", 4);
          transaction.setAcknowledged("alph", 5);
          transaction.setMeta("alpha", new byte[] {6});
          transaction.setMeta("", new byte[0]);
        });
    store = reopened();
    assertThat(store.cursor(A)).isEqualTo(new Cursor(1, -7));
    assertThat(store.cursor(B)).isEqualTo(new Cursor(2, -7));
    assertThat(store.cursor(new ReplicaId("alpha", 8))).isEqualTo(new Cursor(3, -7));
    assertThat(store.acknowledged("alpha")).isEqualTo(4);
    assertThat(store.acknowledged("alph")).isEqualTo(5);
    assertThat(store.meta("alpha")).hasValue(new byte[] {6});
    assertThat(store.meta("")).hasValue(new byte[0]);
    assertThat(store.meta("alph")).isEmpty();
  }

  @Test
  void aNamedValueIsNotTheCallersArray() throws IOException {
    byte[] value = {1};
    commit(
        transaction -> {
          transaction.setMeta("name", value);
          value[0] = 2;
        });
    store.meta("name").orElseThrow()[0] = 3;
    assertThat(store.meta("name")).hasValue(new byte[] {1});
  }

  @Test
  void thingsMayBeAsLargeAsTheyAreAllowedToBe() throws IOException {
    String longest = ("n".repeat(255) + "/").repeat(15) + "m".repeat(127) + "/" + "z".repeat(128);
    RelativePath deep = path("d/".repeat(255) + "f");
    Version big =
        new Version(
            a(Long.MAX_VALUE),
            path(longest),
            link("t".repeat(4095)),
            Samples.PLAIN,
            Long.MIN_VALUE,
            LongStream.rangeClosed(1, 8).mapToObj(Samples::b).toList(),
            b(1),
            false);
    AttributeChange attributes =
        new AttributeChange(
            c(1),
            path(longest),
            List.of(
                new AttributeChange.Field(AttributeName.MODE, new AttributeValue.OfNumber(0), -1),
                new AttributeChange.Field(
                    AttributeName.MTIME, new AttributeValue.OfNumber(Long.MIN_VALUE), 0),
                new AttributeChange.Field(
                    AttributeName.OWNER, new AttributeValue.OfText("o".repeat(256)), 1),
                new AttributeChange.Field(
                    AttributeName.GROUP, new AttributeValue.OfText(""), Long.MAX_VALUE)));
    Set<Dot> many = new HashSet<>();
    LongStream.rangeClosed(1, 256).forEach(n -> many.add(n % 2 == 0 ? a(n) : b(n)));
    Event event = new Event(List.of(big, attributes), many, Set.of(c(9)));
    commit(
        transaction -> {
          transaction.put(big);
          transaction.put(attributes);
          transaction.put(version(b(1), deep));
          transaction.put(shown(big.path(), file(1, Long.MAX_VALUE), a(1)));
          transaction.markDirty(big.path());
          transaction.append(event, null, Long.MAX_VALUE);
        });
    store = reopened();
    assertThat(store.live().at(big.path())).containsExactlyInAnyOrder(big, attributes);
    assertThat(store.live().movesFrom(b(1))).containsExactly(big);
    assertThat(store.live().successorsOf(b(8))).containsExactly(big);
    assertThat(store.live().anyBelow(path("d/".repeat(254) + "d"), _ -> true)).isTrue();
    assertThat(store.live().anyBelow(big.path(), _ -> true)).isFalse();
    assertThat(store.record(big.path()))
        .isEqualTo(shown(big.path(), file(1, Long.MAX_VALUE), a(1)));
    assertThat(below(big.path())).isEmpty();
    assertThat(store.locations(hash(1), 1)).containsExactly(big.path());
    assertThat(store.dirty(null, 9)).containsExactly(big.path());
    assertThat(store.dirty(big.path(), 9)).isEmpty();
    assertThat(log(0)).containsExactly(new LogRecord(1, event, null, Long.MAX_VALUE));
  }

  @Test
  void manyReplicasKeepTheirOrder() throws IOException {
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
    store = reopened();
    dots.sort(Comparator.naturalOrder());
    assertThat(live(null)).extracting(LiveEntry::dot).containsExactlyElementsOf(dots);
    assertThat(store.vector()).isEqualTo(vector(dots.toArray(Dot[]::new)));
    dots.forEach(
        dot -> assertThat(store.cursor(dot.replica())).isEqualTo(new Cursor(dot.counter(), -7)));
  }

  @Test
  void whatIsCommittedCanBeSyncedLater() throws IOException {
    store.sync();
    commit(FolderStoreContractTest::oneOfEverything);
    store.sync();
    store.sync();
    expectOneOfEverything();
  }

  @Test
  void aClosedStoreSaysSo() throws IOException {
    store.close();
    store.close();
    assertThatThrownBy(() -> store.record(path("x"))).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(
            () -> {
              try (Transaction transaction = store.begin()) {
                transaction.put(version(a(1), "x"));
                transaction.commit(Durability.DISK);
              }
            })
        .isInstanceOf(IllegalStateException.class);
  }
}
