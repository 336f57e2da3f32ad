package io.dirsync.fs;

import io.dirsync.fs.MemoryVolume.Operation;
import io.dirsync.fs.Volume.Lease;
import io.dirsync.fs.Volume.ReadableFile;
import java.io.IOException;

/** An open file of a {@link MemoryVolume}. */
final class MemoryOpenFile implements ReadableFile, MemoryVolume.Handle {
  private final MemoryVolume volume;
  private final MemoryDisk disk;
  private final MemoryNode node;
  private final byte[] path;
  private boolean open = true;
  private boolean leased;

  MemoryOpenFile(MemoryVolume volume, MemoryDisk disk, MemoryNode node, byte[] path) {
    this.volume = volume;
    this.disk = disk;
    this.node = node;
    this.path = path;
    disk.opened(node, false);
  }

  MemoryNode node() {
    return node;
  }

  @Override
  public FileStatus status() throws IOException {
    step(Operation.FILE_STATUS);
    return disk.status(node);
  }

  @Override
  public int read(long position, byte[] buffer, int offset, int length) throws IOException {
    step(Operation.READ);
    return disk.read(node, position, buffer, offset, length);
  }

  @Override
  public long nextData(long position) throws IOException {
    step(Operation.NEXT_DATA);
    return disk.nextData(node, position);
  }

  @Override
  public long nextHole(long position) throws IOException {
    step(Operation.NEXT_HOLE);
    return disk.nextHole(node, position);
  }

  @Override
  public Lease lease() throws IOException {
    step(Operation.LEASE);
    if (!leased) {
      leased = disk.lease(node);
    }
    return leased ? Lease.GRANTED : Lease.BUSY;
  }

  @Override
  public void unlease() throws IOException {
    step(Operation.UNLEASE);
    dropLease();
  }

  private void dropLease() {
    if (leased) {
      leased = false;
      disk.unlease(node);
    }
  }

  private void step(Operation operation) throws IOException {
    volume.step(operation, path);
    if (!open) {
      throw MemoryTree.failure(path, "the file is closed");
    }
  }

  @Override
  public void close() {
    drop();
    volume.closed(this);
  }

  @Override
  public void drop() {
    if (open) {
      open = false;
      dropLease();
      disk.closed(node, false);
    }
  }
}
