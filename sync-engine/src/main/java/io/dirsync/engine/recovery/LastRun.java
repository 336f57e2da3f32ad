package io.dirsync.engine.recovery;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.FolderStore.Durability;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.model.LogEpochs;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * How the run before this one ended, and how far the log had come when the volume was last synced:
 * what stands behind that mark may be lost in a power cut. Both stand in the folder's database.
 */
public final class LastRun {
  /** The machine's boot in which a run goes on; empty once it has ended as it should. */
  private static final String BOOT_META = "boot";

  private static final String SYNCED_META = "synced";

  /** Of each epoch the first entry and the id, eight bytes each. */
  private static final String EPOCHS_META = "epochs";

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

  /** The runs that wrote the log. */
  public LogEpochs epochs() {
    ByteBuffer stored = ByteBuffer.wrap(store.meta(EPOCHS_META).orElse(new byte[0]));
    List<LogEpochs.Epoch> epochs = new ArrayList<>();
    while (stored.hasRemaining()) {
      epochs.add(new LogEpochs.Epoch(stored.getLong(), stored.getLong()));
    }
    return new LogEpochs(epochs);
  }

  /**
   * Whatever is logged from now on is this run's. Call before anything is: entries are sent before
   * they are durable, and a database may have been set back to a backup, so that peers may have
   * read other entries under the numbers that come next.
   */
  public void beginEpoch(RandomGenerator random) throws IOException {
    List<LogEpochs.Epoch> epochs =
        epochs().begin(random.nextLong() | 1, store.floor(), store.end()).list();
    ByteBuffer bytes = ByteBuffer.allocate(epochs.size() * 2 * Long.BYTES);
    epochs.forEach(epoch -> bytes.putLong(epoch.first()).putLong(epoch.id()));
    try (Transaction transaction = store.begin()) {
      transaction.setMeta(EPOCHS_META, bytes.array());
      transaction.commit(Durability.DISK);
    }
  }

  /** A run begins; call once what the last one left is dealt with. */
  public void begin(Optional<String> boot) throws IOException {
    try (Transaction transaction = store.begin()) {
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
