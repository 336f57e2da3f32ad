package io.dirsync.protocol;

import java.io.Closeable;
import java.io.IOException;
import java.util.function.Function;
import java.util.function.Predicate;

/** Makes connections, both ways. */
public interface Transport extends Closeable {
  /**
   * Gives the handler for a new connection, which is authenticated but has carried no message yet.
   */
  interface Acceptor extends Function<Connection, Connection.Handler> {}

  /**
   * Accepts connections from known peers.
   *
   * @param address {@code host:port}; a port of 0 takes a free one
   * @param known whether a key's holder may connect; asked at each handshake
   * @return the address listened at, with the port taken
   * @throws IOException if the address cannot be bound, saying which and why
   */
  String listen(String address, Predicate<NodeId> known, Acceptor acceptor) throws IOException;

  /**
   * Dials a peer once; never blocks. {@code acceptor} is called when the peer has proved to hold
   * the key; else {@code failed} with the reason, exactly one of the two.
   *
   * @param address {@code host:port}
   */
  void dial(
      String address,
      NodeId expected,
      Acceptor acceptor,
      java.util.function.Consumer<String> failed);
}
