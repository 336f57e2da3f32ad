package io.dirsync.engine.apply;

import io.dirsync.conflict.Rendering;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.fs.Volume.StagedFile;
import io.dirsync.model.ConflictCopy;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.Dot;
import io.dirsync.model.RelativePath;
import io.dirsync.model.Shown;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is to be done on disk so that one path shows what it should. */
final class Job {
  /** Where a file's bytes come from. */
  sealed interface Source {
    /** A small content that is in memory. */
    record Bytes(byte[] bytes) implements Source {}

    /** A content that was fetched from a peer and verified. */
    record Fetched(ContentHash hash, StagedFile file) implements Source {}

    /**
     * A file of this folder, copied. Its record, if it has one, vouches for the content; else the
     * copy is hashed.
     */
    record Copy(RelativePath from, PathRecord record) implements Source {}

    /** A file of this folder that loses its name: renamed. */
    record Move(PathRecord from) implements Source {}

    /** A directory of this folder that loses its name, renamed with everything in it. */
    record Tree(PathRecord from, List<Moved> below) implements Source {}
  }

  /**
   * What moves with the directory that it is in.
   *
   * @param from what is shown at the old name
   * @param shown what the new name shows then
   */
  record Moved(PathRecord from, RelativePath to, Shown shown) {}

  /** What happens to the path itself. */
  enum Action {
    /** Only conflict copies change. */
    KEEP,
    ATTRIBUTES,
    REMOVE,
    DIRECTORY,
    SYMLINK,
    FILE;

    /** What it takes for a path to show something else than it does. */
    static Action of(PathRecord record, @Nullable Shown wanted) {
      Shown shown = record.shown();
      if (wanted == null) {
        return shown == null || record.isLeftover() ? KEEP : REMOVE;
      }
      boolean sameContent = shown != null && shown.content().equals(wanted.content());
      if (shown != null && sameContent && shown.attributes().equals(wanted.attributes())) {
        return KEEP;
      }
      return switch (wanted.content()) {
        case Content.Directory _ -> DIRECTORY;
        case Content.Symlink _ -> sameContent ? ATTRIBUTES : SYMLINK;
        case Content.File _ -> sameContent ? ATTRIBUTES : FILE;
      };
    }
  }

  final RelativePath path;
  final PathRecord basis;
  final Rendering desired;
  final Action action;
  final @Nullable Source source;
  final List<ConflictCopy> newCopies;
  final Map<Dot, Source> copySources;

  /** Set by the stager: the files to be given names, by the content's place. */
  @Nullable StagedFile staged;

  final Map<Dot, StagedFile> stagedCopies = new HashMap<>();

  private boolean synced;

  Job(
      PathRecord basis,
      Rendering desired,
      Action action,
      @Nullable Source source,
      List<ConflictCopy> newCopies,
      Map<Dot, Source> copySources) {
    this.path = basis.path();
    this.basis = basis;
    this.desired = desired;
    this.action = action;
    this.source = source;
    this.newCopies = newCopies;
    this.copySources = copySources;
  }

  /** A directory with everything in it takes a name at which nothing stands. */
  static Job ofTree(PathRecord basis, Rendering desired, Source.Tree tree) {
    return new Job(basis, desired, Action.DIRECTORY, tree, List.of(), Map.of());
  }

  /** Every path that the job changes. */
  List<RelativePath> paths() {
    List<RelativePath> paths = new ArrayList<>();
    paths.add(path);
    switch (source) {
      case Source.Move(PathRecord from) -> paths.add(from.path());
      case Source.Tree(PathRecord from, List<Moved> below) -> {
        paths.add(from.path());
        for (Moved moved : below) {
          paths.add(moved.from().path());
          paths.add(moved.to());
        }
      }
      case null, default -> {}
    }
    return paths;
  }

  /** Makes durable what was staged. */
  void sync() throws IOException {
    if (staged != null) {
      staged.sync();
    }
    for (StagedFile copy : stagedCopies.values()) {
      copy.sync();
    }
    synced = true;
  }

  /** Whether all that was staged is durable. */
  boolean isSynced() {
    return synced || (staged == null && stagedCopies.isEmpty());
  }

  /** Whether it has files open or contents in memory until it is published. */
  boolean holdsFiles() {
    return (action == Action.FILE && !(source instanceof Source.Move)) || !newCopies.isEmpty();
  }

  boolean removesDirectory() {
    return basis.shown() != null
        && basis.shown().content().isDirectory()
        && (desired.shown() == null || !desired.shown().content().isDirectory());
  }

  /**
   * Keeps what came from a peer, would have to come again and has no name: the path is tried again,
   * or wants it in another place. To be discarded after that.
   */
  void giveUp(Instant now) {
    if (source instanceof Source.Fetched(ContentHash hash, StagedFile file)) {
      PartialFiles.giveUp(file, hash, now);
    }
    for (Source copy : copySources.values()) {
      if (copy instanceof Source.Fetched(ContentHash hash, StagedFile file)) {
        PartialFiles.giveUp(file, hash, now);
      }
    }
  }

  /** Discards what was staged and not given a name. */
  void discard() {
    close(staged);
    stagedCopies.values().forEach(Job::close);
    if (source instanceof Source.Fetched fetched) {
      close(fetched.file());
    }
    for (Source copy : copySources.values()) {
      if (copy instanceof Source.Fetched fetched) {
        close(fetched.file());
      }
    }
  }

  private static void close(@Nullable StagedFile file) {
    if (file != null) {
      try {
        file.close();
      } catch (IOException e) {
        // It has no name; the file system frees it with the process at the latest.
      }
    }
  }

  /** The bytes that the job puts on disk. */
  long bytes() {
    Content content = desired.shown() == null ? null : desired.shown().content();
    return action == Action.FILE && content != null ? content.sizeBytes() : 0;
  }
}
