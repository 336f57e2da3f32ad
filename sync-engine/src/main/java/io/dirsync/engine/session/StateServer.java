package io.dirsync.engine.session;

import io.dirsync.engine.store.FolderStore;
import io.dirsync.model.Dot;
import io.dirsync.model.LiveEntry;
import io.dirsync.protocol.Connection;
import io.dirsync.protocol.Limits;
import io.dirsync.protocol.Message;
import io.dirsync.protocol.Message.Digest;
import io.dirsync.protocol.Message.Stretch;
import java.io.Closeable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One comparison as its server sees it: says in which stretches this node's live set, as it was
 * when the comparison began, differs from the reader's. On the log server's strand.
 */
final class StateServer implements Closeable {
  /** A stretch from behind one dot through another; the digest is what the reader has there. */
  private record Open(@Nullable Dot after, @Nullable Dot through, @Nullable Digest digest) {}

  private final String folder;
  private final long comparison;
  private final Connection connection;
  private final FolderStore.LiveSnapshot live;
  private final Message.Known known;
  private final ArrayDeque<Open> open = new ArrayDeque<>();

  /** Stretches that the reader was asked to divide. */
  private final List<Open> asked = new ArrayList<>();

  private boolean ended;

  StateServer(Connection connection, FolderStore.LiveSnapshot live, Message.ReadState request) {
    this.folder = request.folder();
    this.comparison = request.comparison();
    this.connection = connection;
    this.live = live;
    this.known = new Message.Known(live.vector(), live.beyond());
    open(null, null, request.stretches());
  }

  private void open(@Nullable Dot after, @Nullable Dot through, List<Stretch> stretches) {
    List<Open> divided = new ArrayList<>();
    Dot from = after;
    for (Stretch stretch : stretches) {
      Dot end = stretch.through() == null ? through : stretch.through();
      divided.add(new Open(from, end, stretch.digest()));
      from = end;
    }
    divided.reversed().forEach(open::addFirst);
  }

  /** The reader has divided what it was asked to; what it was not asked to is passed over. */
  void divided(Message.StateStretches answer) {
    if (answer.comparison() != comparison) {
      return;
    }
    for (Open each : asked) {
      if (java.util.Objects.equals(each.after(), answer.after())
          && java.util.Objects.equals(each.through(), answer.through())) {
        asked.remove(each);
        open(answer.after(), answer.through(), answer.stretches());
        return;
      }
    }
  }

  /** Whether all that differs was sent. */
  boolean ended() {
    return ended;
  }

  /**
   * Goes on, by one message at most.
   *
   * @return what was sent, as credit counts it; negative if the reader has to answer first
   */
  long next() {
    while (!open.isEmpty()) {
      Open stretch = open.poll();
      if (stretch.digest() == null) {
        return send(stretch);
      }
      LiveDigest digest = new LiveDigest();
      read(
          stretch,
          entry -> {
            digest.add(entry);
            return true;
          });
      long count = digest.count();
      if (digest.take().equals(stretch.digest())) {
        continue;
      }
      if (count <= StateDivider.SHORT) {
        return send(stretch);
      }
      if (asked.size() >= Limits.STRETCHES_OPEN_MAX) {
        open.addFirst(stretch);
        return -1;
      }
      asked.add(stretch);
      connection.send(
          new Message.StateDiffers(folder, comparison, stretch.after(), stretch.through()));
      return Limits.STRETCH_BYTES;
    }
    if (!asked.isEmpty()) {
      return -1;
    }
    ended = true;
    connection.send(new Message.StateEnd(folder, comparison, live.sequence(), known));
    return 0;
  }

  private void read(Open stretch, java.util.function.Predicate<LiveEntry> consumer) {
    Dot through = stretch.through();
    live.read(
        stretch.after(),
        entry -> (through == null || entry.dot().compareTo(through) <= 0) && consumer.test(entry));
  }

  /** As much of a stretch as one message takes; the rest is open still. */
  private long send(Open stretch) {
    List<LiveEntry> entries = new ArrayList<>();
    long[] bytes = {Limits.STRETCH_BYTES};
    boolean[] more = new boolean[1];
    read(
        stretch,
        entry -> {
          if (bytes[0] >= Limits.BATCH_BYTES_TARGET) {
            more[0] = true;
            return false;
          }
          entries.add(entry);
          bytes[0] += Limits.entryBytes(entry);
          return true;
        });
    Dot through = more[0] ? entries.getLast().dot() : stretch.through();
    connection.send(
        new Message.StateBatch(folder, comparison, stretch.after(), through, entries, known));
    if (more[0]) {
      open.addFirst(new Open(through, stretch.through(), null));
    }
    return bytes[0];
  }

  @Override
  public void close() {
    live.close();
  }
}
