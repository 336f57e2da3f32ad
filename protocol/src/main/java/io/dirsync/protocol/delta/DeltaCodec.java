package io.dirsync.protocol.delta;

import io.dirsync.protocol.ProtocolException;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * The form of a delta in bytes: version, basis length, content length, number of ops, ops. Numbers
 * have seven bits to a byte, lowest first. An op is twice its length, plus one for a copy, followed
 * by how much further the basis is shifted against the content than at the copy before (zigzag): in
 * most deltas one byte, zero.
 */
public final class DeltaCodec {
  /** What a delta with {@link Delta#OPS_MAX} ops can take. */
  public static final int BYTES_MAX = 31 + Delta.OPS_MAX * 20;

  private static final int VERSION = 1;
  private static final int NUMBER_BYTES_MAX = 10;

  private DeltaCodec() {}

  static byte[] encode(Delta delta) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(64);
    out.write(VERSION);
    number(out, delta.basisLength());
    number(out, delta.length());
    number(out, delta.ops().size());
    long offset = 0;
    long shift = 0;
    for (DeltaOp op : delta.ops()) {
      switch (op) {
        case DeltaOp.Literal literal -> number(out, literal.length() << 1);
        case DeltaOp.Copy copy -> {
          number(out, (copy.length() << 1) | 1);
          long further = copy.basisOffset() - offset - shift;
          number(out, (further << 1) ^ (further >> 63));
          shift += further;
        }
      }
      offset += op.length();
    }
    return out.toByteArray();
  }

  static Delta decode(byte[] bytes) throws ProtocolException {
    Reader in = new Reader(bytes);
    int version = in.u8();
    if (version != VERSION) {
      throw new ProtocolException("a delta of version " + version);
    }
    long basisLength = in.number();
    long length = in.number();
    long count = in.number();
    if (count < 0 || count > Delta.OPS_MAX || count > in.left()) {
      throw new ProtocolException("a delta announces more than it holds");
    }
    List<DeltaOp> ops = new ArrayList<>((int) count);
    long offset = 0;
    long shift = 0;
    try {
      for (long i = 0; i < count; i++) {
        long head = in.number();
        long opLength = head >>> 1;
        if ((head & 1) == 0) {
          ops.add(new DeltaOp.Literal(opLength));
        } else {
          long zigzag = in.number();
          shift = Math.addExact(shift, (zigzag >>> 1) ^ -(zigzag & 1));
          ops.add(new DeltaOp.Copy(Math.addExact(offset, shift), opLength));
        }
        offset = Math.addExact(offset, opLength);
      }
      in.end();
      return new Delta(basisLength, length, ops);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new ProtocolException("a delta contradicts itself: " + e.getMessage(), e);
    }
  }

  private static void number(ByteArrayOutputStream out, long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      out.write((int) (rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    out.write((int) rest);
  }

  private static final class Reader {
    private final byte[] bytes;
    private int position;

    Reader(byte[] bytes) {
      this.bytes = bytes;
    }

    int u8() throws ProtocolException {
      if (left() == 0) {
        throw new ProtocolException("a delta ends too early");
      }
      return bytes[position++] & 0xff;
    }

    /** Only the shortest form is taken, so that equal deltas have equal bytes. */
    long number() throws ProtocolException {
      long value = 0;
      for (int i = 0; i < NUMBER_BYTES_MAX; i++) {
        int next = u8();
        if ((i == NUMBER_BYTES_MAX - 1 && next > 1) || (i > 0 && next == 0)) {
          throw new ProtocolException("a delta with a number in a wrong form");
        }
        value |= (long) (next & 0x7f) << (7 * i);
        if (next < 0x80) {
          return value;
        }
      }
      throw new ProtocolException("a delta with a number of more than ten bytes");
    }

    int left() {
      return bytes.length - position;
    }

    void end() throws ProtocolException {
      if (left() != 0) {
        throw new ProtocolException("a delta with " + left() + " bytes too many");
      }
    }
  }
}
