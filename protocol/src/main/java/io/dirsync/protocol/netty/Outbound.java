package io.dirsync.protocol.netty;

import io.dirsync.model.LiveEntry;
import io.dirsync.protocol.Limits;
import io.dirsync.protocol.Message;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Messages waiting to be written: control before content, contents in turn by request. Safe for
 * several threads.
 */
final class Outbound {
  private static final long MESSAGE_BYTES = 256;

  private final ArrayDeque<Message> control = new ArrayDeque<>();
  private final LinkedHashMap<Key, ArrayDeque<Message.Piece>> contents = new LinkedHashMap<>();
  private long controlBytes;
  private long contentBytes;

  /** Requests of this node's and of the peer's have numbers apart. */
  private record Key(boolean own, long request) {}

  private static long weight(Message message) {
    return switch (message) {
      case Message.Piece piece -> 64L + piece.bytes().length;
      case Message.LogBatch batch -> {
        long sum = MESSAGE_BYTES;
        for (Message.LogEntry entry : batch.entries()) {
          sum += Limits.logBytes(entry.event());
        }
        for (Message.Inline inline : batch.inline()) {
          sum += inline.content().length;
        }
        yield sum;
      }
      case Message.StateBatch batch -> {
        long sum = MESSAGE_BYTES;
        for (LiveEntry entry : batch.entries()) {
          sum += Limits.entryBytes(entry);
        }
        yield sum;
      }
      case Message.ReadState request -> stretches(request.stretches());
      case Message.StateStretches divided -> stretches(divided.stretches());
      default -> MESSAGE_BYTES;
    };
  }

  private static long stretches(List<Message.Stretch> stretches) {
    return MESSAGE_BYTES + (long) Limits.STRETCH_BYTES * stretches.size();
  }

  /** Whether a message waits with the contents. */
  static boolean isContent(Message message) {
    return message instanceof Message.Piece;
  }

  /** Adds a message; returns the bytes of its kind that wait then, about. */
  synchronized long add(Message message) {
    if (message instanceof Message.Piece piece) {
      Key key = new Key(piece instanceof Message.SignaturePart, piece.request());
      contents.computeIfAbsent(key, _ -> new ArrayDeque<>()).add(piece);
      contentBytes += weight(message);
      return contentBytes;
    }
    control.add(message);
    controlBytes += weight(message);
    return controlBytes;
  }

  synchronized @Nullable Message pollControl() {
    Message next = control.poll();
    if (next != null) {
      controlBytes -= weight(next);
    }
    return next;
  }

  synchronized @Nullable Message pollContent() {
    var first = contents.entrySet().iterator();
    if (!first.hasNext()) {
      return null;
    }
    Map.Entry<Key, ArrayDeque<Message.Piece>> entry = first.next();
    ArrayDeque<Message.Piece> waiting = entry.getValue();
    Message.Piece piece = waiting.poll();
    first.remove();
    if (!waiting.isEmpty()) {
      contents.put(entry.getKey(), waiting);
    }
    if (piece != null) {
      contentBytes -= weight(piece);
    }
    return piece;
  }

  synchronized long controlBytes() {
    return controlBytes;
  }

  synchronized long contentBytes() {
    return contentBytes;
  }

  synchronized void clear() {
    control.clear();
    contents.clear();
    controlBytes = 0;
    contentBytes = 0;
  }
}
