package io.dirsync.protocol.netty;

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
  private final ArrayDeque<Message> control = new ArrayDeque<>();
  private final LinkedHashMap<Long, ArrayDeque<Message.Data>> contents = new LinkedHashMap<>();
  private long bytes;

  private static long weight(Message message) {
    return switch (message) {
      case Message.Data data -> 64L + data.bytes().length;
      case Message.LogBatch batch -> {
        long sum = 256L + 256L * batch.entries().size();
        for (Message.Inline inline : batch.inline()) {
          sum += inline.content().length;
        }
        yield sum;
      }
      case Message.StateBatch batch -> 256L + 256L * batch.entries().size();
      default -> 128;
    };
  }

  /** Adds a message; returns the bytes that wait then, about. */
  synchronized long add(Message message) {
    if (message instanceof Message.Data data) {
      contents.computeIfAbsent(data.request(), _ -> new ArrayDeque<>()).add(data);
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

  private Message.@Nullable Data pollContent() {
    var first = contents.entrySet().iterator();
    if (!first.hasNext()) {
      return null;
    }
    Map.Entry<Long, ArrayDeque<Message.Data>> entry = first.next();
    ArrayDeque<Message.Data> waiting = entry.getValue();
    Message.Data data = waiting.poll();
    first.remove();
    if (!waiting.isEmpty()) {
      contents.put(entry.getKey(), waiting);
    }
    return data;
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
