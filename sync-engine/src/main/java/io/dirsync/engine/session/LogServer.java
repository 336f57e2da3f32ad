package io.dirsync.engine.session;

import io.dirsync.engine.Strand;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.model.Content;
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
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends one peer this node's log of one folder, as far as its credit goes, and what is added to it.
 * What the peer itself has brought is left out. Runs on a strand; the store is read while the
 * writer goes on.
 */
public final class LogServer {
  /** Entries of the reader's own that it is not told of by themselves. */
  private static final long SILENT_MAX = 500;

  private final String folder;
  private final Connection connection;
  private final FolderStore store;
  private final java.util.function.Supplier<Head> head;
  private final LongSupplier scanned;
  private final SmallContents contents;
  private final Strand strand;

  private boolean active;
  private boolean told;
  private @Nullable ReplicaId reader;
  private long sent;
  private long toldThrough;
  private long credit;
  private int inlineBytesMax;
  private boolean allContents;
  private @Nullable StateServer state;

  /** Reads small contents so that they can ride along. */
  public interface SmallContents {
    /**
     * The content that the version put at its path, if it still stands there unchanged or is at
     * hand.
     */
    Optional<byte[]> read(Version version, Content.File content);
  }

  /**
   * @param scanned where the log ended when this node had first looked through its folder: what is
   *     before that is no news to a peer that has files
   */
  LogServer(
      String folder,
      Connection connection,
      FolderStore store,
      java.util.function.Supplier<Head> head,
      LongSupplier scanned,
      SmallContents contents,
      Executor workers) {
    this.folder = folder;
    this.connection = connection;
    this.store = store;
    this.head = head;
    this.scanned = scanned;
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
    long sum = Limits.STRETCH_BYTES;
    for (LiveEntry entry : batch.entries()) {
      sum += Limits.entryBytes(entry);
    }
    return sum;
  }

  /**
   * @param fresh whether the reader knows of nothing at all: then it has no content either
   */
  void readLog(Message.ReadLog request, @Nullable ReplicaId of, boolean fresh) {
    strand.execute(
        () -> {
          endState();
          active = true;
          told = false;
          reader = of;
          sent = request.after();
          toldThrough = sent;
          credit = request.creditBytes();
          inlineBytesMax = request.inlineBytesMax();
          allContents = fresh;
          serve();
        });
  }

  /**
   * The reader goes on under another name: what it has brought under the former one it has to say
   * that it knows, though it is not told of it.
   */
  void renamed(@Nullable ReplicaId to) {
    strand.execute(
        () -> {
          reader = to;
          told = false;
          serve();
        });
  }

  void readState(Message.ReadState request, @Nullable ReplicaId of) {
    strand.execute(
        () -> {
          endState();
          active = false;
          reader = of;
          credit = request.creditBytes();
          state = new StateServer(connection, store.snapshot(), request);
          serve();
        });
  }

  void divided(Message.StateStretches answer) {
    strand.execute(
        () -> {
          if (state != null) {
            state.divided(answer);
            serve();
          }
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
          endState();
        });
  }

  private void endState() {
    if (state != null) {
      state.close();
      state = null;
    }
  }

  private void serve() {
    while (state != null && credit > 0 && connection.writable() && serveState(state)) {
      // Goes on until credit, room or differences run out, or the reader has to answer.
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
    if (batch.entries.isEmpty()
        && told
        && through == now.end()
        && through - toldThrough < SILENT_MAX) {
      // Only what the reader has brought itself: that can wait for company, but not for ever, since
      // the log is kept until the reader says that it has got it.
      return false;
    }
    told = true;
    toldThrough = through;
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
            && version.movedFrom() == null
            && (allContents || (record.sequence() > scanned.getAsLong() && !isKnown(version)))) {
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

  /** Somebody else has put the same there: who reads this log probably has it. */
  private boolean isKnown(Version version) {
    return store.live().at(version.path()).stream()
        .anyMatch(
            other ->
                other instanceof Version same
                    && same.content().equals(version.content())
                    && !same.dot().equals(version.dot()));
  }

  private boolean serveState(StateServer comparison) {
    long bytes = comparison.next();
    if (bytes < 0) {
      return false;
    }
    credit -= bytes;
    if (comparison.ended()) {
      endState();
    }
    return true;
  }
}
