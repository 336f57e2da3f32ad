package io.dirsync.fs;

import static io.dirsync.fs.NativeErrors.check;

import io.dirsync.fs.Volume.Lease;
import io.dirsync.fs.Volume.ReadableFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.ClosedChannelException;

/** A regular file that is open for reading. */
final class PosixFile implements ReadableFile {
  private static final byte[] EMPTY = new byte[0];

  private final byte[] path;
  private int descriptor;

  PosixFile(int descriptor, byte[] path) {
    this.descriptor = descriptor;
    this.path = path;
  }

  int descriptor() throws IOException {
    if (descriptor < 0) {
      throw new ClosedChannelException();
    }
    return descriptor;
  }

  @Override
  public FileStatus status() throws IOException {
    return PosixVolume.status(descriptor(), EMPTY, Constants.AT_EMPTY_PATH, path);
  }

  @Override
  public int read(long position, byte[] buffer, int offset, int length) throws IOException {
    return read(descriptor(), path, position, buffer, offset, length);
  }

  static int read(int descriptor, byte[] path, long position, byte[] buffer, int offset, int length)
      throws IOException {
    int done = 0;
    while (done < length) {
      int step = Math.min(length - done, Native.BUFFER_BYTES);
      int count = Native.pread(descriptor, position + done, step);
      if (count == -Constants.EINTR) {
        continue;
      }
      check(count, path);
      if (count == 0) {
        break;
      }
      MemorySegment.copy(
          Native.scratch().buffer, ValueLayout.JAVA_BYTE, 0, buffer, offset + done, count);
      done += count;
    }
    return done == 0 && length > 0 ? -1 : done;
  }

  @Override
  public long nextData(long position) throws IOException {
    long found = Native.lseek(descriptor(), position, Constants.SEEK_DATA);
    if (found >= 0) {
      return found;
    }
    // ENXIO: only a hole follows, or the end.
    return found == -6 ? Math.max(position, status().sizeBytes()) : position;
  }

  @Override
  public long nextHole(long position) throws IOException {
    long found = Native.lseek(descriptor(), position, Constants.SEEK_HOLE);
    return found >= 0 ? found : status().sizeBytes();
  }

  @Override
  public Lease lease() throws IOException {
    // A writer that comes is announced by a signal; the usual one would end the process.
    Native.fcntl(descriptor(), Constants.F_SETSIG, Constants.SIGURG);
    int result = Native.fcntl(descriptor(), Constants.F_SETLEASE, Constants.F_RDLCK);
    if (result >= 0) {
      return Lease.GRANTED;
    }
    return result == -Constants.EAGAIN ? Lease.BUSY : Lease.UNSUPPORTED;
  }

  @Override
  public void unlease() throws IOException {
    Native.fcntl(descriptor(), Constants.F_SETLEASE, Constants.F_UNLCK);
  }

  @Override
  public void close() {
    if (descriptor >= 0) {
      Native.close(descriptor);
      descriptor = -1;
    }
  }
}
