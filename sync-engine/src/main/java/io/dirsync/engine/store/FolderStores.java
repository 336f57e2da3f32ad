package io.dirsync.engine.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.RocksDB;
import org.rocksdb.WriteBufferManager;

/**
 * Opens the stores of one process. They share one bound on memory, so that a node with many folders
 * needs little more than a node with one.
 */
public final class FolderStores implements Closeable {
  /**
   * Of all stores together: cached blocks, and the write buffers with them. Indexes and filters of
   * open files come on top, about a quarter of a megabyte for each {@link #TABLE_FILE_BYTES}.
   */
  private static final long MEMORY_BYTES_MAX = 32L << 20;

  /** Of all stores together, and part of the above. */
  private static final long WRITE_BUFFERS_BYTES_MAX = 20L << 20;

  private static final long STATE_BUFFER_BYTES = 8L << 20;
  private static final long OTHER_BUFFER_BYTES = 4L << 20;
  private static final long TABLE_FILE_BYTES = 16L << 20;
  private static final long FIRST_LEVEL_BYTES = 64L << 20;
  private static final long BLOCK_BYTES = 8L << 10;

  /** Write buffers are touched in steps of this: a store with little in it takes little. */
  private static final long ARENA_BLOCK_BYTES = 128L << 10;

  /** Bounds descriptors, and with them the indexes and filters in memory. */
  private static final int OPEN_FILES_MAX = 64;

  /** What a start may have to read again, of a store that was not closed. */
  private static final long WRITE_AHEAD_LOG_BYTES_MAX = 32L << 20;

  private static final int BACKGROUND_JOBS_MAX = 2;
  private static final long INFO_LOG_BYTES_MAX = 256L << 10;
  private static final long MANIFEST_BYTES_MAX = 4L << 20;
  private static final long WRITEBACK_STEP_BYTES = 1L << 20;
  private static final double FILTER_BITS_PER_KEY = 10;

  /**
   * Share of a write buffer that goes into its own filter, so that absent rows are seen at once.
   */
  private static final double BUFFER_FILTER_SHARE = 0.05;

  private final Cache cache;
  private final WriteBufferManager writeBuffers;
  private final BloomFilter filter;
  private final RecentRows recent = new RecentRows();
  private boolean closed;

  public FolderStores() {
    RocksDB.loadLibrary();
    cache = new LRUCache(MEMORY_BYTES_MAX);
    writeBuffers = new WriteBufferManager(WRITE_BUFFERS_BYTES_MAX, cache);
    filter = new BloomFilter(FILTER_BITS_PER_KEY);
  }

  /**
   * Opens the store in a directory, which is made if it is missing.
   *
   * @throws IOException if another process has it open, it is damaged, a newer dirsync wrote it, or
   *     the disk fails; the message says which and what to do
   */
  public synchronized RocksFolderStore open(Path directory) throws IOException {
    if (closed) {
      throw new IllegalStateException("no more stores are to be opened");
    }
    return RocksFolderStore.open(directory, this);
  }

  /** Opens no more; stores that are open stay so, and free what they share when the last closes. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      filter.close();
      writeBuffers.close();
      cache.close();
    }
  }

  /** Rows that were read last, of all stores together. */
  RecentRows recent() {
    return recent;
  }

  /** Options for one database; the caller closes them after it. */
  DBOptions databaseOptions() {
    return new DBOptions()
        .setCreateIfMissing(true)
        .setCreateMissingColumnFamilies(true)
        .setWriteBufferManager(writeBuffers)
        .setMaxOpenFiles(OPEN_FILES_MAX)
        // So few in the usual 64 shards would be one in each: of two that share one, each read of
        // the one would close the other.
        .setTableCacheNumshardbits(0)
        .setMaxFileOpeningThreads(1)
        .setMaxBackgroundJobs(BACKGROUND_JOBS_MAX)
        .setMaxTotalWalSize(WRITE_AHEAD_LOG_BYTES_MAX)
        .setMaxManifestFileSize(MANIFEST_BYTES_MAX)
        // One writer at a time: nothing to run side by side.
        .setAllowConcurrentMemtableWrite(false)
        .setEnableWriteThreadAdaptiveYield(false)
        .setBytesPerSync(WRITEBACK_STEP_BYTES)
        .setWalBytesPerSync(WRITEBACK_STEP_BYTES)
        .setSkipStatsUpdateOnDbOpen(true)
        .setStatsDumpPeriodSec(0)
        .setStatsPersistPeriodSec(0)
        .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
        .setMaxLogFileSize(INFO_LOG_BYTES_MAX)
        .setKeepLogFileNum(2);
  }

  /** Options for one column family; the caller closes them after its database. */
  ColumnFamilyOptions familyOptions(Table.Space space) {
    BlockBasedTableConfig tables =
        new BlockBasedTableConfig()
            .setBlockCache(cache)
            .setBlockSize(BLOCK_BYTES)
            .setFilterPolicy(filter)
            // Kept by the open files instead: in so small a cache they would push each other out.
            .setCacheIndexAndFilterBlocks(false)
            .setOptimizeFiltersForMemory(true)
            .setFormatVersion(6);
    ColumnFamilyOptions options =
        new ColumnFamilyOptions()
            .setMaxWriteBufferNumber(2)
            .setArenaBlockSize(ARENA_BLOCK_BYTES)
            .setTargetFileSizeBase(TABLE_FILE_BYTES)
            .setMaxBytesForLevelBase(FIRST_LEVEL_BYTES)
            .setCompressionType(CompressionType.LZ4_COMPRESSION);
    return switch (space) {
      case STATE ->
          options
              .setTableFormatConfig(tables)
              .setWriteBufferSize(STATE_BUFFER_BYTES)
              .setMemtableWholeKeyFiltering(true)
              .setMemtablePrefixBloomSizeRatio(BUFFER_FILTER_SHARE);
      case CONTENTS ->
          options
              .setTableFormatConfig(tables.setWholeKeyFiltering(false))
              .setWriteBufferSize(OTHER_BUFFER_BYTES)
              .useFixedLengthPrefixExtractor(Keys.CONTENT_PREFIX_BYTES)
              .setMemtablePrefixBloomSizeRatio(BUFFER_FILTER_SHARE);
      case LOG -> options.setTableFormatConfig(tables).setWriteBufferSize(OTHER_BUFFER_BYTES);
    };
  }
}
