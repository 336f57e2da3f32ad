package io.dirsync.engine.apply;

import io.dirsync.protocol.Limits;
import io.dirsync.protocol.ProtocolException;
import io.dirsync.protocol.delta.Delta;
import io.dirsync.protocol.delta.DeltaCodec;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A delta as it comes: its length, itself, then literals with gaps for zeros. Holds what has come
 * and was not taken, no more than was allowed to come.
 */
final class DeltaInput {
  private static final byte[] ZEROS = new byte[64 << 10];

  /** What is given back at once, so that small deltas need no message for it. */
  private static final long OWED_BYTES_MIN = 1L << 20;

  private final ArrayDeque<Piece> pieces = new ArrayDeque<>();
  private final ByteArrayOutputStream head = new ByteArrayOutputStream();
  private long at;
  private int inPiece;
  private long end = Long.MAX_VALUE;
  private long credit = Limits.FETCH_BYTES_MAX;
  private long owed;
  private long allowed = Limits.FETCH_BYTES_MAX;
  private boolean lastCame;

  private record Piece(long offset, byte[] bytes) {}

  /** A stretch of the stream. The array does not change any more. */
  record Stretch(byte[] bytes, int from, int length) {}

  /**
   * Takes a piece that came.
   *
   * @throws ProtocolException if it was not allowed to come, or comes out of order
   */
  void came(long offset, byte[] bytes, boolean last) throws ProtocolException {
    credit -= bytes.length;
    Piece before = pieces.peekLast();
    long from = before == null ? at : before.offset() + before.bytes().length;
    if (lastCame || credit < 0 || offset < from || offset > end - bytes.length) {
      throw new ProtocolException("the peer sent bytes that nobody asked for");
    }
    lastCame = last;
    if (bytes.length > 0) {
      pieces.add(new Piece(offset, bytes));
    }
  }

  /**
   * The delta, once it has come.
   *
   * @throws ProtocolException if it is none
   */
  @Nullable Delta delta() throws ProtocolException {
    while (true) {
      int want = Integer.BYTES;
      if (head.size() >= Integer.BYTES) {
        int length = ByteBuffer.wrap(head.toByteArray()).getInt();
        if (length <= 0 || length > DeltaCodec.BYTES_MAX) {
          throw new ProtocolException("a delta of " + length + " bytes");
        }
        want += length;
      }
      if (head.size() == want) {
        byte[] all = head.toByteArray();
        head.reset();
        Delta delta = Delta.decode(Arrays.copyOfRange(all, Integer.BYTES, all.length));
        end = want + delta.literalBytes();
        Piece next = pieces.peekLast();
        if (next != null && next.offset() + next.bytes().length > end) {
          throw new ProtocolException("the peer sent bytes that nobody asked for");
        }
        return delta;
      }
      Piece first = pieces.peek();
      if (first == null || first.offset() > at) {
        if (first != null || lastCame) {
          throw new ProtocolException("a delta ends too early");
        }
        return null;
      }
      int step = Math.min(first.bytes().length - inPiece, want - head.size());
      head.write(first.bytes(), inPiece, step);
      taken(step);
    }
  }

  /** What comes next of the literals; null if that has not come yet. */
  @Nullable Stretch next() {
    Piece first = pieces.peek();
    if (first == null) {
      return lastCame && at < end ? zeros(end - at) : null;
    }
    long gap = first.offset() - at + inPiece;
    return gap > 0
        ? zeros(gap)
        : new Stretch(first.bytes(), inPiece, first.bytes().length - inPiece);
  }

  private static Stretch zeros(long count) {
    return new Stretch(ZEROS, 0, (int) Math.min(count, ZEROS.length));
  }

  /** So much of the next stretch was used. */
  void taken(int count) {
    Piece first = pieces.peek();
    if (first != null && first.offset() + inPiece == at) {
      inPiece += count;
      owed += count;
      if (inPiece == first.bytes().length) {
        pieces.poll();
        inPiece = 0;
      }
    }
    at += count;
  }

  /** What more the peer should be allowed to send now; zero for nothing. */
  long more() {
    if (owed < OWED_BYTES_MIN || allowed >= end) {
      return 0;
    }
    long more = Math.min(owed, Limits.FETCH_BYTES_MAX);
    owed -= more;
    credit += more;
    allowed += more;
    return more;
  }

  /** Whether the peer sends nothing more. */
  boolean lastCame() {
    return lastCame;
  }
}
