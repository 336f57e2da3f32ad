package io.dirsync.engine.session;

import io.dirsync.fs.Volume.ReadableFile;
import io.dirsync.protocol.delta.Delta;
import io.dirsync.protocol.delta.DeltaOp;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Iterator;

/**
 * A delta as it is sent: its length, itself, then the literals, read from the file as they go. Long
 * holes in literals are gaps.
 */
final class DeltaStream {
  /** A shorter hole costs less as zeros than as another piece. */
  private static final int GAP_BYTES_MIN = 64 << 10;

  private final ReadableFile file;
  private final byte[] head;
  private final Iterator<DeltaOp> ops;
  private final long length;
  private long at;
  private long literalFrom;
  private long literalLeft;
  private long contentAt;

  /** A stretch of the stream. */
  record Piece(long offset, byte[] bytes, boolean last) {}

  DeltaStream(Delta delta, ReadableFile file) {
    this.file = file;
    byte[] encoded = delta.encode();
    this.head =
        ByteBuffer.allocate(Integer.BYTES + encoded.length)
            .putInt(encoded.length)
            .put(encoded)
            .array();
    this.ops = delta.ops().iterator();
    this.length = head.length + delta.literalBytes();
  }

  /**
   * The next stretch.
   *
   * @param bytesMax at most so many bytes, one or more
   */
  Piece next(int bytesMax) throws IOException {
    byte[] bytes = new byte[(int) Math.min(bytesMax, length - at)];
    int filled = 0;
    if (at < head.length) {
      filled = (int) Math.min(bytes.length, head.length - at);
      System.arraycopy(head, (int) at, bytes, 0, filled);
    }
    long offset = at;
    while (filled < bytes.length && literal()) {
      long data = Math.min(file.nextData(literalFrom), literalFrom + literalLeft);
      long hole = data - literalFrom;
      if (hole >= GAP_BYTES_MIN) {
        if (filled > 0) {
          break;
        }
        skip(hole);
        offset += hole;
        bytes = new byte[(int) Math.min(bytesMax, length - offset)];
        continue;
      }
      int want = (int) Math.min(literalLeft, bytes.length - filled);
      if (want > GAP_BYTES_MIN) {
        want = (int) Math.min(want, file.nextHole(data) - literalFrom);
      }
      if (file.read(literalFrom, bytes, filled, want) < want) {
        throw new IOException("the file became shorter while it was sent");
      }
      skip(want);
      filled += want;
    }
    at = offset + filled;
    return new Piece(
        offset, filled == bytes.length ? bytes : Arrays.copyOf(bytes, filled), at == length);
  }

  /** Whether a literal is left, and where. */
  private boolean literal() {
    while (literalLeft == 0 && ops.hasNext()) {
      DeltaOp op = ops.next();
      if (op instanceof DeltaOp.Literal literal) {
        literalFrom = contentAt;
        literalLeft = literal.length();
      }
      contentAt += op.length();
    }
    return literalLeft > 0;
  }

  private void skip(long count) {
    literalFrom += count;
    literalLeft -= count;
  }
}
