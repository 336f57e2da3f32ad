package io.dirsync.fs;

import io.dirsync.fs.FileStatus.Kind;
import io.dirsync.fs.MemoryJournal.Edit;
import io.dirsync.fs.MemoryNode.Attributes;
import io.dirsync.fs.MemoryTree.Slot;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

/**
 * A whole file system in memory, as its process, its users and the power supply share it. Every
 * method is one step: nobody sees it half done.
 */
final class MemoryDisk {
  static final int ROOT_MODE = 0755;

  /** Far more than changes of one moment run ahead of the clock, a nanosecond each. */
  private static final long SET_BACK_NANOS = 1_000_000;

  private final InstantSource clock;
  private final long capacityBytes;
  private final MemoryTree tree;
  private final MemoryJournal journal;
  private final TreeSet<Long> freeInodes = new TreeSet<>();
  private long nextInode = 2;
  private long lastNanos;
  private long usedBytes;
  private boolean mounted = true;

  MemoryDisk(InstantSource clock, long capacityBytes) {
    this.clock = clock;
    this.capacityBytes = capacityBytes;
    long now = now();
    MemoryNode root =
        new MemoryNode(Kind.DIRECTORY, nextInode++, new Attributes(ROOT_MODE, 0, 0, now, now));
    root.links = 1;
    tree = new MemoryTree(root);
    journal = new MemoryJournal(root);
  }

  /** The same disk after a power cut. */
  private MemoryDisk(MemoryDisk before, MemoryNode root) {
    clock = before.clock;
    capacityBytes = before.capacityBytes;
    lastNanos = before.lastNanos;
    tree = new MemoryTree(root);
    journal = new MemoryJournal(root);
    Set<Long> inodes = new HashSet<>();
    count(root, inodes);
    nextInode = before.nextInode;
    for (long inode = 2; inode < nextInode; inode++) {
      if (!inodes.contains(inode)) {
        freeInodes.add(inode);
      }
    }
  }

  private void count(MemoryNode node, Set<Long> inodes) {
    if (inodes.add(node.inode)) {
      usedBytes += node.content.allocatedBytes();
    }
    node.children.values().forEach(child -> count(child, inodes));
  }

  synchronized MemoryDisk crash(RandomGenerator random) {
    return new MemoryDisk(this, journal.crash(tree.root(), random));
  }

  synchronized void setMounted(boolean mounted) {
    this.mounted = mounted;
  }

  synchronized boolean isMounted() {
    return mounted;
  }

  /**
   * Time that goes on with every change, so that every change shows. A clock that was set back is
   * followed, as by any file system.
   */
  private long now() {
    Instant instant = clock.instant();
    long nanos =
        Math.addExact(
            Math.multiplyExact(instant.getEpochSecond(), 1_000_000_000L), instant.getNano());
    boolean setBack = lastNanos - nanos > SET_BACK_NANOS;
    lastNanos = setBack ? nanos : Math.max(lastNanos + 1, nanos);
    return lastNanos;
  }

  synchronized MemoryNode find(byte[] path) throws IOException {
    return tree.find(path);
  }

  synchronized FileStatus status(byte[] path) throws IOException {
    return tree.find(path).status();
  }

  synchronized FileStatus rootStatus() {
    return tree.root().status();
  }

  synchronized FileStatus status(MemoryNode node) {
    return node.status();
  }

  synchronized void requireDirectory(byte[] path) throws IOException {
    tree.directory(path);
  }

  synchronized List<Volume.Entry> list(byte[] path) throws IOException {
    List<Volume.Entry> entries = new ArrayList<>();
    tree.directory(path)
        .children
        .forEach((name, node) -> entries.add(new Volume.Entry(name.clone(), node.status())));
    return entries;
  }

  // Names

  /** A new file without a name, open. */
  synchronized MemoryNode newFile(int mode) {
    MemoryNode file = newNode(Kind.FILE, mode);
    journal.wrote(file);
    return file;
  }

  /** A new empty file under a name. */
  synchronized MemoryNode create(byte[] path, int mode) throws IOException {
    Slot slot = tree.freeSlot(path);
    MemoryNode file = newFile(mode);
    put(slot, file);
    return file;
  }

  synchronized MemoryNode findOrCreate(byte[] path, int mode) throws IOException {
    try {
      return find(path);
    } catch (NoSuchFileException e) {
      return create(path, mode);
    }
  }

  private MemoryNode newNode(Kind kind, int mode) {
    Long free = freeInodes.pollFirst();
    long now = now();
    long inode = free == null ? nextInode++ : free;
    MemoryNode node = new MemoryNode(kind, inode, new Attributes(mode, 0, 0, now, now));
    journal.created(node);
    return node;
  }

  synchronized void mkdir(byte[] path, int mode) throws IOException {
    Slot slot = tree.freeSlot(path);
    put(slot, newNode(Kind.DIRECTORY, mode));
  }

  synchronized void symlink(byte[] target, byte[] path) throws IOException {
    if (target.length == 0) {
      throw MemoryTree.failure(path, "a link needs a target");
    }
    Slot slot = tree.freeSlot(path);
    MemoryNode link = newNode(Kind.SYMLINK, 0777);
    link.target = target.clone();
    put(slot, link);
  }

  /** Gives a file one more name. */
  synchronized void link(MemoryNode node, byte[] path) throws IOException {
    if (node.isDirectory()) {
      throw MemoryTree.failure(path, "a directory has one name only");
    }
    put(tree.freeSlot(path), node);
  }

  private void put(Slot slot, MemoryNode node) {
    slot.directory().children.put(slot.name(), node);
    node.links++;
    journal.changed(
        List.of(
            new Edit.Put(slot.directory(), slot.name(), node),
            touched(node),
            modified(slot.directory())));
  }

  /** Removes a name, of a directory only if that is asked for and it is empty. */
  synchronized void remove(byte[] path, boolean directory) throws IOException {
    Slot slot = tree.slot(path);
    MemoryNode node = tree.taken(slot, path);
    if (directory && !node.isDirectory()) {
      throw new NotDirectoryException(PlainPath.text(path));
    }
    if (!directory && node.isDirectory()) {
      throw MemoryTree.failure(path, "is a directory");
    }
    if (!node.children.isEmpty()) {
      throw new DirectoryNotEmptyException(PlainPath.text(path));
    }
    slot.directory().children.remove(slot.name());
    journal.changed(
        List.of(
            new Edit.Remove(slot.directory(), slot.name()),
            touched(node),
            modified(slot.directory())));
    unlinked(node);
  }

  private void unlinked(MemoryNode node) {
    node.links--;
    releaseIfGone(node);
  }

  private void releaseIfGone(MemoryNode node) {
    if (node.isGone()) {
      journal.unlinked(node);
      freeInodes.add(node.inode);
      usedBytes -= node.content.allocatedBytes();
    }
  }

  /**
   * Renames in one step.
   *
   * @param replace whether a file at the target gives way, as rename(2) has it
   */
  synchronized void rename(byte[] from, byte[] to, boolean replace) throws IOException {
    Slot source = tree.slot(from);
    MemoryNode node = tree.taken(source, from);
    Slot target = replace ? tree.slot(to) : tree.freeSlot(to);
    requireApart(from, to);
    MemoryNode replaced = target.node();
    if (replaced == node) {
      return;
    }
    if (replaced != null) {
      requireReplaceable(node, replaced, to);
    }
    source.directory().children.remove(source.name());
    target.directory().children.put(target.name(), node);
    List<Edit> edits = new ArrayList<>();
    edits.add(new Edit.Remove(source.directory(), source.name()));
    edits.add(new Edit.Put(target.directory(), target.name(), node));
    edits.add(touched(node));
    edits.add(modified(source.directory()));
    edits.add(modified(target.directory()));
    journal.changed(edits);
    if (replaced != null) {
      unlinked(replaced);
    }
  }

  private static void requireReplaceable(MemoryNode node, MemoryNode replaced, byte[] path)
      throws IOException {
    if (!replaced.children.isEmpty()) {
      throw new DirectoryNotEmptyException(PlainPath.text(path));
    }
    if (replaced.isDirectory() != node.isDirectory()) {
      throw MemoryTree.failure(path, "a directory and a file cannot replace each other");
    }
  }

  synchronized void exchange(byte[] one, byte[] other) throws IOException {
    Slot first = tree.slot(one);
    MemoryNode firstNode = tree.taken(first, one);
    Slot second = tree.slot(other);
    MemoryNode secondNode = tree.taken(second, other);
    requireApart(one, other);
    requireApart(other, one);
    first.directory().children.put(first.name(), secondNode);
    second.directory().children.put(second.name(), firstNode);
    journal.changed(
        List.of(
            new Edit.Put(first.directory(), first.name(), secondNode),
            new Edit.Put(second.directory(), second.name(), firstNode),
            touched(firstNode),
            touched(secondNode),
            modified(first.directory()),
            modified(second.directory())));
  }

  private static void requireApart(byte[] from, byte[] to) throws IOException {
    if (PlainPath.isBelow(to, from)) {
      throw MemoryTree.failure(from, "a directory cannot go below itself");
    }
  }

  // Attributes

  /** Notes that a node's names or attributes have changed. */
  private Edit touched(MemoryNode node) {
    Attributes old = node.attributes;
    return set(node, old.mode(), old.uid(), old.gid(), old.mtimeNanos(), now());
  }

  /** Notes that a file's content or a directory's names have changed. */
  private Edit modified(MemoryNode node) {
    Attributes old = node.attributes;
    long now = now();
    return set(node, old.mode(), old.uid(), old.gid(), now, now);
  }

  private static Edit set(
      MemoryNode node, int mode, int uid, int gid, long mtimeNanos, long ctimeNanos) {
    node.attributes = new Attributes(mode, uid, gid, mtimeNanos, ctimeNanos);
    return new Edit.Change(node, node.attributes);
  }

  synchronized void setMode(MemoryNode node, int mode) {
    Attributes old = node.attributes;
    keep(node, set(node, mode & 07777, old.uid(), old.gid(), old.mtimeNanos(), now()));
  }

  synchronized void setOwner(MemoryNode node, int uid, int gid) {
    Attributes old = node.attributes;
    int newUid = uid == -1 ? old.uid() : uid;
    int newGid = gid == -1 ? old.gid() : gid;
    keep(node, set(node, old.mode(), newUid, newGid, old.mtimeNanos(), now()));
  }

  synchronized void setMtime(MemoryNode node, long mtimeNanos) {
    Attributes old = node.attributes;
    keep(node, set(node, old.mode(), old.uid(), old.gid(), mtimeNanos, now()));
  }

  /** A file without a name brings its attributes along when it gets one. */
  private void keep(MemoryNode node, Edit change) {
    if (node.links > 0) {
      journal.changed(List.of(change));
    }
  }

  // Content

  synchronized void opened(MemoryNode file, boolean forWriting) {
    file.opens++;
    file.writers += forWriting ? 1 : 0;
  }

  synchronized void closed(MemoryNode file, boolean forWriting) {
    file.opens--;
    file.writers -= forWriting ? 1 : 0;
    releaseIfGone(file);
  }

  synchronized boolean lease(MemoryNode file) {
    if (file.writers > 0) {
      return false;
    }
    file.leases++;
    return true;
  }

  synchronized void unlease(MemoryNode file) {
    file.leases--;
  }

  synchronized boolean isLeased(MemoryNode file) {
    return file.leases > 0;
  }

  synchronized void write(
      MemoryNode file, byte[] path, long position, byte[] buffer, int offset, int length)
      throws IOException {
    reserve(file.content.wouldAllocate(position, length), path);
    file.content.write(position, buffer, offset, length);
    contentChanged(file);
  }

  synchronized void copy(
      MemoryNode source, MemoryNode file, byte[] path, long from, long to, long length)
      throws IOException {
    if (from + length > source.content.size()) {
      throw MemoryTree.failure(path, "the file to copy from ends too early");
    }
    // Built aside: how much it takes depends on the holes of both.
    MemoryBytes copied = file.content.copy();
    copied.copyFrom(source.content, from, to, length);
    reserve(copied.allocatedBytes() - file.content.allocatedBytes(), path);
    file.content = copied;
    contentChanged(file);
  }

  synchronized void truncate(MemoryNode file, long sizeBytes) {
    long before = file.content.allocatedBytes();
    file.content.truncate(sizeBytes);
    usedBytes += file.content.allocatedBytes() - before;
    contentChanged(file);
  }

  private void reserve(long bytes, byte[] path) throws IOException {
    if (bytes > capacityBytes - usedBytes) {
      throw new DiskFullException(PlainPath.text(path), "no space left");
    }
    usedBytes += bytes;
  }

  private void contentChanged(MemoryNode file) {
    journal.wrote(file);
    keep(file, modified(file));
  }

  synchronized int read(MemoryNode file, long position, byte[] buffer, int offset, int length) {
    return file.content.read(position, buffer, offset, length);
  }

  synchronized byte[] content(MemoryNode file) {
    return file.content.toArray();
  }

  synchronized long nextData(MemoryNode file, long position) {
    return file.content.nextData(position);
  }

  synchronized long nextHole(MemoryNode file, long position) {
    return file.content.nextHole(position);
  }

  synchronized void sync(MemoryNode file) {
    journal.sync(file);
  }

  synchronized void sync() {
    journal.sync();
  }

  synchronized Volume.Space space() {
    return new Volume.Space(capacityBytes - usedBytes, capacityBytes);
  }
}
