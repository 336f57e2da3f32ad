package io.dirsync.engine.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.engine.store.Table.Space;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.FlushOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.Statistics;
import org.rocksdb.TickerType;

/** What databases are opened with. */
final class FolderStoresTest {
  private static final int TABLE_FILES = 40;
  private static final int ROUNDS = 10;

  private static byte[] row(int number) {
    return ("row " + number).getBytes(UTF_8);
  }

  @Test
  void tableFilesStayOpenWhileTheyAreReadInTurn(@TempDir Path directory) throws RocksDBException {
    List<ColumnFamilyHandle> handles = new ArrayList<>();
    try (FolderStores stores = new FolderStores();
        Statistics statistics = new Statistics();
        FlushOptions flush = new FlushOptions();
        ColumnFamilyOptions family =
            stores.familyOptions(Space.STATE).setDisableAutoCompactions(true);
        DBOptions options = stores.databaseOptions().setStatistics(statistics);
        RocksDB database =
            RocksDB.open(
                options,
                directory.toString(),
                List.of(new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, family)),
                handles)) {
      for (int number = 0; number < TABLE_FILES; number++) {
        database.put(row(number), row(number));
        database.flush(flush);
      }
      for (int round = 0; round < ROUNDS; round++) {
        for (int number = 0; number < TABLE_FILES; number++) {
          assertThat(database.get(row(number))).isEqualTo(row(number));
        }
      }
      handles.forEach(ColumnFamilyHandle::close);
      assertThat(statistics.getTickerCount(TickerType.NO_FILE_OPENS)).isLessThan(2L * TABLE_FILES);
    }
  }
}
