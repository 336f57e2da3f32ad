package io.dirsync.engine.session;

import io.dirsync.protocol.Limits;
import io.dirsync.protocol.Message;
import java.util.ArrayDeque;

/**
 * How much of its log and live set of one folder a peer may still send on one connection. It is
 * granted where the log is read and taken off as messages come, before they wait for anything, so
 * that no more waits than was granted. Safe for several threads.
 *
 * <p>Who asks anew does not know how much of what was granted before the peer uses until it hears
 * of that: so each time of asking is counted for itself, and what comes is taken off the first that
 * has something left.
 */
public final class LogCredit {
  /** Times of asking that are counted for themselves; the oldest of more are counted together. */
  private static final int ASKED_MAX = 64;

  private final ArrayDeque<Long> left = new ArrayDeque<>();

  /** The peer is about to be asked anew: it forgets what it had, and may send so many bytes. */
  synchronized void ask(long bytes) {
    left.addLast(bytes);
    if (left.size() > ASKED_MAX) {
      left.addFirst(left.removeFirst() + left.removeFirst());
    }
  }

  /** The peer is about to be told that it may send so many bytes more. */
  synchronized void give(long bytes) {
    Long last = left.pollLast();
    left.addLast(last == null ? bytes : last + bytes);
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

  private synchronized boolean take(long bytes) {
    while (left.size() > 1 && left.getFirst() <= 0) {
      left.removeFirst();
    }
    Long first = left.pollFirst();
    if (first == null) {
      return false;
    }
    left.addFirst(first - bytes);
    return first > 0;
  }
}
