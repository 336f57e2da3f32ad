package io.dirsync.fs;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds nodes by path, never through a link. Guarded by its {@link MemoryDisk}. */
final class MemoryTree {
  /** A place for a name, with what stands there now. */
  record Slot(MemoryNode directory, byte[] name, @Nullable MemoryNode node) {}

  private final MemoryNode root;

  MemoryTree(MemoryNode root) {
    this.root = root;
  }

  MemoryNode root() {
    return root;
  }

  MemoryNode find(byte[] path) throws IOException {
    MemoryNode at = root;
    for (byte[] name : PlainPath.components(path)) {
      if (!at.isDirectory()) {
        throw new NotDirectoryException(PlainPath.text(path));
      }
      MemoryNode next = at.children.get(name);
      if (next == null) {
        throw new NoSuchFileException(PlainPath.text(path));
      }
      at = next;
    }
    return at;
  }

  MemoryNode directory(byte[] path) throws IOException {
    MemoryNode node = find(path);
    if (!node.isDirectory()) {
      throw new NotDirectoryException(PlainPath.text(path));
    }
    return node;
  }

  /** The place of a path in its directory, which must exist; the root has none. */
  Slot slot(byte[] path) throws IOException {
    List<byte[]> names = PlainPath.components(path);
    if (names.isEmpty()) {
      throw failure(path, "is the root of the volume");
    }
    byte[] name = names.getLast();
    MemoryNode parent = directory(Arrays.copyOf(path, Math.max(0, path.length - name.length - 1)));
    return new Slot(parent, name, parent.children.get(name));
  }

  MemoryNode taken(Slot slot, byte[] path) throws IOException {
    if (slot.node() == null) {
      throw new NoSuchFileException(PlainPath.text(path));
    }
    return slot.node();
  }

  Slot freeSlot(byte[] path) throws IOException {
    if (path.length == 0 || slot(path).node() != null) {
      throw new FileAlreadyExistsException(PlainPath.text(path));
    }
    return slot(path);
  }

  static FileSystemException failure(byte[] path, String reason) {
    return new FileSystemException(PlainPath.text(path), null, reason);
  }
}
