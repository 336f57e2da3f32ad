package io.dirsync.fs;

import io.dirsync.fs.FileStatus.Kind;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/**
 * What the people and programs do that share a disk with the process that a {@link MemoryVolume}
 * was made for: they write in place, rename over files, and hold files open. Nothing here passes
 * the volume's hooks, so it may be called from one. Paths and failures are those of {@link Volume}.
 */
public final class MemoryUser {
  private static final int NEW_FILE_MODE = 0644;
  private static final int NEW_DIRECTORY_MODE = 0755;

  private final MemoryDisk disk;

  MemoryUser(MemoryDisk disk) {
    this.disk = disk;
  }

  /** Replaces a file's content in place, as an editor that truncates does; makes it if need be. */
  public void write(byte[] path, byte[] content) throws IOException {
    try (OpenFile file = openForWriting(path)) {
      file.truncate(0);
      file.write(0, content);
    }
  }

  /** Writes into a file in place; makes it if need be. */
  public void overwrite(byte[] path, long position, byte[] bytes) throws IOException {
    try (OpenFile file = openForWriting(path)) {
      file.write(position, bytes);
    }
  }

  /** Writes at a file's end; makes it if need be. */
  public void append(byte[] path, byte[] bytes) throws IOException {
    try (OpenFile file = openForWriting(path)) {
      file.append(bytes);
    }
  }

  /**
   * Opens a file for writing and keeps it open; makes it if need be.
   *
   * @throws FileSystemException also if a lease is held on the file: where a program would wait
   */
  public OpenFile openForWriting(byte[] path) throws IOException {
    MemoryNode node;
    try {
      node = disk.find(path);
    } catch (NoSuchFileException missing) {
      node = disk.create(path, NEW_FILE_MODE);
    }
    if (node.kind != Kind.FILE) {
      throw MemoryTree.failure(path, "is no regular file");
    }
    if (disk.isLeased(node)) {
      throw MemoryTree.failure(path, "a lease is held on it; a program would wait here");
    }
    return new OpenFile(disk, node, path.clone());
  }

  /** A file that a user holds open for writing: nobody gets a lease on it until it is closed. */
  public static final class OpenFile implements Closeable {
    private final MemoryDisk disk;
    private final MemoryNode node;
    private final byte[] path;
    private boolean open = true;

    private OpenFile(MemoryDisk disk, MemoryNode node, byte[] path) {
      this.disk = disk;
      this.node = node;
      this.path = path;
      disk.opened(node, true);
    }

    public void write(long position, byte[] bytes) throws IOException {
      disk.write(node, path, position, bytes, 0, bytes.length);
    }

    public void append(byte[] bytes) throws IOException {
      write(disk.status(node).sizeBytes(), bytes);
    }

    public void truncate(long sizeBytes) {
      disk.truncate(node, sizeBytes);
    }

    /** Makes content and attributes durable, as fsync does. */
    public void sync() {
      disk.sync(node);
    }

    @Override
    public void close() {
      if (open) {
        open = false;
        disk.closed(node, true);
      }
    }
  }

  public byte[] read(byte[] path) throws IOException {
    MemoryNode node = disk.find(path);
    if (node.kind != Kind.FILE) {
      throw MemoryTree.failure(path, "is no regular file");
    }
    return disk.content(node);
  }

  /** Renames; what stands at the target gives way, a directory only if it is empty. */
  public void rename(byte[] from, byte[] to) throws IOException {
    disk.rename(from, to, true);
  }

  /** Gives a file a second name. */
  public void link(byte[] existing, byte[] path) throws IOException {
    disk.link(disk.find(existing), path);
  }

  public void mkdir(byte[] path) throws IOException {
    disk.mkdir(path, NEW_DIRECTORY_MODE);
  }

  public void symlink(byte[] target, byte[] path) throws IOException {
    disk.symlink(target, path);
  }

  /** Removes a file, a link, or a directory with everything below it. */
  public void remove(byte[] path) throws IOException {
    boolean directory = disk.status(path).kind() == Kind.DIRECTORY;
    if (directory) {
      for (Volume.Entry entry : disk.list(path)) {
        remove(PlainPath.child(path, entry.name()));
      }
    }
    disk.remove(path, directory);
  }

  public void setMode(byte[] path, int mode) throws IOException {
    disk.setMode(disk.find(path), mode);
  }

  public void setMtime(byte[] path, long mtimeNanos) throws IOException {
    disk.setMtime(disk.find(path), mtimeNanos);
  }

  /** Makes everything durable, as sync(2) does. */
  public void sync() {
    disk.sync();
  }

  /** Takes the file system away from its mount point: {@link Volume#currentRoot} is empty then. */
  public void unmount() {
    disk.setMounted(false);
  }

  public void mount() {
    disk.setMounted(true);
  }
}
