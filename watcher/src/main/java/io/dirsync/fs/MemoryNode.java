package io.dirsync.fs;

import io.dirsync.fs.FileStatus.Kind;
import java.util.Arrays;
import java.util.TreeMap;

/** A file, directory or link of a {@link MemoryDisk}, whatever names it has. */
final class MemoryNode {
  /** What a node is besides its content. The ctime never comes back: it also numbers the states. */
  record Attributes(int mode, int uid, int gid, long mtimeNanos, long ctimeNanos) {}

  private static final long DEVICE = 1;

  final Kind kind;

  /** As the status shows it; a node that is gone leaves its number to another. */
  final long inode;

  Attributes attributes;
  int links;

  /** How many hold it open, and how many of them for writing, and how many have a lease. */
  int opens;

  int writers;
  int leases;

  /** Of a file. */
  MemoryBytes content = new MemoryBytes();

  /** Of a link. */
  byte[] target = {};

  /** Of a directory. */
  final TreeMap<byte[], MemoryNode> children = new TreeMap<>(Arrays::compareUnsigned);

  MemoryNode(Kind kind, long inode, Attributes attributes) {
    this.kind = kind;
    this.inode = inode;
    this.attributes = attributes;
  }

  FileStatus status() {
    long size =
        switch (kind) {
          case FILE -> content.size();
          case SYMLINK -> target.length;
          case DIRECTORY, OTHER -> MemoryBytes.PAGE_BYTES;
        };
    return new FileStatus(
        kind,
        DEVICE,
        inode,
        size,
        attributes.mtimeNanos(),
        attributes.ctimeNanos(),
        attributes.mode(),
        attributes.uid(),
        attributes.gid(),
        links,
        content.allocatedBytes());
  }

  boolean isDirectory() {
    return kind == Kind.DIRECTORY;
  }

  /** Whether neither a name nor an open file leads to it any more. */
  boolean isGone() {
    return links == 0 && opens == 0;
  }
}
