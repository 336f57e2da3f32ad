package io.dirsync.engine.store;

import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** What every store promises, whatever it is kept in; subject by subject. */
abstract class FolderStoreContractTest
    implements FolderStoreTransactionsContract,
        FolderStoreLiveSetContract,
        FolderStoreDotsContract,
        FolderStoreRecordsContract,
        FolderStoreLogContract {
  FolderStore store;

  /** A store with nothing in it. */
  abstract FolderStore fresh() throws IOException;

  /** The same store as the next process finds it. */
  abstract FolderStore reopened() throws IOException;

  @Override
  public final FolderStore store() {
    return store;
  }

  @Override
  public final void reopen() throws IOException {
    store = reopened();
  }

  @BeforeEach
  void open() throws IOException {
    store = fresh();
  }

  @AfterEach
  void close() throws IOException {
    store.close();
  }
}
