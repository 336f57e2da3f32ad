package io.dirsync.protocol;

import java.util.Set;

/**
 * An authenticated connection with one peer, both ways. Messages arrive in the order sent, but Data
 * gives way to all else.
 */
public interface Connection {
  /** The key fingerprint that the peer proved to hold. */
  NodeId peer();

  /** Where the peer is, for people. */
  String address();

  /** What this end of the connection can do beyond the protocol's version, for its Hello. */
  default Set<String> capabilities() {
    return Set.of();
  }

  /**
   * Queues a message; never blocks. Once {@link #writable} is false the caller should stop sending
   * LogBatch and StateBatch, and once {@link #roomForContents} is false Data, until {@link
   * Handler#onWritable}; what is sent anyway is queued up to a bound, beyond which the connection
   * is closed. Ignored after closing. A message's arrays are given away.
   */
  void send(Message message);

  /** Whether the queue has room for what is no content. */
  boolean writable();

  /** Whether the queue has room for contents, which wait for all else. */
  default boolean roomForContents() {
    return writable();
  }

  /** Sends Goodbye with the reason if it still can, and closes. */
  void close(String reason);

  /** Bytes on the wire since the connection began. */
  record Traffic(long sentBytes, long receivedBytes) {}

  Traffic traffic();

  /**
   * Who is told what happens on a connection. Calls come one at a time, in order, and must not
   * block.
   */
  interface Handler {
    void onMessage(Message message);

    /** The queue has room again, for contents or all else. */
    void onWritable();

    /** Nothing more will come. Called exactly once. */
    void onClosed(String reason);
  }
}
