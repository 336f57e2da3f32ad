package io.dirsync.engine.recovery;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.FolderStore.Durability;
import io.dirsync.engine.store.FolderStore.Transaction;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * How the run before this one ended, and how far the log had come when the volume was last synced:
 * what stands behind that mark may be lost in a power cut. Both stand in the folder's database.
 */
public final class LastRun {
  /** The machine's boot in which a run goes on; empty once it has ended as it should. */
  private static final String BOOT_META = "boot";

  private static final String SYNCED_META = "synced";

  /** How a run ended. */
  public enum End {
    /** It closed the folder. */
    CLOSED,
    /** The process ended, or nothing is known of it; the machine went on. */
    KILLED,
    /** The machine went down, or may have. */
    POWER_CUT
  }

  private final FolderStore store;

  public LastRun(FolderStore store) {
    this.store = store;
  }

  /**
   * How it ended.
   *
   * @param boot names the machine's present boot; empty if that cannot be told
   */
  public End end(Optional<String> boot) {
    Optional<String> running = store.meta(BOOT_META).map(name -> new String(name, UTF_8));
    if (running.isEmpty() || running.equals(boot)) {
      return End.KILLED;
    }
    return running.get().isEmpty() ? End.CLOSED : End.POWER_CUT;
  }

  /**
   * A run begins; call once what the last one left is dealt with. After a power cut the log is
   * broken: entries are sent before they are durable.
   */
  public void begin(Optional<String> boot) throws IOException {
    End last = end(boot);
    try (Transaction transaction = store.begin()) {
      if (last == End.POWER_CUT) {
        transaction.breakLog();
      }
      setBoot(transaction, boot.orElse("unknown"));
      transaction.commit(Durability.DISK);
    }
  }

  /**
   * The run ends as it should, all that is on the volume being durable.
   *
   * @param end the log's
   */
  public void close(long end) throws IOException {
    try (Transaction transaction = store.begin()) {
      setBoot(transaction, "");
      setSynced(transaction, end);
      transaction.commit(Durability.DISK);
    }
  }

  private static void setBoot(Transaction transaction, String name) {
    transaction.setMeta(BOOT_META, name.getBytes(UTF_8));
  }

  /** Log entries up to here speak of files that are durable; zero if nothing is known. */
  public long synced() {
    return store.meta(SYNCED_META).map(bytes -> ByteBuffer.wrap(bytes).getLong()).orElse(0L);
  }

  /**
   * Moves the mark.
   *
   * @param sequence a log entry before the sync of the volume began
   */
  public static void setSynced(Transaction transaction, long sequence) {
    transaction.setMeta(SYNCED_META, ByteBuffer.allocate(Long.BYTES).putLong(sequence).array());
  }
}
