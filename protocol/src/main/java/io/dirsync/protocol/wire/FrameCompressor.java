package io.dirsync.protocol.wire;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdException;
import com.github.luben.zstd.util.Native;
import java.io.Closeable;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Puts the frames of one connection into fewer bytes, each by itself, where a sample says that it
 * is worth the while: what does not compress costs about a fiftieth of what sending it costs. Holds
 * about a megabyte outside the heap from its first frame until it is closed. Safe for several
 * threads, which take turns.
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
   * A frame that stands for the given one.
   *
   * @param head as {@link MessageEncoder#encode} returns it
   * @param content what follows it; empty if the head is the whole frame
   * @return the whole frame; null if the given one should go as it is
   */
  public byte @Nullable [] compress(byte[] head, byte[] content) {
    // Who sends something short does not wait for others' turns.
    return head.length - MessageEncoder.HEADER_BYTES + content.length < BODY_BYTES_MIN
        ? null
        : inTurn(head, content);
  }

  private synchronized byte @Nullable [] inTurn(byte[] head, byte[] content) {
    if (closed) {
      return null;
    }
    int inHead = head.length - MessageEncoder.HEADER_BYTES;
    int length = inHead + content.length;
    boolean piece = content.length > 0;
    if (length > UNSAMPLED_BYTES_MAX
        && !(piece ? sampleSaves(content, 0) : sampleSaves(head, MessageEncoder.HEADER_BYTES))) {
      return null;
    }
    byte[] body = head;
    int from = MessageEncoder.HEADER_BYTES;
    if (piece) {
      plain = ofSize(length, plain);
      System.arraycopy(head, from, plain, 0, inHead);
      System.arraycopy(content, 0, plain, inHead, content.length);
      body = plain;
      from = 0;
    }
    int packedLength = pack(body, from, length);
    if (!saves(packedLength, length)) {
      return null;
    }
    byte[] frame =
        new byte[MessageEncoder.HEADER_BYTES + FrameDecompressor.HEADER_BYTES + packedLength];
    ByteBuffer.wrap(frame)
        .putInt(frame.length - Integer.BYTES)
        .put((byte) MessageType.COMPRESSED)
        .put(head[Integer.BYTES])
        .putInt(length)
        .put(packed, 0, packedLength);
    return frame;
  }

  private boolean sampleSaves(byte[] bytes, int from) {
    int stride = (bytes.length - from - SLICE_BYTES) / (SLICES - 1);
    for (int slice = 0; slice < SLICES; slice++) {
      System.arraycopy(bytes, from + slice * stride, plain, slice * SLICE_BYTES, SLICE_BYTES);
    }
    int length = SLICES * SLICE_BYTES;
    return saves(pack(plain, 0, length), length);
  }

  private static boolean saves(int packedLength, int length) {
    return packedLength <= length - length / 10;
  }

  /** Compresses into {@link #packed} and returns how many bytes that took. */
  private int pack(byte[] bytes, int from, int length) {
    packed = ofSize(Math.toIntExact(Zstd.compressBound(length)), packed);
    ZstdCompressCtx context = zstd;
    if (context == null) {
      context = new ZstdCompressCtx().setLevel(LEVEL);
      zstd = context;
    }
    try {
      return context.compressByteArray(packed, 0, packed.length, bytes, from, length);
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
    if (zstd != null) {
      zstd.close();
      zstd = null;
    }
  }
}
