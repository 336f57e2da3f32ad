package io.dirsync.protocol.delta;

import java.io.IOException;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * Rebuilds a content from a basis and literals that come in order, in arrays of any length. Asks
 * for no byte outside the basis and writes none outside the content. Does not check what it makes:
 * the content hash does.
 */
public final class Patcher {
  /** Where the content goes, from its first byte to its last without a gap. */
  public interface Sink {
    /** The next bytes of the content. */
    void write(long offset, byte[] bytes, int from, int length) throws IOException;

    /** The next bytes of the content stand in the basis, which may be able to share them. */
    void copy(long basisOffset, long offset, long length) throws IOException;
  }

  private final Sink sink;
  private final Iterator<DeltaOp> ops;
  private long offset;
  private long literalLeft;

  public Patcher(Delta delta, Sink sink) {
    this.sink = sink;
    this.ops = delta.ops().iterator();
  }

  /** A sink that reads the basis and hands on bytes only, {@code bufferBytes} at a time. */
  public static Sink reading(ReadAt basis, int bufferBytes, Sink bytesOnly) {
    byte[] buffer = new byte[bufferBytes];
    return new Sink() {
      @Override
      public void write(long offset, byte[] bytes, int from, int length) throws IOException {
        bytesOnly.write(offset, bytes, from, length);
      }

      @Override
      public void copy(long basisOffset, long offset, long length) throws IOException {
        for (long done = 0; done < length; ) {
          int step = (int) Math.min(buffer.length, length - done);
          basis.readFully(basisOffset + done, buffer, 0, step);
          bytesOnly.write(offset + done, buffer, 0, step);
          done += step;
        }
      }
    };
  }

  /** Takes all steps up to the next literal; true if that was the end. */
  public boolean advance() throws IOException {
    while (literalLeft == 0) {
      DeltaOp op = ops.hasNext() ? ops.next() : null;
      if (!step(op)) {
        return op == null;
      }
    }
    return false;
  }

  private boolean step(@Nullable DeltaOp op) throws IOException {
    return switch (op) {
      case null -> false;
      case DeltaOp.Literal literal -> {
        literalLeft = literal.length();
        yield false;
      }
      case DeltaOp.Copy copy -> {
        sink.copy(copy.basisOffset(), offset, copy.length());
        offset += copy.length();
        yield true;
      }
    };
  }

  /**
   * Takes the next literal bytes, and all steps that they make possible.
   *
   * @return whether the content is whole now
   * @throws IOException if there are more than the delta wants; or the sink's
   */
  public boolean literal(byte[] bytes, int from, int length) throws IOException {
    int next = from;
    int left = length;
    boolean done = advance();
    while (left > 0) {
      if (done) {
        throw new IOException(left + " literal bytes more than the delta has room for");
      }
      int step = (int) Math.min(left, literalLeft);
      sink.write(offset, bytes, next, step);
      offset += step;
      literalLeft -= step;
      next += step;
      left -= step;
      done = advance();
    }
    return done;
  }

  /** How many bytes of the content are made. */
  public long offset() {
    return offset;
  }
}
