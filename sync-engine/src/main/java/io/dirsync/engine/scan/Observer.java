package io.dirsync.engine.scan;

import io.dirsync.engine.Environment;
import io.dirsync.engine.LeafDigestsBuilder;
import io.dirsync.engine.Signatures;
import io.dirsync.engine.WorkerBuffer;
import io.dirsync.engine.store.Fingerprint;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.fs.FileStatus;
import io.dirsync.fs.Volume;
import io.dirsync.fs.Volume.ReadableFile;
import io.dirsync.model.Attributes;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.LinkTarget;
import io.dirsync.model.RelativePath;
import io.dirsync.model.Shown;
import io.dirsync.protocol.delta.SignatureBuilder;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Looks at one path and says how it differs from its record, reading content only if it may have
 * changed.
 */
final class Observer {
  /**
   * Contents up to this size are kept with the observation, so that they can be sent without
   * reading again.
   */
  static final int KEPT_BYTES_MAX = 64 << 10;

  /** A file that changed this recently may change again without its times showing it. */
  private static final long RACY_NANOS = Duration.ofMillis(10).toNanos();

  /**
   * A file that has not changed for this long is taken to be complete though nobody saw it closed.
   */
  private static final long REST_NANOS = Duration.ofMillis(200).toNanos();

  private static final int MOVE_CANDIDATES_MAX = 4;

  private final Volume volume;
  private final FolderStore store;
  private final IgnoreRules rules;
  private final boolean owners;
  private final Signatures signatures;
  private final InstantSource clock;
  private final Executor workers;
  private final Specials specials;

  Observer(
      Volume volume,
      FolderStore store,
      IgnoreRules rules,
      boolean owners,
      Signatures signatures,
      Environment environment,
      Specials specials) {
    this.volume = volume;
    this.store = store;
    this.rules = rules;
    this.owners = owners;
    this.signatures = signatures;
    this.clock = environment.clock();
    this.workers = environment.workers();
    this.specials = specials;
  }

  /** What came of looking. */
  sealed interface Look {
    /** The path is as its record says, or is not ours to report. */
    record Same() implements Look {}

    /** Nothing stands there, and nothing is recorded. */
    record Nothing() implements Look {}

    record Different(Observation observation) implements Look {}

    /** The content is being written: look again when it has come to rest. */
    record Unsettled() implements Look {}
  }

  /** How patient to be with a file that someone may be writing. */
  enum Patience {
    /** A changed file is left until it is closed or has come to rest. */
    WAIT,
    /**
     * The file was closed, or has rested: read it; if it moves while it is read, leave it after
     * all.
     */
    READ,
    /** It has been moving for too long: take what can be read. */
    TAKE
  }

  Look look(RelativePath path, Patience patience) throws IOException {
    PathRecord basis = store.record(path);
    Optional<FileStatus> found = stat(path);
    note(path, found);
    if (found.isEmpty() || found.get().kind() == FileStatus.Kind.OTHER) {
      Shown shown = basis.shown();
      boolean known = shown != null || showsBelow(path);
      // What stood there decides: a pattern may speak of directories alone.
      boolean directory = shown == null || shown.content().isDirectory();
      return known && !rules.ignores(path, directory)
          ? new Look.Different(new Observation.Absent(path, basis))
          : new Look.Nothing();
    }
    FileStatus status = found.get();
    if (rules.ignores(path, status.kind() == FileStatus.Kind.DIRECTORY)) {
      return new Look.Same();
    }
    return switch (status.kind()) {
      case DIRECTORY -> directory(path, basis, status);
      case SYMLINK -> symlink(path, basis, status);
      default -> file(path, basis, status, patience);
    };
  }

  private void note(RelativePath path, Optional<FileStatus> found) {
    FileStatus.Kind kind = found.map(FileStatus::kind).orElse(null);
    if (kind == FileStatus.Kind.DIRECTORY) {
      specials.standsNot(path);
    } else if (kind == FileStatus.Kind.OTHER && !rules.ignores(path, false)) {
      specials.stands(path);
    } else {
      specials.gone(path);
    }
  }

  /** Something below a path may have been recorded after the path itself was found gone. */
  private boolean showsBelow(RelativePath path) {
    boolean[] found = new boolean[1];
    store.below(
        path,
        record -> {
          found[0] = record.shown() != null;
          return !found[0];
        });
    return found[0];
  }

  Optional<FileStatus> stat(RelativePath path) throws IOException {
    return volume.find(path.bytes());
  }

  /** Whether a directory's listing entry needs a look. */
  boolean suspicious(PathRecord record, FileStatus status) {
    Shown shown = record.shown();
    if (shown == null) {
      return true;
    }
    if (status.kind() == FileStatus.Kind.DIRECTORY) {
      return !shown.content().isDirectory() || !sameAttributes(shown, status);
    }
    Fingerprint fingerprint = record.fingerprint();
    return fingerprint == null || fingerprint.racy() || !fingerprint.matches(status);
  }

  private Look directory(RelativePath path, PathRecord basis, FileStatus status) {
    Shown shown = basis.shown();
    if (shown != null && shown.content().isDirectory() && sameAttributes(shown, status)) {
      return new Look.Same();
    }
    return new Look.Different(
        new Observation.Present(
            path, basis, Content.Directory.VALUE, attributes(status, shown), null, null));
  }

  private Look symlink(RelativePath path, PathRecord basis, FileStatus status) throws IOException {
    Fingerprint fingerprint = basis.fingerprint();
    if (fingerprint != null && !fingerprint.racy() && fingerprint.matches(status)) {
      return new Look.Same();
    }
    Content content = new Content.Symlink(LinkTarget.of(volume.readLink(path.bytes())));
    return new Look.Different(
        new Observation.Present(
            path, basis, content, attributes(status, basis.shown()), fingerprint(status), null));
  }

  private Look file(RelativePath path, PathRecord basis, FileStatus status, Patience patience)
      throws IOException {
    Fingerprint known = basis.fingerprint();
    Shown shown = basis.shown();
    if (known != null && !known.racy() && known.matches(status)) {
      return new Look.Same();
    }
    if (known != null
        && !known.racy()
        && shown != null
        && shown.content() instanceof Content.File
        && known.sameContent(status)
        && !sameAttributes(shown, status)) {
      // Other attributes tell why the time of change differs; else somebody may have written, and
      // set the time of that back.
      return present(path, basis, shown.content(), status, null);
    }
    if (patience == Patience.WAIT && age(status) < REST_NANOS) {
      return new Look.Unsettled();
    }
    return read(path, basis, patience);
  }

  private Look present(
      RelativePath path,
      PathRecord basis,
      Content content,
      FileStatus status,
      byte @Nullable [] bytes) {
    return new Look.Different(
        new Observation.Present(
            path, basis, content, attributes(status, basis.shown()), fingerprint(status), bytes));
  }

  private Look read(RelativePath path, PathRecord basis, Patience patience) throws IOException {
    try (ReadableFile file = volume.open(path.bytes())) {
      FileStatus before = file.status();
      long length = before.sizeBytes();
      byte[] kept = length <= KEPT_BYTES_MAX ? new byte[(int) length] : null;
      ContentHash former = former(basis);
      LeafDigestsBuilder leaves = signatures.leaves(length, former);
      ContentHasher hasher = new ContentHasher(leaves);
      SignatureBuilder signature = signatures.builder(length, former);
      if (length < SharedRead.BYTES_MIN || patience == Patience.TAKE) {
        read(file, length, kept, hasher, signature);
      } else if (!new SharedRead(file, length, signature, leaves, workers).read(hasher)) {
        return new Look.Unsettled();
      }
      FileStatus after = file.status();
      boolean moved =
          hasher.length() != length
              || after.sizeBytes() != length
              || after.mtimeNanos() != before.mtimeNanos();
      if (moved && patience != Patience.TAKE) {
        return new Look.Unsettled();
      }
      long read = hasher.length();
      ContentHash hash = hasher.finish();
      if (signature != null) {
        signature.finish().ifPresent(made -> signatures.put(hash, made));
      }
      if (leaves != null) {
        leaves.finish(read).ifPresent(made -> signatures.put(hash, made));
      }
      byte[] bytes = kept == null || read == length ? kept : Arrays.copyOf(kept, (int) read);
      Observation moveIn = moved ? null : move(path, basis, hash, after);
      if (moveIn != null) {
        return new Look.Different(moveIn);
      }
      Fingerprint fingerprint = fingerprint(after);
      if (moved) {
        fingerprint =
            new Fingerprint(after.inode(), read, before.mtimeNanos(), before.ctimeNanos(), true);
      }
      return new Look.Different(
          new Observation.Present(
              path,
              basis,
              new Content.File(hash, read),
              attributes(moved ? before : after, basis.shown()),
              fingerprint,
              bytes));
    } catch (NoSuchFileException e) {
      // It went while we looked; the hint of that, or the next look, tells.
      return look(path, patience);
    }
  }

  /** The content that stood at a path before; null if none did. */
  private static @Nullable ContentHash former(PathRecord basis) {
    return basis.shown() != null && basis.shown().content() instanceof Content.File file
        ? file.hash()
        : null;
  }

  /**
   * Reads so many bytes, or as many as there are.
   *
   * @param kept where they go; null if they are not kept
   */
  private static void read(
      ReadableFile file,
      long length,
      byte @Nullable [] kept,
      ContentHasher hasher,
      @Nullable SignatureBuilder signature)
      throws IOException {
    byte[] buffer = kept != null ? kept : WorkerBuffer.get();
    while (hasher.length() < length) {
      int offset = kept != null ? (int) hasher.length() : 0;
      int want = (int) Math.min(buffer.length - offset, length - hasher.length());
      int got = file.read(hasher.length(), buffer, offset, want);
      if (got <= 0) {
        break;
      }
      hasher.update(buffer, offset, got);
      if (signature != null) {
        signature.update(buffer, offset, got);
      }
    }
  }

  /**
   * A new name for a file that had another one, which is gone: moved while nobody watched, perhaps
   * over what stood there.
   */
  private @Nullable Observation move(
      RelativePath path, PathRecord basis, ContentHash hash, FileStatus status) throws IOException {
    for (RelativePath candidate : store.locations(hash, MOVE_CANDIDATES_MAX)) {
      if (candidate.equals(path)) {
        continue;
      }
      PathRecord source = store.record(candidate);
      Fingerprint fingerprint = source.fingerprint();
      if (source.shown() != null
          && fingerprint != null
          && fingerprint.sameContent(status)
          && stat(candidate).isEmpty()) {
        return new Observation.Moved(
            path, basis, source, attributes(status, source.shown()), fingerprint(status));
      }
    }
    return null;
  }

  /**
   * What a watcher reported as a move, if the disk agrees; else empty, and both paths want a look.
   */
  Optional<Observation.Moved> moved(RelativePath from, RelativePath to) throws IOException {
    return stat(from).isPresent() ? Optional.empty() : movedAway(from, to);
  }

  /** The same of a file of which it is known that its old name is gone. */
  private Optional<Observation.Moved> movedAway(RelativePath from, RelativePath to)
      throws IOException {
    PathRecord source = store.record(from);
    Shown shown = source.shown();
    Optional<FileStatus> found = shown == null ? Optional.empty() : stat(to);
    if (shown == null || found.isEmpty()) {
      return Optional.empty();
    }
    FileStatus status = found.get();
    boolean directory = status.kind() == FileStatus.Kind.DIRECTORY;
    Fingerprint fingerprint = source.fingerprint();
    boolean same =
        directory
            ? shown.content().isDirectory()
            : fingerprint != null && !fingerprint.racy() && fingerprint.sameContent(status);
    if (!same || rules.ignores(to, directory)) {
      return Optional.empty();
    }
    return Optional.of(
        new Observation.Moved(
            to,
            store.record(to),
            source,
            attributes(status, shown),
            directory ? null : fingerprint(status)));
  }

  /** The same for a directory and everything that was recorded below it. */
  Optional<Observation.MovedTree> movedTree(RelativePath from, RelativePath to) throws IOException {
    List<Observation.Moved> moves = new ArrayList<>();
    ArrayDeque<RelativePath> pending = new ArrayDeque<>();
    pending.add(from);
    while (!pending.isEmpty()) {
      RelativePath source = pending.poll();
      Optional<Observation.Moved> move = movedAway(source, source.moved(from, to));
      if (move.isPresent()) {
        moves.add(move.get());
        store.children(source, child -> pending.add(child.path()));
      }
    }
    return moves.isEmpty() ? Optional.empty() : Optional.of(new Observation.MovedTree(moves));
  }

  /** Whether more is recorded below a directory than that. */
  boolean hasMoreBelow(RelativePath directory, int paths) {
    int[] count = new int[1];
    store.below(directory, record -> record.shown() == null || ++count[0] <= paths);
    return count[0] > paths;
  }

  /**
   * Some of what moved with a directory.
   *
   * @param through the last path that was looked at; null if none was left
   */
  record MovedSome(List<Observation.Moved> moves, @Nullable RelativePath through) {}

  /**
   * What has moved with a directory but directories: of those that are recorded behind a path, the
   * first.
   *
   * @param after null for the beginning
   * @param most at most so many
   */
  MovedSome movedFiles(RelativePath from, RelativePath to, @Nullable RelativePath after, int most)
      throws IOException {
    List<RelativePath> sources = new ArrayList<>();
    store.below(
        from,
        record -> {
          Shown shown = record.shown();
          if (shown != null
              && !shown.content().isDirectory()
              && (after == null || record.path().compareTo(after) > 0)) {
            sources.add(record.path());
          }
          return sources.size() < most;
        });
    List<Observation.Moved> moves = new ArrayList<>();
    for (RelativePath source : sources) {
      movedAway(source, source.moved(from, to)).ifPresent(moves::add);
    }
    return new MovedSome(moves, sources.isEmpty() ? null : sources.getLast());
  }

  private Attributes attributes(FileStatus status, @Nullable Shown before) {
    boolean directory = status.kind() == FileStatus.Kind.DIRECTORY;
    String owner = owner(before == null ? null : before.attributes().owner(), status);
    String group = group(before == null ? null : before.attributes().group(), status);
    return new Attributes(
        status.mode() & Attributes.MODE_BITS, directory ? 0 : status.mtimeNanos(), owner, group);
  }

  /**
   * The owner to report. One that nobody has named for this path stays unnamed, and a name that
   * this machine does not have could not be given to the file: neither is a change.
   */
  private String owner(@Nullable String before, FileStatus status) {
    if (!owners) {
      return before == null ? "" : before;
    }
    if (before != null && (before.isEmpty() || volume.uid(before).isEmpty())) {
      return before;
    }
    return volume.ownerName(status.uid());
  }

  private String group(@Nullable String before, FileStatus status) {
    if (!owners) {
      return before == null ? "" : before;
    }
    if (before != null && (before.isEmpty() || volume.gid(before).isEmpty())) {
      return before;
    }
    return volume.groupName(status.gid());
  }

  private boolean sameAttributes(Shown shown, FileStatus status) {
    return attributes(status, shown).equals(shown.attributes());
  }

  private Fingerprint fingerprint(FileStatus status) {
    // A time that is ahead is from before the clock was set back: another write gets another one.
    return Fingerprint.of(status, Math.abs(age(status)) < RACY_NANOS);
  }

  private long age(FileStatus status) {
    var now = clock.instant();
    return now.getEpochSecond() * 1_000_000_000L + now.getNano() - status.ctimeNanos();
  }
}
