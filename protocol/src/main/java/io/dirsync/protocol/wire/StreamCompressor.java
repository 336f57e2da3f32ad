package io.dirsync.protocol.wire;

import com.github.luben.zstd.EndDirective;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdException;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Makes one zstd stream of the bodies of many frames, which are read in the order in which they
 * were compressed: of what two small files in different frames have in common only the first one's
 * is sent. Of small files of source code and pages, 40 MB of a kind, that leaves 7 % (Python) to 45
 * % (Java) fewer bytes than frames of 256 KiB that stand for themselves, 37 % with HTML. Holds
 * about four megabytes outside the heap from its first frame until it is closed. For one thread.
 */
final class StreamCompressor implements Closeable {
  /** How far back it looks, two mebibytes, as zstd takes it at this level. */
  static final int WINDOW_LOG = 21;

  static final int BUFFER_BYTES = 64 << 10;

  private final int level;
  private @Nullable Open open;

  /** What it takes once there is something to compress. */
  private record Open(ZstdCompressCtx zstd, ByteBuffer plain, ByteBuffer packed) {}

  /**
   * @param level of zstd
   */
  StreamCompressor(int level) {
    this.level = level;
  }

  /**
   * Adds bytes to the stream.
   *
   * @param to gets what its reader needs to have all of them
   */
  void compress(byte[] bytes, int from, ByteArrayOutputStream to) {
    Open now = open();
    int at = from;
    while (at < bytes.length) {
      int count = Math.min(BUFFER_BYTES, bytes.length - at);
      now.plain().clear().put(bytes, at, count).flip();
      at += count;
      compress(now, at == bytes.length ? EndDirective.FLUSH : EndDirective.CONTINUE, to);
    }
  }

  private static void compress(Open now, EndDirective directive, ByteArrayOutputStream to) {
    boolean flushed;
    do {
      now.packed().clear();
      try {
        flushed = now.zstd().compressDirectByteBufferStream(now.packed(), now.plain(), directive);
      } catch (ZstdException e) {
        throw new IllegalStateException("zstd takes whatever bytes there are", e);
      }
      byte[] part = new byte[now.packed().position()];
      now.packed().flip().get(part);
      to.writeBytes(part);
    } while (now.plain().hasRemaining() || (directive == EndDirective.FLUSH && !flushed));
  }

  private Open open() {
    Open now = open;
    if (now == null) {
      now =
          new Open(
              new ZstdCompressCtx()
                  .setLevel(level)
                  .setWindowLog(WINDOW_LOG)
                  .setContentSize(false)
                  .setChecksum(false),
              ByteBuffer.allocateDirect(BUFFER_BYTES),
              ByteBuffer.allocateDirect(BUFFER_BYTES));
      open = now;
    }
    return now;
  }

  @Override
  public void close() {
    if (open != null) {
      open.zstd().close();
      open = null;
    }
  }
}
