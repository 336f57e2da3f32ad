package io.dirsync.protocol.delta;

import java.util.ArrayList;
import java.util.List;

/** Collects the ops of a delta: neighbours become one, and what was not matched becomes literal. */
final class Ops {
  private final List<DeltaOp> ops = new ArrayList<>();
  private long end;
  private long basisOffset;
  private long copied;

  /** More are needed than a delta may have. */
  static final class TooManyException extends Exception {
    private static final long serialVersionUID = 1;

    TooManyException(String message) {
      super(message);
    }
  }

  /** Up to where the content is accounted for. */
  long end() {
    return end;
  }

  /** A range of the content, not before {@link #end}, that stands in the basis. */
  void copy(long offset, long fromBasis, long length) throws TooManyException {
    literalTo(offset);
    if (copied > 0 && basisOffset + copied == fromBasis) {
      copied += length;
    } else {
      flush();
      basisOffset = fromBasis;
      copied = length;
    }
    end += length;
  }

  Delta finish(long basisLength, long length) throws TooManyException {
    literalTo(length);
    flush();
    return new Delta(basisLength, length, ops);
  }

  private void literalTo(long offset) throws TooManyException {
    if (offset > end) {
      flush();
      add(new DeltaOp.Literal(offset - end));
      end = offset;
    }
  }

  private void flush() throws TooManyException {
    if (copied > 0) {
      add(new DeltaOp.Copy(basisOffset, copied));
      copied = 0;
    }
  }

  private void add(DeltaOp op) throws TooManyException {
    if (ops.size() == Delta.OPS_MAX) {
      throw new TooManyException("the delta would have more than " + Delta.OPS_MAX + " steps");
    }
    ops.add(op);
  }
}
