package io.dirsync.protocol.delta;

import java.io.IOException;
import java.util.Iterator;

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
  private long copyFrom;
  private long copyLeft;
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

  /** What comes next. */
  public enum Next {
    /** {@link #copy}. */
    COPY,
    /** {@link #literal}. */
    LITERAL,
    /** The content is whole. */
    END
  }

  public Next next() {
    if (copyLeft == 0 && literalLeft == 0 && ops.hasNext()) {
      switch (ops.next()) {
        case DeltaOp.Copy copy -> {
          copyFrom = copy.basisOffset();
          copyLeft = copy.length();
        }
        case DeltaOp.Literal literal -> literalLeft = literal.length();
      }
    }
    return copyLeft > 0 ? Next.COPY : literalLeft > 0 ? Next.LITERAL : Next.END;
  }

  /**
   * Copies bytes, if that is next.
   *
   * @return how many, at most so many
   */
  public long copy(long bytesMax) throws IOException {
    if (next() != Next.COPY) {
      return 0;
    }
    long step = Math.min(copyLeft, bytesMax);
    sink.copy(copyFrom, offset, step);
    copyFrom += step;
    copyLeft -= step;
    offset += step;
    return step;
  }

  /**
   * Takes literal bytes, if they are next.
   *
   * @return how many of them; what is left may be wanted after a copy
   */
  public int literal(byte[] bytes, int from, int length) throws IOException {
    if (next() != Next.LITERAL) {
      return 0;
    }
    int step = (int) Math.min(literalLeft, length);
    sink.write(offset, bytes, from, step);
    literalLeft -= step;
    offset += step;
    return step;
  }

  /** How many bytes of the content are made. */
  public long offset() {
    return offset;
  }
}
