package io.dirsync.engine.session;

import io.dirsync.model.ContentHash;
import io.dirsync.model.RelativePath;
import io.dirsync.protocol.Connection;
import io.dirsync.protocol.Message;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** The fetches under way on one connection, whichever folder they are for. */
public final class Requests {
  private final Connection connection;
  private final AtomicLong numbers = new AtomicLong();
  private final Map<Long, Supplier.Reply> replies = new ConcurrentHashMap<>();
  private volatile boolean closed;

  public Requests(Connection connection) {
    this.connection = connection;
  }

  /** The peer as a supplier of one folder's contents. */
  public Supplier of(String folder) {
    return new Supplier() {
      @Override
      public long fetch(
          ContentHash hash, RelativePath path, long offset, long length, Reply reply) {
        long number = numbers.incrementAndGet();
        replies.put(number, reply);
        connection.send(new Message.Fetch(folder, number, hash, path, offset, length));
        if (closed) {
          fail(number, "the connection was closed");
        }
        return number;
      }

      @Override
      public void cancel(long request) {
        if (replies.remove(request) != null) {
          connection.send(new Message.Cancel(request));
        }
      }
    };
  }

  /** An answer; ignored if nobody waits for it any more. */
  public void on(Message.Data data) {
    Supplier.Reply reply =
        data.last() ? replies.remove(data.request()) : replies.get(data.request());
    if (reply != null) {
      reply.data(data.offset(), data.bytes(), data.last());
    }
  }

  public void on(Message.FetchFailed failure) {
    fail(failure.request(), failure.reason());
  }

  private void fail(long request, String reason) {
    Supplier.Reply reply = replies.remove(request);
    if (reply != null) {
      reply.failed(reason);
    }
  }

  /** The connection is gone: everything under way fails. */
  public void close(String reason) {
    closed = true;
    for (Long number : List.copyOf(replies.keySet())) {
      fail(number, reason);
    }
  }
}
