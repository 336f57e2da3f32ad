package io.dirsync.it.scope;

import io.dirsync.conflict.Renderer;
import io.dirsync.conflict.Rendering;
import io.dirsync.conflict.Writes;
import io.dirsync.model.AttributeChange;
import io.dirsync.model.AttributeName;
import io.dirsync.model.AttributeValue;
import io.dirsync.model.Attributes;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.Dot;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.RelativePath;
import io.dirsync.model.Shown;
import io.dirsync.model.Version;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a user may do, seeing what the node shows. Of two acts that know nothing of each other the
 * stamps are equal.
 */
enum Act {
  WRITE_PARENT,
  WRITE_CHILD,
  MAKE_PARENT,
  REMOVE_PARENT,
  REMOVE_CHILD,
  MOVE_CHILD_OUT,
  MOVE_IN,
  CHMOD_CHILD;

  static final RelativePath PARENT = RelativePath.of("d");
  static final RelativePath CHILD = RelativePath.of("d/x");
  static final RelativePath OTHER = RelativePath.of("e");

  private static final Attributes FILE = new Attributes(0644, 1);
  private static final Attributes DIRECTORY = new Attributes(0755, 0);

  /** The node after the act; empty if its user cannot do that now. */
  Optional<ScopeNode> on(ScopeNode node) {
    if (node.acts() == 0) {
      return Optional.empty();
    }
    Step step = new Step(node);
    boolean done =
        switch (this) {
          case WRITE_PARENT -> write(node, step, PARENT);
          case WRITE_CHILD -> under(node, step) && write(node, step, CHILD);
          case MAKE_PARENT -> node.shown(PARENT).isEmpty() && make(node, step);
          case REMOVE_PARENT -> removeTree(node, step);
          case REMOVE_CHILD -> remove(node, step, CHILD);
          case MOVE_CHILD_OUT -> move(node, step, CHILD, OTHER);
          case MOVE_IN ->
              isFile(node, OTHER) && under(node, step) && move(node, step, OTHER, CHILD);
          case CHMOD_CHILD -> chmod(node, step);
        };
    return done ? Optional.of(step.end(node.acts() - 1, node.compactions())) : Optional.empty();
  }

  private static boolean isFile(ScopeNode node, RelativePath path) {
    return node.shown(path).filter(shown -> !shown.content().isDirectory()).isPresent();
  }

  private static boolean isDirectory(ScopeNode node, RelativePath path) {
    return node.shown(path).filter(shown -> shown.content().isDirectory()).isPresent();
  }

  /** Makes the parent if nothing is there; false if a file is. */
  private static boolean under(ScopeNode node, Step step) {
    return isDirectory(node, PARENT) || (node.shown(PARENT).isEmpty() && make(node, step));
  }

  private static boolean make(ScopeNode node, Step step) {
    put(node, step, PARENT, Content.Directory.VALUE, DIRECTORY, Optional.empty());
    return true;
  }

  private static boolean write(ScopeNode node, Step step, RelativePath path) {
    if (isDirectory(node, path)) {
      return false;
    }
    long number = step.state.vector().counter(node.replica()) + 1;
    Content content = new Content.File(new ContentHash(node.index(), number, 0, 0), 1);
    bury(node, step, path);
    step.written.add(content);
    put(node, step, path, content, FILE, Optional.empty());
    return true;
  }

  private static void put(
      ScopeNode node,
      Step step,
      RelativePath path,
      Content content,
      Attributes attributes,
      Optional<Writes.Source> source) {
    Optional<Shown> before = node.shown(path);
    long stamp = 1 + newest(step, before);
    Dot dot = step.nextDot();
    step.take(
        Writes.put(
            step.state,
            dot,
            path,
            content,
            attributes,
            stamp,
            before.orElse(null),
            node.copies(path),
            source),
        true);
    refresh(step, path);
  }

  private static long newest(Step step, Optional<Shown> shown) {
    long newest = 0;
    for (Dot dot : shown.map(Shown::dots).orElse(java.util.Set.of())) {
      Optional<LiveEntry> entry = step.state.get(dot);
      if (entry.orElse(null) instanceof Version version) {
        newest = Math.max(newest, version.stamp());
      }
    }
    return newest;
  }

  private static boolean remove(ScopeNode node, Step step, RelativePath path) {
    Optional<Shown> before = node.shown(path);
    if (before.isEmpty()) {
      return false;
    }
    bury(node, step, path);
    step.take(Writes.remove(before.get(), node.copies(path)), true);
    refresh(step, path);
    return true;
  }

  private static boolean removeTree(ScopeNode node, Step step) {
    remove(node, step, CHILD);
    return remove(node, step, PARENT);
  }

  private static boolean move(ScopeNode node, Step step, RelativePath from, RelativePath to) {
    if (!isFile(node, from) || isDirectory(node, to)) {
      return false;
    }
    Shown came = node.shown(from).orElseThrow();
    bury(node, step, to);
    step.moved.add(came.content());
    leave(step, java.util.Objects.requireNonNull(node.disk().get(from)));
    put(
        node,
        step,
        to,
        came.content(),
        came.attributes(),
        Optional.of(new Writes.Source(came, node.copies(from))));
    refresh(step, from);
    return true;
  }

  private static boolean chmod(ScopeNode node, Step step) {
    Optional<Shown> before = node.shown(CHILD);
    if (before.isEmpty()) {
      return false;
    }
    List<AttributeChange.Field> fields = new ArrayList<>();
    fields.add(
        new AttributeChange.Field(
            AttributeName.MODE,
            new AttributeValue.OfNumber(0700 + node.index()),
            1 + newest(step, before)));
    Dot dot = step.nextDot();
    step.take(Writes.setAttributes(step.state, dot, CHILD, fields, before.get()), true);
    refresh(step, CHILD);
    return true;
  }

  /** A user replaces or removes what is shown, with the path's conflict copies in view. */
  private static void bury(ScopeNode node, Step step, RelativePath path) {
    Rendering there = node.disk().get(path);
    if (there == null) {
      return;
    }
    if (there.shown() != null && !there.shown().content().isDirectory()) {
      step.buried.add(there.shown().content());
    }
    leave(step, there);
  }

  /** What was shown is there no longer, and its copies will not take its place. */
  private static void leave(Step step, Rendering there) {
    if (there.shown() != null) {
      step.replaced.addAll(there.shown().dots());
    }
    there.copies().forEach(copy -> step.aside.add(copy.dot()));
  }

  /** The disk shows at once what its own user has done there. */
  private static void refresh(Step step, RelativePath path) {
    Rendering now = Renderer.at(step.state, path);
    if (now.shown() == null && now.copies().isEmpty()) {
      step.disk.remove(path);
    } else {
      step.disk.put(path, now);
    }
  }
}
