package io.dirsync.engine.session;

import io.dirsync.model.ContentHash;
import io.dirsync.model.RelativePath;
import io.dirsync.protocol.Connection;
import io.dirsync.protocol.Limits;
import io.dirsync.protocol.Message;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;

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
        return ask(reply, number -> new Message.Fetch(folder, number, hash, path, offset, length));
      }

      @Override
      public long fetchDelta(
          ContentHash hash, RelativePath path, ContentHash basis, DeltaReply reply) {
        return ask(reply, number -> new Message.FetchDelta(folder, number, hash, path, basis));
      }

      @Override
      public void sign(long request, byte[] signature) {
        int at = 0;
        do {
          int end = Math.min(signature.length, at + Limits.DATA_BYTES_MAX);
          connection.send(
              new Message.SignaturePart(
                  request, at, Arrays.copyOfRange(signature, at, end), end == signature.length));
          at = end;
        } while (at < signature.length);
      }

      @Override
      public void more(long request, long bytes) {
        connection.send(new Message.More(request, bytes));
      }

      @Override
      public void cancel(long request) {
        if (replies.remove(request) != null) {
          connection.send(new Message.Cancel(request));
        }
      }
    };
  }

  private long ask(Supplier.Reply reply, LongFunction<Message> question) {
    long number = numbers.incrementAndGet();
    replies.put(number, reply);
    connection.send(question.apply(number));
    if (closed) {
      fail(number, "the connection was closed");
    }
    return number;
  }

  /** An answer; ignored if nobody waits for it any more. */
  public void on(Message.Data data) {
    Supplier.Reply reply =
        data.last() ? replies.remove(data.request()) : replies.get(data.request());
    if (reply != null) {
      reply.data(data.offset(), data.bytes(), data.last());
    }
  }

  public void on(Message.SignatureWanted wanted) {
    if (replies.get(wanted.request()) instanceof Supplier.DeltaReply reply) {
      reply.signatureWanted();
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
