package io.dirsync.protocol.netty;

import io.dirsync.model.LiveEntry;
import io.dirsync.protocol.Limits;
import io.dirsync.protocol.Message;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
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
  private long bytes;

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
      default -> MESSAGE_BYTES;
    };
  }

  /** Adds a message; returns the bytes that wait then, about. */
  synchronized long add(Message message) {
    if (message instanceof Message.Piece piece) {
      Key key = new Key(piece instanceof Message.SignaturePart, piece.request());
      contents.computeIfAbsent(key, _ -> new ArrayDeque<>()).add(piece);
    } else {
      control.add(message);
    }
    bytes += weight(message);
    return bytes;
  }

  synchronized @Nullable Message poll() {
    Message next = control.poll();
    if (next == null) {
      next = pollContent();
    }
    if (next != null) {
      bytes -= weight(next);
    }
    return next;
  }

  private Message.@Nullable Piece pollContent() {
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
    return piece;
  }

  synchronized long bytes() {
    return bytes;
  }

  synchronized void clear() {
    control.clear();
    contents.clear();
    bytes = 0;
  }
}
