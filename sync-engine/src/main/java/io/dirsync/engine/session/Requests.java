package io.dirsync.engine.session;

import io.dirsync.engine.Lane;
import io.dirsync.model.ContentHash;
import io.dirsync.model.RelativePath;
import io.dirsync.protocol.Connection;
import io.dirsync.protocol.Limits;
import io.dirsync.protocol.Message;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The fetches under way on one connection, whichever folder they are for. One that the peer leaves
 * unanswered is given up: now and then the peer is asked for a sign of life that waits for its turn
 * among contents. If it comes and no content has come before it, then neither the line nor a limit
 * holds one back, and the peer has nothing to send. After some of these in a row it never will.
 */
public final class Requests {
  /** How long a peer that could send may send nothing at all. */
  public static final Duration PATIENCE = Duration.ofMinutes(2);

  /** Between a sign of life and the question for the next. */
  private static final Duration LOOK = Duration.ofSeconds(10);

  private static final Logger LOG = LoggerFactory.getLogger(Requests.class);

  private final String peer;
  private final Connection connection;
  private final Lane lane;
  private final AtomicLong numbers = new AtomicLong();
  private final Map<Long, Asked> asked = new ConcurrentHashMap<>();

  /** What has come of all requests together: messages. */
  private final AtomicLong come = new AtomicLong();

  /** Whether a look is to come, or the sign of life that it has asked for. */
  private final AtomicBoolean looking = new AtomicBoolean();

  private volatile boolean mute;
  private volatile boolean closed;

  /** What had come when the last sign of life came, or this began. */
  private volatile long comeBefore;

  private static final class Asked {
    final Supplier.Reply reply;

    /** In how many looks in a row the peer had its turn and nothing to send. On the lane. */
    int idle;

    Asked(Supplier.Reply reply) {
      this.reply = reply;
    }
  }

  /**
   * @param peer its name, for people
   * @param lane where to look at the time
   */
  public Requests(String peer, Connection connection, Lane lane) {
    this.peer = peer;
    this.connection = connection;
    this.lane = lane;
  }

  /** Whether the peer has left requests unanswered, and nothing has come since. */
  boolean mute() {
    return mute;
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
        if (asked.remove(request) != null) {
          connection.send(new Message.Cancel(request));
        }
      }
    };
  }

  private long ask(Supplier.Reply reply, LongFunction<Message> question) {
    long number = numbers.incrementAndGet();
    asked.put(number, new Asked(reply));
    connection.send(question.apply(number));
    if (closed) {
      cut(number, "the connection was closed");
    } else {
      beginToLook();
    }
    return number;
  }

  /** An answer; ignored if nobody waits for it any more. */
  public void on(Message.Data data) {
    came();
    Asked request = data.last() ? asked.remove(data.request()) : asked.get(data.request());
    if (request != null) {
      request.reply.data(data.offset(), data.bytes(), data.last());
    }
  }

  public void on(Message.SignatureWanted wanted) {
    came();
    Asked request = asked.get(wanted.request());
    if (request != null && request.reply instanceof Supplier.DeltaReply reply) {
      reply.signatureWanted();
    }
  }

  public void on(Message.FetchFailed failure) {
    came();
    fail(failure.request(), failure.reason());
  }

  private void came() {
    come.incrementAndGet();
    mute = false;
  }

  private void fail(long number, String reason) {
    Asked request = asked.remove(number);
    if (request != null) {
      request.reply.failed(reason);
    }
  }

  /** The connection is gone: everything under way fails. */
  public void close(String reason) {
    closed = true;
    for (Long number : List.copyOf(asked.keySet())) {
      cut(number, reason);
    }
  }

  private void cut(long number, String reason) {
    Asked request = asked.remove(number);
    if (request != null) {
      request.reply.cut(reason);
    }
  }

  // -- a peer that leaves requests unanswered

  private void beginToLook() {
    if (looking.compareAndSet(false, true)) {
      comeBefore = come.get();
      lane.after(LOOK, this::look);
    }
  }

  private void look() {
    if (!isOver()) {
      connection.send(new Message.Ping(Message.Ping.AMONG_CONTENTS));
    }
  }

  /** Whether nothing is asked for any more; then nobody looks until something is. */
  private boolean isOver() {
    if (!closed && !asked.isEmpty()) {
      return false;
    }
    looking.set(false);
    if (!closed && !asked.isEmpty()) {
      // Asked for in between by somebody who took it that this goes on.
      beginToLook();
    }
    return true;
  }

  /** The sign of life has come. */
  public void on(Message.Pong sign) {
    if (sign.number() == Message.Ping.AMONG_CONTENTS) {
      lane.execute(this::judge);
    }
  }

  private void judge() {
    long comeNow = come.get();
    boolean nothingCame = comeNow == comeBefore;
    comeBefore = comeNow;
    List<Long> overdue = new ArrayList<>();
    asked.forEach(
        (number, request) -> {
          request.idle = nothingCame && request.reply.isPeersTurn() ? request.idle + 1 : 0;
          if (LOOK.multipliedBy(request.idle).compareTo(request.reply.patience()) >= 0) {
            overdue.add(number);
          }
        });
    if (!overdue.isEmpty() && !mute) {
      mute = true;
      LOG.warn(
          "peer {} is connected and sends no contents; giving up {} requests, to ask again, there or elsewhere",
          peer,
          overdue.size());
    }
    overdue.forEach(this::giveUp);
    if (!isOver()) {
      lane.after(LOOK, this::look);
    }
  }

  private void giveUp(long number) {
    Asked request = asked.remove(number);
    if (request != null) {
      connection.send(new Message.Cancel(number));
      request.reply.unanswered(
          peer + " has sent nothing for " + request.reply.patience().toSeconds() + " s");
    }
  }
}
