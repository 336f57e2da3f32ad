package io.dirsync.engine;

/** What a thread reads files into. */
public final class WorkerBuffer {
  /** As much as stays in the processor's cache; one leaf of a content. */
  public static final int BYTES = 128 << 10;

  private static final ThreadLocal<byte[]> BUFFER = ThreadLocal.withInitial(() -> new byte[BYTES]);

  private WorkerBuffer() {}

  /** This thread's, with {@link #BYTES}; for use until the end of its task. */
  public static byte[] get() {
    return BUFFER.get();
  }
}
