package io.dirsync.engine.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RecentRowsTest {
  private static final Table<Long> TABLE = Schema.BELOW;
  private static final byte[] KEY = "key".getBytes(StandardCharsets.UTF_8);

  private final RecentRows recent = new RecentRows();
  private final FolderStores stores = new FolderStores();
  private final Database database;

  RecentRowsTest(@TempDir Path directory) throws Exception {
    database =
        Database.open(
            directory,
            stores.databaseOptions(),
            Map.of(Table.Space.STATE, stores.familyOptions(Table.Space.STATE)),
            recent);
  }

  @AfterEach
  void close() throws Exception {
    database.close();
    stores.close();
  }

  private RecentRows.Row row(long value) {
    return new RecentRows.Row(database, TABLE, KEY, value);
  }

  @Test
  void whatWasReadIsRememberedUntilItIsWritten() {
    recent.remember(row(1), recent.moment());
    assertThat(recent.find(database, TABLE, KEY)).isEqualTo(row(1));
    long moment = recent.writing(List.of(KEY.clone()));
    assertThat(recent.find(database, TABLE, KEY)).isNull();
    recent.written(moment, List.of());
    assertThat(recent.find(database, TABLE, KEY)).isNull();
  }

  @Test
  void whatWasWrittenIsRemembered() {
    recent.written(recent.writing(List.of(KEY)), List.of(row(2)));
    assertThat(recent.find(database, TABLE, KEY)).isEqualTo(row(2));
  }

  @Test
  void ofTwoWritesAtOnceNeitherIsRemembered() {
    long first = recent.writing(List.of(KEY));
    long second = recent.writing(List.of(KEY));
    recent.written(second, List.of(row(2)));
    recent.written(first, List.of(row(1)));
    assertThat(recent.find(database, TABLE, KEY)).isNull();
  }

  @Test
  void whatWasReadBeforeOrWhileARowIsWrittenIsNotRemembered() {
    long before = recent.moment();
    long moment = recent.writing(List.of(KEY));
    long meanwhile = recent.moment();
    recent.remember(row(1), before);
    recent.remember(row(1), meanwhile);
    recent.written(moment, List.of());
    recent.remember(row(1), before);
    recent.remember(row(1), meanwhile);
    assertThat(recent.find(database, TABLE, KEY)).isNull();
  }

  @Test
  void rowsOfOtherTablesAreOthers() {
    recent.remember(row(1), recent.moment());
    assertThat(recent.find(database, Schema.VECTOR, KEY)).isNull();
  }

  @Test
  void aDatabaseTellsOfARowAsItIsNow() throws Exception {
    for (Long value : new Long[] {null, 1L, 2L, null}) {
      try (Batch batch = database.batch()) {
        batch.change(TABLE, KEY, value);
        database.write(batch, false);
      }
      assertThat(database.get(TABLE, KEY)).isEqualTo(value);
      assertThat(database.get(TABLE, KEY)).isEqualTo(value);
      assertThat(recent.find(database, TABLE, KEY)).isNotNull();
    }
  }

  @Test
  void aDatabaseTellsOfAGroupAsItIsNow() throws Exception {
    byte[] group = Keys.successors(1, 300);
    byte[] one = key(group, Keys.dotOnly(2, 1));
    byte[] other = key(group, Keys.dotOnly(2, 2));
    byte[] behind = key(Keys.successors(1, 301), Keys.dotOnly(2, 1));
    write(behind, Schema.Present.YES);
    assertThat(database.keys(Schema.SUCCESSORS, group)).isEmpty();
    write(other, Schema.Present.YES);
    write(one, Schema.Present.YES);
    assertThat(database.keys(Schema.SUCCESSORS, group)).containsExactly(one, other);
    assertThat(recent.find(database, Schema.SUCCESSORS, group)).isNotNull();
    assertThat(database.keys(Schema.SUCCESSORS, group)).containsExactly(one, other);
    write(one, null);
    assertThat(database.keys(Schema.SUCCESSORS, group)).containsExactly(other);
    Overlay changed = new Overlay(database);
    changed.put(Schema.SUCCESSORS, one, Schema.Present.YES);
    changed.delete(Schema.SUCCESSORS, other);
    assertThat(changed.keys(Schema.SUCCESSORS, group)).containsExactly(one);
  }

  private void write(byte[] key, Schema.@Nullable Present value) throws Exception {
    try (Batch batch = database.batch()) {
      batch.change(Schema.SUCCESSORS, key, value);
      database.write(batch, false);
    }
  }

  private static byte[] key(byte[] group, byte[] dot) {
    return new ByteWriter(32).raw(group).raw(dot).toByteArray();
  }
}
