package io.dirsync.engine.session;

import io.dirsync.model.ContentHash;
import io.dirsync.model.RelativePath;
import java.time.Duration;

/** A connected peer that can be asked for contents of one folder. Safe for several threads. */
public interface Supplier {
  /**
   * Asks for bytes of a content.
   *
   * @param path where the content was last known to stand
   * @param reply told what comes, in order, from any one thread at a time
   * @return the request's number
   */
  long fetch(ContentHash hash, RelativePath path, long offset, long length, Reply reply);

  /**
   * Asks for what makes a content of another that this node has.
   *
   * @param path where the content was last known to stand
   * @param basis the content that this node has
   * @param reply told what comes: the delta as it is sent, in order; the offsets are of that stream
   * @return the request's number
   */
  long fetchDelta(ContentHash hash, RelativePath path, ContentHash basis, DeltaReply reply);

  /** Sends the encoded signature that a delta's request wants. */
  void sign(long request, byte[] signature);

  /**
   * Allows more of a delta to be sent than {@link io.dirsync.protocol.Limits#FETCH_BYTES_MAX}.
   *
   * @param bytes one to as many
   */
  void more(long request, long bytes);

  /**
   * Wants nothing more for a request; its reply is not called after this returns but for calls
   * under way.
   */
  void cancel(long request);

  /** What comes of a request. */
  interface Reply {
    /**
     * Bytes at an offset; what lies between the last bytes and these, or between the last and the
     * end, is zeros.
     */
    void data(long offset, byte[] bytes, boolean last);

    /** Nothing more comes. */
    void failed(String reason);

    /** Nothing more comes because the connection is gone. */
    default void cut(String reason) {
      failed(reason);
    }

    /**
     * The peer, though it is there, has left this unanswered for too long, and nothing more is
     * taken. Whether it has the content is not known.
     */
    void unanswered(String reason);

    /**
     * Whether it is the peer that has to do something now, and not this node. Asked from any
     * thread.
     */
    default boolean isPeersTurn() {
      return true;
    }

    /** How long the peer may take to that while it sends nothing at all. */
    default Duration patience() {
      return Requests.PATIENCE;
    }
  }

  /** What comes of asking for a delta. */
  interface DeltaReply extends Reply {
    /** The peer needs the basis' signature. */
    void signatureWanted();
  }
}
