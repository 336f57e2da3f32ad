package io.dirsync.engine.session;

import io.dirsync.engine.Strand;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.model.Content;
import io.dirsync.model.Dot;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Version;
import io.dirsync.protocol.Connection;
import io.dirsync.protocol.Limits;
import io.dirsync.protocol.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Sends one peer this node's log of one folder, as far as its credit goes, and what is added to it.
 * What the peer itself has brought is left out. Runs on a strand; the store is read while the
 * writer goes on.
 */
public final class LogServer {
  private final String folder;
  private final Connection connection;
  private final FolderStore store;
  private final java.util.function.Supplier<Head> head;
  private final SmallContents contents;
  private final Strand strand;

  private boolean active;
  private boolean told;
  private @Nullable ReplicaId reader;
  private long sent;
  private long credit;
  private int inlineBytesMax;
  private FolderStore.@Nullable LiveSnapshot snapshot;
  private @Nullable Dot snapshotAt;

  /** Reads small contents so that they can ride along. */
  public interface SmallContents {
    /**
     * The content that the version put at its path, if it still stands there unchanged or is at
     * hand.
     */
    Optional<byte[]> read(Version version, Content.File content);
  }

  LogServer(
      String folder,
      Connection connection,
      FolderStore store,
      java.util.function.Supplier<Head> head,
      SmallContents contents,
      Executor workers) {
    this.folder = folder;
    this.connection = connection;
    this.store = store;
    this.head = head;
    this.contents = contents;
    this.strand = new Strand(workers);
  }

  /** Bytes that a batch takes from its reader's credit. */
  static long creditOf(Message.LogBatch batch) {
    long sum = 0;
    for (Message.LogEntry entry : batch.entries()) {
      sum += Limits.logBytes(entry.event());
    }
    for (Message.Inline inline : batch.inline()) {
      sum += inline.content().length;
    }
    return sum;
  }

  static long creditOf(Message.StateBatch batch) {
    long sum = 0;
    for (LiveEntry entry : batch.entries()) {
      sum += Limits.entryBytes(entry);
    }
    return sum;
  }

  void readLog(Message.ReadLog request, @Nullable ReplicaId of) {
    strand.execute(
        () -> {
          endSnapshot();
          active = true;
          told = false;
          reader = of;
          sent = request.after();
          credit = request.creditBytes();
          inlineBytesMax = request.inlineBytesMax();
          serve();
        });
  }

  void readState(Message.ReadState request, @Nullable ReplicaId of) {
    strand.execute(
        () -> {
          endSnapshot();
          active = false;
          reader = of;
          credit = request.creditBytes();
          snapshot = store.snapshot();
          snapshotAt = null;
          serve();
        });
  }

  void credit(long bytes) {
    strand.execute(
        () -> {
          // What a peer gives beyond what it may give at once is lost to it.
          credit = Math.min(credit + bytes, Limits.CREDIT_BYTES_MAX);
          serve();
        });
  }

  /** The log has grown, or the connection has room again. */
  void wake() {
    strand.execute(this::serve);
  }

  void stop() {
    strand.execute(
        () -> {
          active = false;
          endSnapshot();
        });
  }

  private void endSnapshot() {
    if (snapshot != null) {
      snapshot.close();
      snapshot = null;
    }
  }

  private void serve() {
    while (snapshot != null && credit > 0 && connection.writable()) {
      serveState(snapshot);
    }
    while (active && credit > 0 && connection.writable() && serveLog()) {
      // Goes on until credit, room or log run out.
    }
  }

  private boolean serveLog() {
    Head now = head.get();
    if (sent >= now.end() && told) {
      return false;
    }
    if (sent < now.floor()) {
      // What it has not read was dropped: it must compare, and finds that in the folder's state.
      active = false;
      connection.send(now.state(folder));
      return false;
    }
    Batch batch = new Batch(now.end());
    store.readLog(sent, batch::add);
    long through = batch.full ? batch.through : now.end();
    sent = Math.max(sent, through);
    if (batch.entries.isEmpty() && told && through == now.end()) {
      // Only what the reader has brought itself: that can wait for company.
      return false;
    }
    told = true;
    credit -= batch.bytes;
    connection.send(
        new Message.LogBatch(
            folder,
            batch.entries,
            batch.inline,
            through,
            now.end(),
            through == now.end() ? now.known() : null));
    return true;
  }

  private final class Batch {
    final List<Message.LogEntry> entries = new ArrayList<>();
    final List<Message.Inline> inline = new ArrayList<>();
    final long end;
    long bytes;
    long through = sent;
    boolean full;

    Batch(long end) {
      this.end = end;
    }

    boolean add(FolderStore.LogRecord record) {
      if (record.sequence() > end) {
        return false;
      }
      if (bytes >= Limits.BATCH_BYTES_TARGET) {
        full = true;
        return false;
      }
      through = record.sequence();
      if (record.source() != null && record.source().equals(reader)) {
        return true;
      }
      entries.add(new Message.LogEntry(record.sequence(), record.event()));
      bytes += Limits.logBytes(record.event());
      for (LiveEntry entry : record.event().added()) {
        if (entry instanceof Version version
            && version.content() instanceof Content.File file
            && file.size() > 0
            && file.size() <= inlineBytesMax
            && version.movedFrom() == null) {
          contents
              .read(version, file)
              .ifPresent(
                  content -> {
                    inline.add(new Message.Inline(file.hash(), content));
                    bytes += content.length;
                  });
        }
      }
      return true;
    }
  }

  private void serveState(FolderStore.LiveSnapshot live) {
    List<LiveEntry> entries = new ArrayList<>();
    long[] bytes = new long[1];
    boolean[] more = new boolean[1];
    live.read(
        snapshotAt,
        entry -> {
          if (bytes[0] >= Limits.BATCH_BYTES_TARGET) {
            more[0] = true;
            return false;
          }
          entries.add(entry);
          bytes[0] += Limits.entryBytes(entry);
          return true;
        });
    credit -= bytes[0];
    connection.send(
        new Message.StateBatch(
            folder,
            snapshotAt,
            entries,
            !more[0],
            live.sequence(),
            new Message.Known(live.vector(), live.beyond())));
    if (more[0]) {
      snapshotAt = entries.getLast().dot();
    } else {
      endSnapshot();
    }
  }
}
