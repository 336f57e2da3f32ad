package io.dirsync.protocol.netty;

import io.dirsync.protocol.Bandwidth;
import io.dirsync.protocol.Connection;
import io.dirsync.protocol.Message;
import io.dirsync.protocol.NodeKey;
import io.netty.channel.epoll.Epoll;
import java.time.InstantSource;
import java.util.Set;
import java.util.function.Consumer;

/** Nodes that say Hello and do nothing else, for tests. */
final class Nodes {
  private Nodes() {}

  /**
   * A node's transport, to be closed.
   *
   * @param warnings told what it logs of refusals
   */
  static NettyTransport transport(NodeKey key, Timing timing, Consumer<String> warnings) {
    return new NettyTransport(
        key,
        new NettyTransport.Setup(
            true,
            Epoll.isAvailable(),
            timing,
            new RefusalLog(InstantSource.system(), warnings),
            new Bandwidth()));
  }

  /** Says Hello on a connection, and passes on what comes and why it ends. */
  static Connection.Handler greet(
      Connection connection, Consumer<Message> messages, Consumer<String> closed) {
    connection.send(new Message.Hello(1, "node", Set.of(), 1));
    return new Connection.Handler() {
      @Override
      public void onMessage(Message message) {
        messages.accept(message);
      }

      @Override
      public void onWritable() {
        // Nothing waits for room.
      }

      @Override
      public void onClosed(String reason) {
        closed.accept(reason);
      }
    };
  }
}
