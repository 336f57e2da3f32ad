package io.dirsync.fs;

import static io.dirsync.fs.NativeErrors.check;

import io.dirsync.fs.Volume.ReadableFile;
import io.dirsync.fs.Volume.StagedFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A file being made: without a name where the file system can and that is wanted, else with a
 * private one.
 */
final class PosixStagedFile implements StagedFile {
  private static final byte[] EMPTY = new byte[0];
  private static final long COPY_BYTES = 64L << 20;

  /**
   * The kernel begins to write after this much. Else a large file is dirty as a whole when the next
   * small one is synced, and a journal that keeps data and names in order makes that one wait for
   * it.
   */
  private static final long WRITEBACK_BYTES = 8L << 20;

  private final PosixVolume volume;
  private byte @Nullable [] privateName;
  private final byte[] shown;
  private final boolean suspendable;
  private int descriptor;
  private final AtomicLong dirty = new AtomicLong();

  /**
   * @param suspendable whether the private name is one that it is found by again
   */
  PosixStagedFile(
      PosixVolume volume,
      int descriptor,
      byte @Nullable [] privateName,
      byte[] shown,
      boolean suspendable) {
    this.volume = volume;
    this.suspendable = suspendable;
    this.descriptor = descriptor;
    this.privateName = privateName;
    this.shown = shown;
  }

  private int descriptor() throws IOException {
    if (descriptor < 0) {
      throw new ClosedChannelException();
    }
    return descriptor;
  }

  @Override
  public void write(long position, byte[] buffer, int offset, int length) throws IOException {
    int done = 0;
    while (done < length) {
      int step = Math.min(length - done, Native.BUFFER_BYTES);
      MemorySegment.copy(
          buffer, offset + done, Native.scratch().buffer, ValueLayout.JAVA_BYTE, 0, step);
      int written = 0;
      while (written < step) {
        int count = Native.pwrite(descriptor(), position + done + written, written, step - written);
        if (count != -Constants.EINTR) {
          written += check(count, shown);
        }
      }
      done += step;
    }
    wrote(length);
  }

  private void wrote(long bytes) throws IOException {
    if (dirty.addAndGet(bytes) >= WRITEBACK_BYTES) {
      dirty.set(0);
      // Whether it can is no matter: what has to be durable is synced.
      var unused = Native.beginWriteback(descriptor());
    }
  }

  @Override
  public int read(long position, byte[] buffer, int offset, int length) throws IOException {
    return PosixFile.read(descriptor(), shown, position, buffer, offset, length);
  }

  @Override
  public void copyFrom(ReadableFile source, long sourcePosition, long position, long length)
      throws IOException {
    PosixFile file = (PosixFile) source;
    if (length == 0 || share(source, sourcePosition, position, length)) {
      return;
    }
    long end = sourcePosition + length;
    long at = source.nextData(sourcePosition);
    while (at < end) {
      long hole = Math.min(end, source.nextHole(at));
      copyData(file, at, position + at - sourcePosition, hole - at);
      at = hole < end ? source.nextData(hole) : end;
    }
  }

  @Override
  public boolean share(ReadableFile source, long sourcePosition, long position, long length)
      throws IOException {
    int from = ((PosixFile) source).descriptor();
    int result = Native.cloneRange(from, sourcePosition, length, descriptor(), position);
    if (result == -Constants.ENOSPC || result == -Constants.EDQUOT) {
      check(result, shown);
    }
    return result >= 0;
  }

  private void copyData(PosixFile source, long from, long to, long length) throws IOException {
    long done = 0;
    while (done < length) {
      long count =
          Native.copyFileRange(
              source.descriptor(),
              from + done,
              descriptor(),
              to + done,
              Math.min(COPY_BYTES, length - done));
      if (count == -Constants.EINTR) {
        continue;
      }
      if (count == -Constants.ENOSPC || count == -Constants.EDQUOT) {
        check(count, shown);
      }
      if (count <= 0) {
        copyByHand(source, from + done, to + done, length - done);
        return;
      }
      done += count;
      wrote(count);
    }
  }

  private void copyByHand(PosixFile source, long from, long to, long length) throws IOException {
    byte[] buffer = new byte[Native.BUFFER_BYTES];
    long done = 0;
    while (done < length) {
      int count = source.read(from + done, buffer, 0, (int) Math.min(buffer.length, length - done));
      if (count <= 0) {
        throw new java.nio.file.FileSystemException(
            NativeErrors.shown(shown), null, "the file it is copied from became shorter");
      }
      write(to + done, buffer, 0, count);
      done += count;
    }
  }

  @Override
  public void truncate(long sizeBytes) throws IOException {
    check(Native.ftruncate(descriptor(), sizeBytes), shown);
  }

  @Override
  public void setMode(int mode) throws IOException {
    check(Native.fchmod(descriptor(), mode), shown);
  }

  @Override
  public void setOwner(int uid, int gid) throws IOException {
    check(Native.fchownat(descriptor(), EMPTY, uid, gid, Constants.AT_EMPTY_PATH), shown);
  }

  @Override
  public void setMtime(long mtimeNanos) throws IOException {
    int result = Native.utimensat(descriptor(), EMPTY, mtimeNanos, Constants.AT_EMPTY_PATH);
    if (result == -Constants.EINVAL || result == -Constants.ENOENT) {
      // Before Linux 5.8 the empty name was not taken here.
      byte[] self =
          ("/proc/self/fd/" + descriptor).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
      result = Native.utimensat(Constants.AT_FDCWD, self, mtimeNanos, 0);
    }
    check(result, shown);
  }

  @Override
  public FileStatus status() throws IOException {
    return PosixVolume.status(descriptor(), EMPTY, Constants.AT_EMPTY_PATH, shown);
  }

  @Override
  public void sync() throws IOException {
    check(Native.fsync(descriptor()), shown);
  }

  @Override
  public void link(byte[] path) throws IOException {
    if (privateName == null) {
      volume.link(descriptor(), path);
      return;
    }
    descriptor();
    volume.rename(privateName, path);
    privateName = null;
  }

  @Override
  public void moveTo(byte[] path) throws IOException {
    byte[] before = privateName;
    if (before == null || !isSuspendable()) {
      throw new IllegalStateException("was not staged at a path, or has its name");
    }
    descriptor();
    volume.rename(before, path);
    privateName = path.clone();
  }

  @Override
  public boolean isSuspendable() {
    return descriptor >= 0 && privateName != null && suspendable;
  }

  @Override
  public void suspend() throws IOException {
    if (!isSuspendable()) {
      close();
      return;
    }
    privateName = null;
    close();
  }

  @Override
  public void close() throws IOException {
    if (descriptor >= 0) {
      Native.close(descriptor);
      descriptor = -1;
      if (privateName != null) {
        volume.unlink(privateName);
      }
    }
  }
}
