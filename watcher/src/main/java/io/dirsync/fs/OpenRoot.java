package io.dirsync.fs;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The descriptor of a volume's root. A number whose file is closed is soon another file's, and a
 * path that is looked up below that one leads anywhere: so who uses it holds it, and the last who
 * lets go of it closes it. Thread-safe.
 */
final class OpenRoot implements Closeable {
  private final int descriptor;

  /** Those who use it now, and one as long as the volume is open. */
  private final AtomicInteger holders = new AtomicInteger(1);

  private volatile boolean closed;

  /** Takes the descriptor over. */
  OpenRoot(int descriptor) {
    this.descriptor = descriptor;
  }

  interface Use<T> {
    T apply(int descriptor) throws IOException;
  }

  /**
   * Does something with the descriptor, which stays what it is until then.
   *
   * @throws ClosedChannelException if the volume is closed
   */
  <T> T use(Use<T> use) throws IOException {
    int descriptor = hold();
    try {
      return use.apply(descriptor);
    } finally {
      release();
    }
  }

  /**
   * The descriptor, which stays what it is until {@link #release}.
   *
   * @throws ClosedChannelException if the volume is closed
   */
  int hold() throws ClosedChannelException {
    if (closed || holders.getAndUpdate(held -> held == 0 ? 0 : held + 1) == 0) {
      throw new ClosedChannelException();
    }
    return descriptor;
  }

  void release() {
    if (holders.decrementAndGet() == 0) {
      Native.close(descriptor);
    }
  }

  /** Lets nobody use it any more; does not wait for those who do. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      release();
    }
  }
}
