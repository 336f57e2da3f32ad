package io.dirsync.protocol.wire;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdException;
import com.github.luben.zstd.util.Native;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Puts the frames of one connection into fewer bytes, where a sample says that it is worth the
 * while: what does not compress costs about a fiftieth of what sending it costs. Pieces of contents
 * are compressed each by itself, as their turns are not known yet; all other frames are one stream.
 * Holds up to five megabytes outside the heap from its first frame until it is closed. Safe for
 * several threads, which take turns.
 */
public final class FrameCompressor implements Closeable {
  /** Frames with shorter bodies go as they are: they need one packet in any case. */
  static final int BODY_BYTES_MIN = 1024;

  /** Of frames with longer bodies only a sample is compressed at first. */
  static final int UNSAMPLED_BYTES_MAX = 64 << 10;

  /** From all over the body: a batch holds what is like text in front, and contents behind. */
  private static final int SLICES = 4;

  private static final int SLICE_BYTES = 4 << 10;

  /**
   * A tenth fewer bytes than level 1 at two thirds of its speed; higher ones gain next to nothing.
   */
  private static final int LEVEL = 3;

  private final StreamCompressor stream = new StreamCompressor(LEVEL);
  private @Nullable ZstdCompressCtx zstd;
  private byte[] plain = new byte[SLICES * SLICE_BYTES];
  private byte[] packed = new byte[0];
  private boolean closed;

  /** Whether this machine has what it takes; else nothing here may be called. */
  public static boolean available() {
    try {
      Native.load();
      return true;
    } catch (LinkageError e) {
      return false;
    }
  }

  /**
   * Sends a frame, or another one that stands for it.
   *
   * @param head as {@link MessageEncoder#encode} returns it
   * @param content what follows it; empty if the head is the whole frame
   * @param send is given the whole frame to send; null if the given one should go as it is. What is
   *     given to it and is no piece has to be sent in the order in which that is done
   * @return what {@code send} does
   */
  public long compress(byte[] head, byte[] content, ToLongFunction<byte @Nullable []> send) {
    // Who sends something short does not wait for others' turns.
    return head.length - MessageEncoder.HEADER_BYTES + content.length < BODY_BYTES_MIN
        ? send.applyAsLong(null)
        : inTurn(head, content, send);
  }

  private synchronized long inTurn(
      byte[] head, byte[] content, ToLongFunction<byte @Nullable []> send) {
    byte[] frame = null;
    if (!closed) {
      boolean piece = MessageDecoder.isPiece(head[Integer.BYTES]);
      frame = piece ? piece(head, content) : next(head);
    }
    return send.applyAsLong(frame);
  }

  private byte @Nullable [] piece(byte[] head, byte[] content) {
    int inHead = head.length - MessageEncoder.HEADER_BYTES;
    int length = inHead + content.length;
    if (length > UNSAMPLED_BYTES_MAX && !sampleSaves(content, 0)) {
      return null;
    }
    plain = ofSize(length, plain);
    System.arraycopy(head, MessageEncoder.HEADER_BYTES, plain, 0, inHead);
    System.arraycopy(content, 0, plain, inHead, content.length);
    int packedLength = pack(plain, length);
    return saves(packedLength, length)
        ? frame(head, length, ByteBuffer.wrap(packed, 0, packedLength))
        : null;
  }

  /** What has become part of the stream has to be sent, whatever it has saved. */
  private byte @Nullable [] next(byte[] whole) {
    int length = whole.length - MessageEncoder.HEADER_BYTES;
    if (length > UNSAMPLED_BYTES_MAX && !sampleSaves(whole, MessageEncoder.HEADER_BYTES)) {
      return null;
    }
    ByteArrayOutputStream part = new ByteArrayOutputStream(length / 2);
    stream.compress(whole, MessageEncoder.HEADER_BYTES, part);
    return frame(whole, length, ByteBuffer.wrap(part.toByteArray()));
  }

  private static byte[] frame(byte[] head, int length, ByteBuffer body) {
    byte[] frame =
        new byte[MessageEncoder.HEADER_BYTES + FrameDecompressor.HEADER_BYTES + body.remaining()];
    ByteBuffer.wrap(frame)
        .putInt(frame.length - Integer.BYTES)
        .put((byte) MessageType.COMPRESSED)
        .put(head[Integer.BYTES])
        .putInt(length)
        .put(body);
    return frame;
  }

  private boolean sampleSaves(byte[] bytes, int from) {
    int stride = (bytes.length - from - SLICE_BYTES) / (SLICES - 1);
    for (int slice = 0; slice < SLICES; slice++) {
      System.arraycopy(bytes, from + slice * stride, plain, slice * SLICE_BYTES, SLICE_BYTES);
    }
    int length = SLICES * SLICE_BYTES;
    return saves(pack(plain, length), length);
  }

  private static boolean saves(int packedLength, int length) {
    return packedLength <= length - length / 10;
  }

  /** Compresses into {@link #packed} and returns how many bytes that took. */
  private int pack(byte[] bytes, int length) {
    packed = ofSize(Math.toIntExact(Zstd.compressBound(length)), packed);
    ZstdCompressCtx context = zstd;
    if (context == null) {
      context = new ZstdCompressCtx().setLevel(LEVEL);
      zstd = context;
    }
    try {
      return context.compressByteArray(packed, 0, packed.length, bytes, 0, length);
    } catch (ZstdException e) {
      throw new IllegalStateException("there is room for whatever " + length + " bytes become", e);
    }
  }

  private static byte[] ofSize(int length, byte[] before) {
    return before.length >= length ? before : Arrays.copyOf(before, length);
  }

  @Override
  public synchronized void close() {
    closed = true;
    stream.close();
    if (zstd != null) {
      zstd.close();
      zstd = null;
    }
  }
}
