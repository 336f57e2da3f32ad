package io.dirsync.engine.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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
    recent.writing(List.of(KEY.clone()));
    recent.written();
    assertThat(recent.find(database, TABLE, KEY)).isNull();
  }

  @Test
  void whatWasReadBeforeOrWhileARowIsWrittenIsNotRemembered() {
    long before = recent.moment();
    recent.writing(List.of(KEY));
    long meanwhile = recent.moment();
    recent.remember(row(1), before);
    recent.remember(row(1), meanwhile);
    recent.written();
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
        batch.change(TABLE, KEY, value == null ? null : TABLE.encode(value));
        database.write(batch, false);
      }
      assertThat(database.get(TABLE, KEY)).isEqualTo(value);
      assertThat(database.get(TABLE, KEY)).isEqualTo(value);
      assertThat(recent.find(database, TABLE, KEY)).isNotNull();
    }
  }
}
