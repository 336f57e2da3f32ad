package io.dirsync.fs;

import io.dirsync.fs.Volume.ReadableFile;
import io.dirsync.fs.Volume.StagedFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/**
 * A file being made by a {@link NioVolume}: under a private name until it is published. Attributes
 * are set by name, so each time it is made sure that the name still stands for this file.
 */
final class NioStagedFile implements StagedFile {
  private static final int COPY_BYTES = 128 * 1024;

  private final NioVolume volume;
  private final NioAttributes attributes;
  private final FileChannel channel;
  private final long inode;
  private byte[] path;
  private volatile Path file;
  private final boolean atPath;
  private boolean published;
  private volatile boolean synced;

  /**
   * @param atPath whether it was asked for at this path, so that it is found there again
   */
  NioStagedFile(
      NioVolume volume,
      NioAttributes attributes,
      FileChannel channel,
      long inode,
      byte[] path,
      Path file,
      boolean atPath) {
    this.volume = volume;
    this.atPath = atPath;
    this.attributes = attributes;
    this.channel = channel;
    this.inode = inode;
    this.path = path;
    this.file = file;
  }

  @Override
  public void write(long position, byte[] buffer, int offset, int length) throws IOException {
    synced = false;
    ByteBuffer source = ByteBuffer.wrap(buffer, offset, length);
    NioFailures.attemptStep("write", path, () -> drain(source, position));
  }

  private void drain(ByteBuffer source, long position) throws IOException {
    int start = source.position();
    while (source.hasRemaining()) {
      channel.write(source, position + source.position() - start);
    }
  }

  @Override
  public int read(long position, byte[] buffer, int offset, int length) throws IOException {
    ByteBuffer target = ByteBuffer.wrap(buffer, offset, length);
    return NioFailures.attempt("read", path, () -> NioReadableFile.fill(channel, target, position));
  }

  @Override
  public void copyFrom(ReadableFile source, long sourcePosition, long position, long length)
      throws IOException {
    synced = false;
    if (source instanceof NioReadableFile other) {
      NioFailures.attemptStep(
          "copy", path, () -> transfer(other.channel(), sourcePosition, position, length));
      return;
    }
    byte[] buffer = new byte[(int) Math.min(COPY_BYTES, length)];
    long done = 0;
    while (done < length) {
      int wanted = (int) Math.min(buffer.length, length - done);
      int count = source.read(sourcePosition + done, buffer, 0, wanted);
      if (count < 0) {
        throw sourceTooShort();
      }
      write(position + done, buffer, 0, count);
      done += count;
    }
  }

  @Override
  public boolean share(ReadableFile source, long sourcePosition, long position, long length) {
    return false;
  }

  /** The JDK lets the system copy where it can (copy_file_range on Linux). */
  private void transfer(FileChannel source, long sourcePosition, long position, long length)
      throws IOException {
    channel.position(position);
    long done = 0;
    while (done < length) {
      long count = source.transferTo(sourcePosition + done, length - done, channel);
      if (count <= 0) {
        throw sourceTooShort();
      }
      done += count;
    }
  }

  private FileSystemException sourceTooShort() {
    return new FileSystemException(
        PlainPath.text(path), null, "the file to copy from ends too early");
  }

  @Override
  public void truncate(long sizeBytes) throws IOException {
    synced = false;
    NioFailures.attemptStep("set the length", path, () -> setSize(sizeBytes));
  }

  private void setSize(long sizeBytes) throws IOException {
    if (sizeBytes > channel.size()) {
      channel.write(ByteBuffer.wrap(new byte[1]), sizeBytes - 1);
    } else {
      channel.truncate(sizeBytes);
    }
  }

  @Override
  public void setMode(int mode) throws IOException {
    change("set mode", () -> attributes.setMode(file, mode));
  }

  @Override
  public void setOwner(int uid, int gid) throws IOException {
    change("set owner", () -> attributes.setOwner(file, uid, gid));
  }

  @Override
  public void setMtime(long mtimeNanos) throws IOException {
    change("set time", () -> NioAttributes.setMtime(file, mtimeNanos));
  }

  private void change(String doing, NioFailures.Step step) throws IOException {
    synced = false;
    NioFailures.attemptStep(
        doing,
        path,
        () -> {
          ownStatus();
          step.run();
        });
  }

  @Override
  public FileStatus status() throws IOException {
    return NioFailures.attempt("read status", path, this::ownStatus);
  }

  private FileStatus ownStatus() throws IOException {
    FileStatus status = attributes.read(file, LinkOption.NOFOLLOW_LINKS);
    if (status.inode() != inode) {
      String reason = "another file has taken the place of the staged one";
      throw new FileSystemException(PlainPath.text(path), null, reason);
    }
    return status;
  }

  @Override
  public void sync() throws IOException {
    NioFailures.attemptStep("make durable", path, () -> channel.force(true));
    synced = true;
  }

  /** What stood at one path, and below it, stands at another. On any thread. */
  void moved(Path from, Path to) {
    Path now = file;
    if (now.equals(from)) {
      file = to;
    } else if (now.startsWith(from)) {
      file = to.resolve(from.relativize(now));
    }
  }

  /** For a sync of the whole volume, on any thread: a file that is closed has seen to itself. */
  void syncIfOpen() throws IOException {
    if (channel.isOpen() && !synced) {
      sync();
    }
  }

  @Override
  public void link(byte[] target) throws IOException {
    file = volume.publish(file, published, target);
    path = target.clone();
    published = true;
  }

  @Override
  public void moveTo(byte[] target) throws IOException {
    if (published) {
      throw new IllegalStateException("has its name");
    }
    file = volume.publish(file, false, target);
    path = target.clone();
  }

  @Override
  public boolean isSuspendable() {
    return atPath && !published && channel.isOpen();
  }

  @Override
  public void suspend() throws IOException {
    try (channel) {
      syncIfOpen();
    } finally {
      volume.closed(this);
    }
  }

  @Override
  public void close() throws IOException {
    if (!channel.isOpen()) {
      return;
    }
    try (channel) {
      if (published) {
        syncIfOpen();
      } else {
        NioFailures.attemptStep("discard", path, () -> Files.deleteIfExists(file));
      }
    } finally {
      volume.closed(this);
    }
  }
}
