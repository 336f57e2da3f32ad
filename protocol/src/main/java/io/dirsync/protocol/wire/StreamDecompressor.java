package io.dirsync.protocol.wire;

import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import io.dirsync.protocol.ProtocolException;
import java.io.Closeable;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a {@link StreamCompressor} makes. Holds a little more than the window outside the heap
 * from its first frame until it is closed; a stream that wants a larger one is refused. For one
 * thread.
 */
final class StreamDecompressor implements Closeable {
  /** Of a zstd frame's header (RFC 8878, 3.1.1): magic number, descriptor, window descriptor. */
  private static final int ZSTD_HEADER_BYTES = 6;

  private static final int MAGIC = 0x28B52FFD;

  /** Bits of the descriptor. */
  private static final int SINGLE_SEGMENT = 0x20;

  private static final int DICTIONARY = 0x03;

  private @Nullable Open open;

  private record Open(ZstdDecompressCtx zstd, ByteBuffer packed, ByteBuffer plain) {}

  /**
   * Reads the next part of the stream.
   *
   * @param packed the part, and something in front of it
   * @param from where the part begins
   * @param to is filled from {@code at} to its end
   * @throws ProtocolException if the part does not come to just that; the stream cannot be read on
   */
  void decompress(byte[] packed, int from, byte[] to, int at) throws ProtocolException {
    Open now = open(packed, from);
    int read = from;
    int written = at;
    try {
      while (read < packed.length) {
        int count = Math.min(StreamCompressor.BUFFER_BYTES, packed.length - read);
        now.packed().clear().put(packed, read, count).flip();
        read += count;
        boolean more;
        do {
          now.plain().clear();
          if (now.zstd().decompressDirectByteBufferStream(now.plain(), now.packed())) {
            throw new ProtocolException("the stream of compressed frames ends");
          }
          // A buffer that is full says nothing of whether that was all.
          more = now.packed().hasRemaining() || !now.plain().hasRemaining();
          now.plain().flip();
          int got = now.plain().remaining();
          if (got > to.length - written) {
            throw wrongLength(to.length - at, "more");
          }
          now.plain().get(to, written, got);
          written += got;
        } while (more);
      }
    } catch (ZstdException e) {
      throw new ProtocolException(
          "a compressed frame is no part of a stream: " + e.getMessage(), e);
    }
    if (written < to.length) {
      throw wrongLength(to.length - at, "less");
    }
  }

  private static ProtocolException wrongLength(int said, String what) {
    return new ProtocolException(
        "a compressed frame holds " + what + " than the " + said + " bytes that it says");
  }

  /** With the stream begun, if this is its first part. */
  private Open open(byte[] packed, int from) throws ProtocolException {
    Open now = open;
    if (now == null) {
      checkBeginning(packed, from);
      now =
          new Open(
              new ZstdDecompressCtx(),
              ByteBuffer.allocateDirect(StreamCompressor.BUFFER_BYTES),
              ByteBuffer.allocateDirect(StreamCompressor.BUFFER_BYTES));
      open = now;
    }
    return now;
  }

  /** Before zstd allocates what the header asks for. */
  private static void checkBeginning(byte[] packed, int from) throws ProtocolException {
    ByteBuffer header = ByteBuffer.wrap(packed, from, packed.length - from);
    if (header.remaining() < ZSTD_HEADER_BYTES || header.getInt() != MAGIC) {
      throw new ProtocolException("a stream of compressed frames does not begin as one");
    }
    int descriptor = header.get();
    int window = Byte.toUnsignedInt(header.get());
    if ((descriptor & (SINGLE_SEGMENT | DICTIONARY)) != 0
        || windowBytes(window) > 1L << StreamCompressor.WINDOW_LOG) {
      throw new ProtocolException(
          "a stream of compressed frames wants more memory than "
              + (1 << StreamCompressor.WINDOW_LOG)
              + " bytes");
    }
  }

  private static long windowBytes(int descriptor) {
    long base = 1L << (10 + (descriptor >>> 3));
    return base + base / 8 * (descriptor & 7);
  }

  @Override
  public void close() {
    if (open != null) {
      open.zstd().close();
      open = null;
    }
  }
}
