package io.dirsync.fs;

import io.dirsync.fs.MemoryVolume.Operation;
import io.dirsync.fs.Volume.ReadableFile;
import io.dirsync.fs.Volume.StagedFile;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A file being made in a {@link MemoryVolume}: without a name, or with a private one. */
final class MemoryStagedFile implements StagedFile, MemoryVolume.Handle {
  static final int FIRST_MODE = 0600;

  private final MemoryVolume volume;
  private final MemoryDisk disk;
  private final MemoryNode node;

  /** For messages and hooks: the staging directory, then the file's name. */
  private byte[] path;

  private byte @Nullable [] privateName;
  private boolean open = true;

  MemoryStagedFile(MemoryVolume volume, MemoryDisk disk, byte[] directory) {
    this(volume, disk, disk.newFile(FIRST_MODE), directory, null);
  }

  /** One that has a name already. */
  MemoryStagedFile(MemoryVolume volume, MemoryDisk disk, MemoryNode node, byte[] path) {
    this(volume, disk, node, path, path);
  }

  private MemoryStagedFile(
      MemoryVolume volume,
      MemoryDisk disk,
      MemoryNode node,
      byte[] path,
      byte @Nullable [] privateName) {
    this.volume = volume;
    this.disk = disk;
    this.node = node;
    this.path = path;
    this.privateName = privateName;
    disk.opened(node, true);
  }

  @Override
  public void write(long position, byte[] buffer, int offset, int length) throws IOException {
    step(Operation.WRITE);
    disk.write(node, path, position, buffer, offset, length);
  }

  @Override
  public int read(long position, byte[] buffer, int offset, int length) throws IOException {
    step(Operation.READ);
    return disk.read(node, position, buffer, offset, length);
  }

  @Override
  public void copyFrom(ReadableFile source, long sourcePosition, long position, long length)
      throws IOException {
    step(Operation.COPY);
    if (!(source instanceof MemoryOpenFile file)) {
      throw MemoryTree.failure(path, "the file to copy from is not of this volume");
    }
    disk.copy(file.node(), node, path, sourcePosition, position, length);
  }

  /** Between places that are equally far from a page's beginning, as other file systems do. */
  @Override
  public boolean share(ReadableFile source, long sourcePosition, long position, long length)
      throws IOException {
    if ((sourcePosition | position) % MemoryBytes.PAGE_BYTES != 0) {
      return false;
    }
    copyFrom(source, sourcePosition, position, length);
    return true;
  }

  @Override
  public void truncate(long sizeBytes) throws IOException {
    step(Operation.TRUNCATE);
    disk.truncate(node, sizeBytes);
  }

  @Override
  public void setMode(int mode) throws IOException {
    step(Operation.SET_MODE);
    disk.setMode(node, mode);
  }

  @Override
  public void setOwner(int uid, int gid) throws IOException {
    step(Operation.SET_OWNER);
    disk.setOwner(node, uid, gid);
  }

  @Override
  public void setMtime(long mtimeNanos) throws IOException {
    step(Operation.SET_MTIME);
    disk.setMtime(node, mtimeNanos);
  }

  @Override
  public FileStatus status() throws IOException {
    step(Operation.FILE_STATUS);
    return disk.status(node);
  }

  @Override
  public void sync() throws IOException {
    step(Operation.SYNC_FILE);
    disk.sync(node);
  }

  @Override
  public void link(byte[] target) throws IOException {
    PlainPath.components(target);
    volume.step(Operation.LINK, target);
    requireOpen();
    if (privateName == null) {
      disk.link(node, target);
    } else {
      disk.rename(privateName, target, false);
      privateName = null;
    }
    path = target.clone();
  }

  @Override
  public void moveTo(byte[] target) throws IOException {
    PlainPath.components(target);
    byte[] before = privateName;
    if (before == null) {
      throw new IllegalStateException("was not staged at a path, or has its name");
    }
    step(Operation.RENAME);
    disk.rename(before, target, false);
    privateName = target.clone();
    path = target.clone();
  }

  private void step(Operation operation) throws IOException {
    volume.step(operation, path);
    requireOpen();
  }

  private void requireOpen() throws IOException {
    if (!open) {
      throw MemoryTree.failure(path, "the file is closed");
    }
  }

  @Override
  public boolean isSuspendable() {
    return open && privateName != null;
  }

  @Override
  public void suspend() throws IOException {
    privateName = null;
    close();
  }

  @Override
  public void close() throws IOException {
    if (open && privateName != null) {
      volume.step(Operation.UNLINK, privateName);
      disk.remove(privateName, false);
    }
    drop();
    volume.closed(this);
  }

  @Override
  public void drop() {
    if (open) {
      open = false;
      disk.closed(node, true);
    }
  }
}
