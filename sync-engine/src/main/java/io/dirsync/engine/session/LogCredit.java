package io.dirsync.engine.session;

import io.dirsync.protocol.Limits;
import io.dirsync.protocol.Message;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How much of its log and live set of one folder a peer may still send on one connection. It is
 * granted where the log is read and taken off as messages come, before they wait for anything, so
 * that no more waits than was granted. Safe for several threads.
 *
 * <p>Who asks anew while some of what was granted before is not used up cannot know whether the
 * peer has used it by then: it counts beside what is granted now.
 */
public final class LogCredit {
  private final AtomicLong left = new AtomicLong();

  /** The peer is about to be told that it may send so many bytes, or so many more. */
  void grant(long bytes) {
    left.addAndGet(bytes);
  }

  /**
   * A message has come.
   *
   * @return false if the peer was not allowed to send it: a server sends while its credit is above
   *     zero, so that the last message may take more than is left
   */
  public boolean take(Message.OfFolder message) {
    return switch (message) {
      case Message.LogBatch batch -> take(LogServer.creditOf(batch));
      case Message.StateBatch batch -> take(LogServer.creditOf(batch));
      case Message.StateDiffers _ -> take(Limits.STRETCH_BYTES);
      default -> true;
    };
  }

  private boolean take(long bytes) {
    return left.getAndAdd(-bytes) > 0;
  }
}
