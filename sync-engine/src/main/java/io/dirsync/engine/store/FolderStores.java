package io.dirsync.engine.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.CompressionType;
import org.rocksdb.Env;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBufferManager;

/**
 * Opens the stores of a process's folders, which share one cache and one bound on write buffers.
 */
public final class FolderStores implements Closeable {
  private static final long CACHE_BYTES = 24L << 20;
  private static final long WRITE_BUFFERS_BYTES = 24L << 20;
  private static final long WRITE_BUFFER_BYTES = 8L << 20;
  private static final long LOG_BYTES_MAX = 1L << 20;
  private static final int OPEN_FILES_MAX = 256;
  private static final int BLOOM_BITS = 10;

  static {
    RocksDB.loadLibrary();
  }

  private final LRUCache cache = new LRUCache(CACHE_BYTES);
  private final LRUCache writeCache = new LRUCache(WRITE_BUFFERS_BYTES);
  private final WriteBufferManager writeBuffers =
      new WriteBufferManager(WRITE_BUFFERS_BYTES, writeCache);
  private final BloomFilter bloom = new BloomFilter(BLOOM_BITS);

  /** A store that is kept in memory alone and gone with it. */
  public static FolderStore inMemory() {
    return new StoredFolder(new MemoryKeyValues());
  }

  /**
   * Opens a folder's store, which is made if it is not there.
   *
   * @throws IOException if another process uses it, a later version made it, or it is damaged; the
   *     message says which
   */
  public FolderStore open(Path directory) throws IOException {
    Files.createDirectories(directory);
    Options options = options();
    RocksDB database;
    try {
      database = RocksDB.open(options, directory.toString());
    } catch (RocksDBException e) {
      options.close();
      String message = String.valueOf(e.getMessage());
      if (message.contains("lock")) {
        throw new IOException("another dirsync is using " + directory + ": " + message, e);
      }
      throw new IOException(
          "cannot open the database "
              + directory
              + ": "
              + message
              + ". If it is damaged, move it away: files stay as they are and are compared with the peers anew",
          e);
    }
    RocksKeyValues values = new RocksKeyValues(database, directory.toString(), options::close);
    try {
      return new StoredFolder(values);
    } catch (IllegalStateException e) {
      values.close();
      throw new IOException("cannot use the database " + directory + ": " + e.getMessage(), e);
    }
  }

  private Options options() {
    return new Options()
        .setCreateIfMissing(true)
        .setEnv(Env.getDefault())
        .setWriteBufferManager(writeBuffers)
        .setWriteBufferSize(WRITE_BUFFER_BYTES)
        .setMaxWriteBufferNumber(3)
        .setMaxBackgroundJobs(1)
        .setMaxOpenFiles(OPEN_FILES_MAX)
        .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
        .setMaxLogFileSize(LOG_BYTES_MAX)
        .setKeepLogFileNum(2)
        .setMaxTotalWalSize(4 * WRITE_BUFFER_BYTES)
        .setStatsDumpPeriodSec(0)
        .setStatsPersistPeriodSec(0)
        .setCompressionType(CompressionType.NO_COMPRESSION)
        .setTableFormatConfig(
            new BlockBasedTableConfig()
                .setBlockCache(cache)
                .setFilterPolicy(bloom)
                .setWholeKeyFiltering(true)
                .setBlockSize(8 << 10));
  }

  @Override
  public void close() {
    writeBuffers.close();
    cache.close();
    writeCache.close();
    bloom.close();
  }
}
