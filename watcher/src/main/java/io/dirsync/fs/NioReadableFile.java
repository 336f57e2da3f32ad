package io.dirsync.fs;

import io.dirsync.fs.Volume.Lease;
import io.dirsync.fs.Volume.ReadableFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** An open file of a {@link NioVolume}. */
final class NioReadableFile implements ReadableFile {
  private final FileChannel channel;
  private final byte[] path;
  private final Path file;
  private final NioAttributes attributes;
  private final FileStatus opened;

  NioReadableFile(
      FileChannel channel, byte[] path, Path file, NioAttributes attributes, FileStatus opened) {
    this.channel = channel;
    this.path = path;
    this.file = file;
    this.attributes = attributes;
    this.opened = opened;
  }

  FileChannel channel() {
    return channel;
  }

  /**
   * java.nio asks by name, not by open file. When the name stands for something else by now, the
   * file itself was renamed or removed: that shows as a later ctime.
   */
  @Override
  public FileStatus status() throws IOException {
    return NioFailures.attempt("read status", path, this::statusNow);
  }

  private FileStatus statusNow() throws IOException {
    long sizeBytes = channel.size();
    try {
      FileStatus now = attributes.read(file, LinkOption.NOFOLLOW_LINKS);
      if (now.inode() == opened.inode() && now.device() == opened.device()) {
        return now;
      }
    } catch (NoSuchFileException removed) {
      // as below
    }
    return new FileStatus(
        opened.kind(),
        opened.device(),
        opened.inode(),
        sizeBytes,
        opened.mtimeNanos(),
        opened.ctimeNanos() + 1,
        opened.mode(),
        opened.uid(),
        opened.gid(),
        opened.links(),
        sizeBytes);
  }

  @Override
  public int read(long position, byte[] buffer, int offset, int length) throws IOException {
    ByteBuffer target = ByteBuffer.wrap(buffer, offset, length);
    return NioFailures.attempt("read", path, () -> fill(channel, target, position));
  }

  static int fill(FileChannel channel, ByteBuffer target, long position) throws IOException {
    int start = target.position();
    while (target.hasRemaining()) {
      int count = channel.read(target, position + target.position() - start);
      if (count < 0) {
        break;
      }
    }
    int read = target.position() - start;
    return read == 0 && position >= channel.size() ? -1 : read;
  }

  @Override
  public long nextData(long position) throws IOException {
    return NioFailures.attempt("look for data", path, () -> Math.min(position, channel.size()));
  }

  @Override
  public long nextHole(long position) throws IOException {
    return NioFailures.attempt("look for a hole", path, channel::size);
  }

  @Override
  public Lease lease() {
    return Lease.UNSUPPORTED;
  }

  @Override
  public void unlease() {}

  @Override
  public void close() throws IOException {
    NioFailures.attemptStep("close", path, channel::close);
  }
}
