package io.dirsync.engine;

import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.model.ReplicaId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Remembers that another live node was seen to write a folder as this one does, because one machine
 * is a copy of the other. Both give the same names to different writes, so neither may go on with
 * what it remembers: a folder that was told of its twin stays halted, over restarts too, until its
 * operator has it begin anew.
 *
 * <p>Who sees two such nodes remembers what they write as, over restarts too. Either may be gone
 * before it is told, and come back when the other has halted; whoever begins anew does so as
 * another replica.
 */
final class Twin {
  private static final String META = "twin";

  /** With the replica that two others write as behind it. */
  private static final String OTHERS_META = "twins as ";

  private Twin() {}

  /**
   * @param where who was seen where, for people
   */
  static void note(Transaction transaction, String where) {
    transaction.setMeta(META, where.getBytes(StandardCharsets.UTF_8));
  }

  /** Where its twin was seen; empty if none was. */
  static Optional<String> of(FolderStore store) {
    return store.meta(META).map(Twin::text);
  }

  /**
   * @param where who of the peers were seen where, for people
   */
  static void noteOthers(Transaction transaction, ReplicaId replica, String where) {
    transaction.setMeta(OTHERS_META + replica, where.getBytes(StandardCharsets.UTF_8));
  }

  /** Where two peers were seen to write as this replica; empty if they were not. */
  static Optional<String> others(FolderStore store, ReplicaId replica) {
    return store.meta(OTHERS_META + replica).map(Twin::text);
  }

  private static String text(byte[] meta) {
    return new String(meta, StandardCharsets.UTF_8);
  }

  /**
   * @param folder its name, for people
   * @throws IOException if the folder has a twin; the message says what to do
   */
  static void check(String folder, FolderStore store) throws IOException {
    Optional<String> where = of(store);
    if (where.isPresent()) {
      throw new IOException(reason(folder, where.get()));
    }
  }

  static String reason(String folder, String where) {
    return "two running nodes are copies of one another ("
        + where
        + "); nothing is sent or deleted anywhere. Stop dirsync on the copy, or give it a data directory and a name of its own ('dirsync init'); then 'dirsync folder resume "
        + folder
        + " --as-new' here: it compares with its peers and nothing is lost, at worst there are conflict copies";
  }
}
