package io.dirsync.protocol;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Two nodes in one process, joined without a network. Messages are handed over by reference, in
 * order.
 */
public final class LocalConnections {
  /** Messages under way to one side beyond which the other should stop. */
  private static final int FULL = 64;

  private LocalConnections() {}

  /**
   * Joins two nodes.
   *
   * @param laneOfA runs what A is told, one at a time and in order; likewise B's
   */
  public static void connect(
      NodeId a,
      Transport.Acceptor forA,
      Executor laneOfA,
      NodeId b,
      Transport.Acceptor forB,
      Executor laneOfB) {
    End endOfA = new End(b, laneOfA);
    End endOfB = new End(a, laneOfB);
    endOfA.other = endOfB;
    endOfB.other = endOfA;
    laneOfA.execute(() -> endOfA.open(forA));
    laneOfB.execute(() -> endOfB.open(forB));
  }

  private static final class End implements Connection {
    private final NodeId peer;
    private final Executor lane;
    private @Nullable End other;
    private @Nullable Handler handler;
    private final ArrayDeque<Message> early = new ArrayDeque<>();
    private int underWay;
    private boolean full;
    private boolean closed;

    End(NodeId peer, Executor lane) {
      this.peer = peer;
      this.lane = lane;
    }

    void open(Transport.Acceptor acceptor) {
      Handler opened = acceptor.apply(this);
      handler = opened;
      while (!early.isEmpty()) {
        opened.onMessage(early.poll());
      }
    }

    private End other() {
      return java.util.Objects.requireNonNull(other);
    }

    @Override
    public NodeId peer() {
      return peer;
    }

    @Override
    public String address() {
      return "this process";
    }

    @Override
    public void send(Message message) {
      synchronized (this) {
        if (closed) {
          return;
        }
        full = ++underWay >= FULL || full;
      }
      End to = other();
      to.lane.execute(
          () -> {
            to.receive(message);
            arrived();
          });
    }

    private void receive(Message message) {
      Handler known = handler;
      if (known == null) {
        early.add(message);
      } else {
        known.onMessage(message);
      }
    }

    private void arrived() {
      boolean room;
      synchronized (this) {
        underWay--;
        room = full && underWay < FULL / 2;
        full = full && !room;
      }
      if (room) {
        lane.execute(
            () -> {
              if (handler != null) {
                handler.onWritable();
              }
            });
      }
    }

    @Override
    public synchronized boolean writable() {
      return !full && !closed;
    }

    @Override
    public void close(String reason) {
      end(reason);
      other().end("the peer says: " + reason);
    }

    private void end(String reason) {
      synchronized (this) {
        if (closed) {
          return;
        }
        closed = true;
      }
      lane.execute(
          () -> {
            if (handler != null) {
              handler.onClosed(reason);
            }
          });
    }

    @Override
    public Traffic traffic() {
      return new Traffic(0, 0);
    }
  }
}
