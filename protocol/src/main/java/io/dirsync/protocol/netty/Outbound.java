package io.dirsync.protocol.netty;

import io.dirsync.protocol.Message;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Frames waiting to be written: control before content, contents in turn by request. Safe for
 * several threads.
 */
final class Outbound {
  /** What a frame takes beside its bytes, about. */
  private static final long FRAME_BYTES = 256;

  private final ArrayDeque<Frame> control = new ArrayDeque<>();
  private final LinkedHashMap<Turn, ArrayDeque<Frame>> contents = new LinkedHashMap<>();
  private long controlBytes;
  private long contentBytes;

  /**
   * A message as it goes over the wire: two arrays, one behind the other, so that a content is not
   * copied.
   *
   * @param turn null for what does not wait among contents
   */
  record Frame(byte[] head, byte[] content, @Nullable Turn turn) {
    private static final byte[] NOTHING = {};

    static Frame of(Message message, byte[] head) {
      return switch (message) {
        case Message.Data data ->
            new Frame(head, data.bytes(), new Turn(Kind.DATA, data.request()));
        case Message.SignaturePart part ->
            new Frame(head, part.bytes(), new Turn(Kind.SIGNATURE, part.request()));
        case Message.Pong(long number) when number == Message.Ping.AMONG_CONTENTS ->
            new Frame(head, NOTHING, new Turn(Kind.PONG, number));
        default -> new Frame(head, NOTHING, null);
      };
    }

    /** The same message in another frame. */
    Frame as(byte[] whole) {
      return new Frame(whole, NOTHING, turn);
    }

    boolean isContent() {
      return turn != null;
    }

    /** What it is on the wire, before TLS. */
    int bytes() {
      return head.length + content.length;
    }

    private long weight() {
      return FRAME_BYTES + bytes();
    }
  }

  /** Numbers of different kinds have nothing to do with one another. */
  record Turn(Kind kind, long number) {}

  enum Kind {
    DATA,
    SIGNATURE,
    PONG
  }

  /** Adds a frame; returns the bytes of its kind that wait then, about. */
  synchronized long add(Frame frame) {
    Turn turn = frame.turn();
    if (turn != null) {
      contents.computeIfAbsent(turn, _ -> new ArrayDeque<>()).add(frame);
      contentBytes += frame.weight();
      return contentBytes;
    }
    control.add(frame);
    controlBytes += frame.weight();
    return controlBytes;
  }

  synchronized @Nullable Frame pollControl() {
    Frame next = control.poll();
    if (next != null) {
      controlBytes -= next.weight();
    }
    return next;
  }

  synchronized @Nullable Frame pollContent() {
    var first = contents.entrySet().iterator();
    if (!first.hasNext()) {
      return null;
    }
    Map.Entry<Turn, ArrayDeque<Frame>> entry = first.next();
    ArrayDeque<Frame> waiting = entry.getValue();
    Frame frame = waiting.poll();
    first.remove();
    if (!waiting.isEmpty()) {
      contents.put(entry.getKey(), waiting);
    }
    if (frame != null) {
      contentBytes -= frame.weight();
    }
    return frame;
  }

  synchronized long controlBytes() {
    return controlBytes;
  }

  synchronized long contentBytes() {
    return contentBytes;
  }

  synchronized void clear() {
    control.clear();
    contents.clear();
    controlBytes = 0;
    contentBytes = 0;
  }
}
