package io.dirsync.engine.store;

import static io.dirsync.engine.store.Samples.A;
import static io.dirsync.engine.store.Samples.B;
import static io.dirsync.engine.store.Samples.C;
import static io.dirsync.engine.store.Samples.a;
import static io.dirsync.engine.store.Samples.added;
import static io.dirsync.engine.store.Samples.b;
import static io.dirsync.engine.store.Samples.c;
import static io.dirsync.engine.store.Samples.chmod;
import static io.dirsync.engine.store.Samples.file;
import static io.dirsync.engine.store.Samples.hash;
import static io.dirsync.engine.store.Samples.link;
import static io.dirsync.engine.store.Samples.path;
import static io.dirsync.engine.store.Samples.removed;
import static io.dirsync.engine.store.Samples.shown;
import static io.dirsync.engine.store.Samples.version;
import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.engine.store.FolderStore.LogRecord;
import io.dirsync.model.AttributeChange;
import io.dirsync.model.AttributeName;
import io.dirsync.model.AttributeValue;
import io.dirsync.model.Cursor;
import io.dirsync.model.Dot;
import io.dirsync.model.Event;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Version;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** The log, how far peers are in it, named values, and how large things may be. */
interface FolderStoreLogContract extends FolderStoreFixture {
  @Test
  default void theLogGrowsAtItsEndAndIsReadFromAnywhere() throws IOException {
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
    assertThat(store().end()).isEqualTo(3);
    assertThat(log(0)).extracting(LogRecord::sequence).containsExactly(1L, 2L, 3L);
    assertThat(log(1).getFirst()).isEqualTo(new LogRecord(2, moved, B, 200));
    assertThat(log(3)).isEmpty();
    assertThat(log(99)).isEmpty();
    List<LogRecord> first = new ArrayList<>();
    store()
        .readLog(
            0,
            entry -> {
              first.add(entry);
              return false;
            });
    assertThat(first).hasSize(1);
  }

  @Test
  default void aTruncatedLogBeginsBehindItsFloorWhichNeverFalls() throws IOException {
    commit(
        transaction -> {
          for (int i = 1; i <= 300; i++) {
            transaction.append(removed(a(i)), null, i);
          }
        });
    commit(transaction -> transaction.truncateLog(10));
    assertThat(store().floor()).isEqualTo(10);
    assertThat(log(0).getFirst().sequence()).isEqualTo(11);
    commit(transaction -> transaction.truncateLog(5));
    assertThat(store().floor()).isEqualTo(10);
    commit(transaction -> transaction.truncateLog(290));
    assertThat(log(0)).hasSize(10);
    assertThat(log(295)).hasSize(5);
    commit(
        transaction -> {
          transaction.append(removed(b(1)), null, 1);
          transaction.truncateLog(transaction.end());
          transaction.append(removed(b(2)), null, 2);
        });
    assertThat(store().floor()).isEqualTo(301);
    assertThat(store().end()).isEqualTo(302);
    assertThat(log(0)).extracting(LogRecord::sequence).containsExactly(302L);
    reopen();
    assertThat(store().floor()).isEqualTo(301);
    assertThat(log(0)).extracting(LogRecord::sequence).containsExactly(302L);
    commit(
        transaction -> {
          transaction.truncateLog(Long.MAX_VALUE);
          assertThat(transaction.append(removed(b(3)), null, 3)).isEqualTo(303);
        });
    assertThat(store().floor()).as("no higher than the log was long").isEqualTo(302);
    assertThat(log(0)).extracting(LogRecord::sequence).containsExactly(303L);
  }

  @Test
  default void cursorsAndAcknowledgementsAndNamedValuesAreKeptApart() throws IOException {
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
    reopen();
    assertThat(store().cursor(A)).isEqualTo(new Cursor(1, -7));
    assertThat(store().cursor(B)).isEqualTo(new Cursor(2, -7));
    assertThat(store().cursor(new ReplicaId("alpha", 8))).isEqualTo(new Cursor(3, -7));
    assertThat(store().acknowledged("alpha")).isEqualTo(4);
    assertThat(store().acknowledged("alph")).isEqualTo(5);
    assertThat(store().meta("alpha")).hasValue(new byte[] {6});
    assertThat(store().meta("")).hasValue(new byte[0]);
    assertThat(store().meta("alph")).isEmpty();
  }

  @Test
  default void aNamedValueIsNotTheCallersArray() throws IOException {
    byte[] value = {1};
    commit(
        transaction -> {
          transaction.setMeta("name", value);
          value[0] = 2;
        });
    store().meta("name").orElseThrow()[0] = 3;
    assertThat(store().meta("name")).hasValue(new byte[] {1});
  }

  @Test
  default void thingsMayBeAsLargeAsTheyAreAllowedToBe() throws IOException {
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
    reopen();
    assertThat(store().live().at(big.path())).containsExactlyInAnyOrder(big, attributes);
    assertThat(store().live().movesFrom(b(1))).containsExactly(big);
    assertThat(store().live().successorsOf(b(8))).containsExactly(big);
    assertThat(store().live().anyBelow(path("d/".repeat(254) + "d"), _ -> true)).isTrue();
    assertThat(store().live().anyBelow(big.path(), _ -> true)).isFalse();
    assertThat(store().record(big.path()))
        .isEqualTo(shown(big.path(), file(1, Long.MAX_VALUE), a(1)));
    assertThat(below(big.path())).isEmpty();
    assertThat(store().locations(hash(1), 1)).containsExactly(big.path());
    assertThat(store().dirty(null, 9)).containsExactly(big.path());
    assertThat(store().dirty(big.path(), 9)).isEmpty();
    assertThat(log(0)).containsExactly(new LogRecord(1, event, null, Long.MAX_VALUE));
  }
}
