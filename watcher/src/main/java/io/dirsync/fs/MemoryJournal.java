package io.dirsync.fs;

import io.dirsync.fs.FileStatus.Kind;
import io.dirsync.fs.MemoryNode.Attributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * What of a {@link MemoryDisk} would survive a power cut: an image of the disk as it was last
 * synced, and the changes of names and attributes since, of which a power cut keeps the first few.
 * Content that was not synced has no place in that order: it may be there, in part or not at all,
 * whatever became of the name.
 */
final class MemoryJournal {
  /** One step in a change of names or attributes. */
  sealed interface Edit {
    record Put(MemoryNode directory, byte[] name, MemoryNode node) implements Edit {}

    record Remove(MemoryNode directory, byte[] name) implements Edit {}

    record Change(MemoryNode node, Attributes attributes) implements Edit {}
  }

  /** A node as the disk would have it. */
  private static final class Durable {
    Attributes attributes;
    MemoryBytes content = new MemoryBytes();
    final TreeMap<byte[], MemoryNode> children = new TreeMap<>(Arrays::compareUnsigned);

    Durable(Attributes attributes) {
      this.attributes = attributes;
    }
  }

  private final Map<MemoryNode, Durable> image = new HashMap<>();
  private final List<List<Edit>> pending = new ArrayList<>();
  private final Set<MemoryNode> unsyncedContent = new HashSet<>();
  private final Set<MemoryNode> maybeGone = new HashSet<>();

  /** Begins with all of a tree durable. */
  MemoryJournal(MemoryNode root) {
    keep(root);
  }

  private void keep(MemoryNode node) {
    Durable durable = new Durable(node.attributes);
    durable.content = node.content.copy();
    durable.children.putAll(node.children);
    if (image.put(node, durable) == null) {
      node.children.values().forEach(this::keep);
    }
  }

  /** Takes note of a new node. It survives once a name does. */
  void created(MemoryNode node) {
    image.put(node, new Durable(node.attributes));
  }

  /** Takes note of a change that happens as a whole or not at all. */
  void changed(List<Edit> edits) {
    pending.add(List.copyOf(edits));
  }

  void wrote(MemoryNode file) {
    unsyncedContent.add(file);
  }

  void unlinked(MemoryNode node) {
    maybeGone.add(node);
  }

  /** Makes a file's content and attributes durable; not its names. */
  void sync(MemoryNode file) {
    Durable durable = durable(file);
    durable.content = file.content.copy();
    durable.attributes = file.attributes;
    unsyncedContent.remove(file);
  }

  /** Makes everything durable. */
  void sync() {
    pending.forEach(this::apply);
    pending.clear();
    for (MemoryNode file : List.copyOf(unsyncedContent)) {
      sync(file);
    }
    for (MemoryNode node : maybeGone) {
      if (node.isGone()) {
        image.remove(node);
      }
    }
    maybeGone.removeIf(MemoryNode::isGone);
  }

  private void apply(List<Edit> edits) {
    for (Edit edit : edits) {
      switch (edit) {
        case Edit.Put(var directory, var name, var node) ->
            durable(directory).children.put(name, node);
        case Edit.Remove(var directory, var name) -> durable(directory).children.remove(name);
        case Edit.Change(var node, var attributes) -> {
          Durable durable = durable(node);
          // A file that was synced by itself is ahead of the journal.
          if (attributes.ctimeNanos() > durable.attributes.ctimeNanos()) {
            durable.attributes = attributes;
          }
        }
      }
    }
  }

  private Durable durable(MemoryNode node) {
    Durable durable = image.get(node);
    if (durable == null) {
      throw new IllegalStateException("inode " + node.inode + " is not in the journal's image");
    }
    return durable;
  }

  /**
   * The tree as it is found after a power cut; the journal is not to be used any more.
   *
   * @return its root; nodes are new, inode numbers stay
   */
  MemoryNode crash(MemoryNode root, RandomGenerator random) {
    int kept = random.nextInt(pending.size() + 1);
    pending.subList(0, kept).forEach(this::apply);
    return revive(root, new HashMap<>(), random);
  }

  private MemoryNode revive(
      MemoryNode node, Map<MemoryNode, MemoryNode> revived, RandomGenerator random) {
    MemoryNode known = revived.get(node);
    if (known != null) {
      known.links++;
      return known;
    }
    Durable durable = durable(node);
    MemoryNode copy = new MemoryNode(node.kind, node.inode, durable.attributes);
    revived.put(node, copy);
    copy.links = 1;
    copy.target = node.target;
    if (node.kind == Kind.FILE) {
      reviveContent(node, durable, copy, random);
    }
    durable.children.forEach(
        (name, child) -> copy.children.put(name, revive(child, revived, random)));
    return copy;
  }

  /**
   * Content that was not synced: none of it, or what was written up to some byte, behind which the
   * file ends or reads as before, which is zeros in a new file. A content that was changed never
   * hides under an old time.
   */
  private void reviveContent(
      MemoryNode node, Durable durable, MemoryNode copy, RandomGenerator random) {
    copy.content = durable.content.copy();
    if (!unsyncedContent.contains(node) || random.nextInt(3) == 0) {
      return;
    }
    long torn = random.nextLong(node.content.size() + 1);
    copy.content.truncate(random.nextBoolean() ? node.content.size() : torn);
    copy.content.copyFrom(node.content, 0, 0, torn);
    if (node.attributes.ctimeNanos() > copy.attributes.ctimeNanos()) {
      copy.attributes = node.attributes;
    }
  }
}
