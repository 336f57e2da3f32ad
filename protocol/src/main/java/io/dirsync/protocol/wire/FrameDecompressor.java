package io.dirsync.protocol.wire;

import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import io.dirsync.protocol.ProtocolException;
import java.io.Closeable;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Reads compressed frames, in the order in which they come. What one may become is bounded by what
 * it says, and that by the frame that it stands for, before anything is allocated. Holds up to two
 * and a half megabytes outside the heap from its first frame until it is closed. For one thread.
 */
public final class FrameDecompressor implements Closeable {
  /** Type (1 byte) and length of the body (4 bytes, big endian) of the frame that it stands for. */
  static final int HEADER_BYTES = 5;

  private final StreamDecompressor stream = new StreamDecompressor();
  private @Nullable ZstdDecompressCtx zstd;

  /** Whether a type is that of a compressed frame. */
  public static boolean isCompressed(int type) {
    return type == MessageType.COMPRESSED;
  }

  /**
   * Reads one frame.
   *
   * @param compressed what follows its type
   * @return the frame that it stands for, without its length: type and body
   * @throws ProtocolException if it is not what it says, or says more than a frame may have
   */
  public byte[] decompress(byte[] compressed) throws ProtocolException {
    if (compressed.length < HEADER_BYTES) {
      throw new ProtocolException("a compressed frame is too short");
    }
    ByteBuffer header = ByteBuffer.wrap(compressed);
    byte type = header.get();
    int length = header.getInt();
    int from = header.position();
    if (length < 0 || length >= MessageDecoder.frameBytesMax(Byte.toUnsignedInt(type))) {
      throw new ProtocolException(
          "a compressed frame of type "
              + Byte.toUnsignedInt(type)
              + " says that its body is "
              + Integer.toUnsignedString(length)
              + " bytes long");
    }
    byte[] frame = new byte[1 + length];
    frame[0] = type;
    if (MessageDecoder.isPiece(type)) {
      piece(compressed, from, frame);
    } else {
      stream.decompress(compressed, from, frame, 1);
    }
    return frame;
  }

  private void piece(byte[] compressed, int from, byte[] frame) throws ProtocolException {
    int length = frame.length - 1;
    ZstdDecompressCtx context = zstd;
    if (context == null) {
      context = new ZstdDecompressCtx();
      zstd = context;
    }
    int got;
    try {
      got =
          context.decompressByteArray(frame, 1, length, compressed, from, compressed.length - from);
    } catch (ZstdException e) {
      throw new ProtocolException(
          "a compressed frame is not the " + length + " bytes that it says: " + e.getMessage(), e);
    }
    if (got != length) {
      throw new ProtocolException(
          "a compressed frame holds " + got + " bytes, not the " + length + " that it says");
    }
  }

  @Override
  public void close() {
    stream.close();
    if (zstd != null) {
      zstd.close();
      zstd = null;
    }
  }
}
