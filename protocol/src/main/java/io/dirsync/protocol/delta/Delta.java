package io.dirsync.protocol.delta;

import io.dirsync.protocol.ProtocolException;
import java.util.List;

/**
 * How to rebuild a content from a basis and literals.
 *
 * @param basisLength of the basis, in bytes
 * @param length of the content, in bytes; what the ops make together
 * @param ops in the order of the content, at most {@link #OPS_MAX}
 */
public record Delta(long basisLength, long length, List<DeltaOp> ops) {
  /** Where more would be needed, sending the whole content costs no more. */
  public static final int OPS_MAX = 1 << 18;

  /**
   * @throws IllegalArgumentException if the ops reach beyond the basis, or do not make the length
   */
  public Delta {
    ops = List.copyOf(ops);
    if (basisLength < 0 || length < 0 || ops.size() > OPS_MAX) {
      throw new IllegalArgumentException("a delta with impossible figures");
    }
    long left = length;
    for (DeltaOp op : ops) {
      if (op.length() > left) {
        throw new IllegalArgumentException("a delta makes more than its length");
      }
      left -= op.length();
      if (op instanceof DeltaOp.Copy copy
          && (copy.basisOffset() > basisLength
              || copy.length() > basisLength - copy.basisOffset())) {
        throw new IllegalArgumentException("a delta copies from beyond the end of its basis");
      }
    }
    if (left != 0) {
      throw new IllegalArgumentException("a delta makes less than its length");
    }
  }

  /**
   * Takes a delta apart that a peer sent.
   *
   * @throws ProtocolException if it is malformed or contradicts itself
   */
  public static Delta decode(byte[] bytes) throws ProtocolException {
    return DeltaCodec.decode(bytes);
  }

  /** The compact form, at most {@link DeltaCodec#BYTES_MAX}: a few bytes an op. */
  public byte[] encode() {
    return DeltaCodec.encode(this);
  }

  /** How many bytes, from the first on, stand in the same place of the basis. */
  public long unmoved() {
    long same = 0;
    for (DeltaOp op : ops) {
      if (!(op instanceof DeltaOp.Copy copy) || copy.basisOffset() != same) {
        break;
      }
      same += copy.length();
    }
    return same;
  }

  /** How many bytes have to be sent beside the delta. */
  public long literalBytes() {
    long sum = 0;
    for (DeltaOp op : ops) {
      sum += op instanceof DeltaOp.Literal literal ? literal.length() : 0;
    }
    return sum;
  }
}
