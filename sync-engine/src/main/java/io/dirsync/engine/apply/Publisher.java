package io.dirsync.engine.apply;

import io.dirsync.engine.Environment;
import io.dirsync.engine.Layout;
import io.dirsync.engine.store.Fingerprint;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.fs.DiskFullException;
import io.dirsync.fs.FileStatus;
import io.dirsync.fs.Volume;
import io.dirsync.fs.Volume.Lease;
import io.dirsync.fs.Volume.ReadableFile;
import io.dirsync.fs.Volume.StagedFile;
import io.dirsync.model.Attributes;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.RelativePath;
import io.dirsync.model.Shown;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Gives staged files their names without losing a write that someone makes meanwhile: what a name
 * stood for is compared with its record before, and looked at again once it has been displaced. One
 * thread at a time.
 */
final class Publisher {
  /**
   * How long a file that someone has open for writing is waited for, before it is exchanged all the
   * same.
   */
  private static final Duration BUSY_MAX = Duration.ofSeconds(30);

  /** How often a path is given back to who writes there faster than that is done. */
  private static final int GIVE_BACK_MAX = 100;

  private static final Duration BUSY_AGAIN = Duration.ofMillis(200);

  /** For what is read again at each attempt, to see that it is still what came. */
  private static final Duration COSTLY_AGAIN = Duration.ofSeconds(5);

  private static final Duration PARENT_AGAIN = Duration.ofMillis(50);

  private final Volume volume;
  private final boolean owners;
  private final Environment environment;
  private final Trash trash;
  private final ConflictCopies conflictCopies;
  private final long costlyBytesMin;
  private final String prefix;
  private final AtomicLong number = new AtomicLong();
  private final Map<RelativePath, Long> busySince = new HashMap<>();

  /**
   * @param costlyBytesMin contents from this size on that were fetched are kept where they may not
   *     get their name
   * @param prefix makes this process's names in the swap directory differ from those of others
   *     before it
   */
  Publisher(
      Volume volume,
      boolean owners,
      Environment environment,
      Trash trash,
      long costlyBytesMin,
      String prefix) {
    this.volume = volume;
    this.costlyBytesMin = costlyBytesMin;
    this.owners = owners;
    this.environment = environment;
    this.trash = trash;
    this.conflictCopies = new ConflictCopies(volume, environment, trash);
    this.prefix = prefix;
  }

  /** Someone wrote where we meant to. */
  private static final class LocalWriteException extends IOException {
    private static final long serialVersionUID = 1;
    private final transient RelativePath path;

    LocalWriteException(RelativePath path) {
      super("someone has written to " + path);
      this.path = path;
    }
  }

  private static final class BusyException extends IOException {
    private static final long serialVersionUID = 1;
  }

  Outcome publish(Job job) {
    try {
      Outcome outcome = attempt(job);
      boolean full = outcome instanceof Outcome.Failed failed && failed.diskFull();
      if (!full && !(outcome instanceof Outcome.Published)) {
        job.giveUp(environment.clock().instant());
      }
      return outcome;
    } finally {
      job.discard();
    }
  }

  private Outcome attempt(Job job) {
    try {
      List<Outcome.Trashed> trashed = new ArrayList<>();
      List<PathRecord.Copy> copies = conflictCopies.add(job);
      Step step = main(job, trashed);
      // Not before: if someone has written here, the record stands, and with it the copies in it.
      copies.addAll(conflictCopies.drop(job, trashed));
      busySince.remove(job.path);
      return new Outcome.Published(step.record(job.path, copies), step.source(), trashed);
    } catch (LocalWriteException e) {
      return new Outcome.LocalWrite(e.path);
    } catch (BusyException e) {
      return later(job, "it is open for writing", BUSY_AGAIN);
    } catch (FileAlreadyExistsException e) {
      return new Outcome.LocalWrite(job.path);
    } catch (NoSuchFileException | NotDirectoryException e) {
      return later(job, "its directory is not there yet", PARENT_AGAIN);
    } catch (DiskFullException e) {
      return new Outcome.Failed("the disk is full", true);
    } catch (FileSystemException e) {
      String reason = e.getReason();
      String kind = e instanceof AccessDeniedException ? "permission denied" : e.toString();
      return new Outcome.Failed(reason == null ? kind : reason, false);
    } catch (IOException e) {
      return new Outcome.Failed(e.toString(), false);
    }
  }

  private Outcome later(Job job, String reason, Duration delay) {
    return new Outcome.Later(reason, costly(job) == null ? delay : COSTLY_AGAIN);
  }

  /**
   * What the path shows after its step.
   *
   * @param source the record of where it came from, if it was moved
   */
  private record Step(
      @Nullable Shown shown,
      @Nullable Fingerprint fingerprint,
      @Nullable PathRecord source,
      boolean isLeftover) {
    Step(@Nullable Shown shown, @Nullable Fingerprint fingerprint, @Nullable PathRecord source) {
      this(shown, fingerprint, source, false);
    }

    static Step leftover(Shown directory) {
      return new Step(directory, null, null, true);
    }

    PathRecord record(RelativePath path, List<PathRecord.Copy> copies) {
      return shown != null && isLeftover
          ? PathRecord.leftover(path, shown, copies)
          : new PathRecord(path, shown, fingerprint, copies);
    }
  }

  private Step main(Job job, List<Outcome.Trashed> trashed) throws IOException {
    Shown shown = job.desired.shown();
    return switch (job.action) {
      case KEEP -> new Step(shown, job.basis.fingerprint(), null);
      case ATTRIBUTES -> attributes(job, Objects.requireNonNull(shown));
      case REMOVE -> remove(job, trashed);
      case DIRECTORY ->
          job.source instanceof Job.Source.Tree tree
              ? tree(job, tree, Objects.requireNonNull(shown))
              : directory(job, Objects.requireNonNull(shown), trashed);
      case SYMLINK -> symlink(job, Objects.requireNonNull(shown), trashed);
      case FILE ->
          job.source instanceof Job.Source.Move(PathRecord from)
              ? move(job, from, Objects.requireNonNull(shown))
              : file(job, Objects.requireNonNull(shown), trashed);
    };
  }

  // -- checks
  // --------------------------------------------------------------------------------------

  private Optional<FileStatus> stat(RelativePath path) throws IOException {
    return volume.find(path.bytes());
  }

  /**
   * The path's status, if it shows what its record says; a file that is gone counts as a local
   * write too.
   */
  private Optional<FileStatus> requireRecorded(Job job) throws IOException {
    return requireRecorded(job.basis);
  }

  private Optional<FileStatus> requireRecorded(PathRecord record) throws IOException {
    Optional<FileStatus> found = stat(record.path());
    Shown shown = record.shown();
    boolean same;
    if (shown == null) {
      same = found.isEmpty();
    } else if (shown.content().isDirectory()) {
      same = found.isPresent() && found.get().kind() == FileStatus.Kind.DIRECTORY;
    } else {
      Fingerprint fingerprint = record.fingerprint();
      same =
          found.isPresent()
              && fingerprint != null
              && !fingerprint.racy()
              && fingerprint.matches(found.get());
    }
    if (!same) {
      throw new LocalWriteException(record.path());
    }
    return found;
  }

  /** Opens what is to be displaced and keeps writers out, as far as the file system can. */
  private @Nullable ReadableFile guard(PathRecord record) throws IOException {
    Shown shown = record.shown();
    if (shown == null || !(shown.content() instanceof Content.File)) {
      return null;
    }
    ReadableFile file;
    try {
      file = volume.open(record.path().bytes());
    } catch (AccessDeniedException e) {
      return null;
    } catch (NoSuchFileException e) {
      throw new LocalWriteException(record.path());
    }
    try {
      if (file.lease() == Lease.BUSY && stillBusy(record.path())) {
        throw new BusyException();
      }
      Fingerprint fingerprint = record.fingerprint();
      if (fingerprint == null || !fingerprint.matches(file.status())) {
        throw new LocalWriteException(record.path());
      }
      return file;
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private boolean stillBusy(RelativePath path) {
    long now = environment.elapsedNanos();
    return now - busySince.computeIfAbsent(path, _ -> now) < BUSY_MAX.toNanos();
  }

  private RelativePath swapName() {
    return Layout.SWAP.child(prefix + Long.toHexString(number.incrementAndGet()));
  }

  // -- steps
  // ---------------------------------------------------------------------------------------

  private Step file(Job job, Shown shown, List<Outcome.Trashed> trashed) throws IOException {
    requireRecorded(job);
    StagedFile staged = Objects.requireNonNull(job.staged);
    Shown before = job.basis.shown();
    if (before != null && before.content().isDirectory()) {
      removeDirectory(job.path);
      before = null;
    }
    if (before == null) {
      staged.link(job.path.bytes());
    } else {
      replace(job, before, swap -> staged.link(swap.bytes()), trashed);
    }
    return new Step(shown, fingerprint(staged.status(), shown), null);
  }

  /** Of what we just made: a difference in size, mtime or mode by now is someone else's doing. */
  private static Fingerprint fingerprint(FileStatus status, Shown shown) {
    boolean ours =
        status.sizeBytes() == shown.content().sizeBytes()
            && status.mtimeNanos() == shown.attributes().mtimeNanos()
            && hasMode(status, shown.attributes());
    return new Fingerprint(
        status.inode(),
        shown.content().sizeBytes(),
        shown.attributes().mtimeNanos(),
        status.ctimeNanos(),
        !ours);
  }

  private static boolean hasMode(FileStatus status, Attributes attributes) {
    return (status.mode() & Attributes.MODE_BITS) == attributes.mode();
  }

  private interface Maker {
    void make(RelativePath swap) throws IOException;
  }

  /**
   * Exchanges what stands at the path for something new, looks at what came out, and puts it into
   * the trash.
   */
  private void replace(Job job, Shown before, Maker maker, List<Outcome.Trashed> trashed)
      throws IOException {
    PathRecord record = job.basis;
    RelativePath swap = swapName();
    try (ReadableFile _ = guard(record)) {
      maker.make(swap);
      FileStatus made = requireStat(swap);
      try {
        volume.exchange(swap.bytes(), record.path().bytes());
      } catch (IOException e) {
        drop(swap, job);
        if (e instanceof NoSuchFileException) {
          throw new LocalWriteException(record.path());
        }
        throw e;
      }
      FileStatus displaced = requireStat(swap);
      if (!Objects.requireNonNull(record.fingerprint()).sameContent(displaced)) {
        giveBack(swap, job, made, trashed);
        throw new LocalWriteException(record.path());
      }
      keep(swap, record.path(), before, trashed);
    }
  }

  /** What was to take the place of a file did not get it. */
  private void drop(RelativePath swap, Job job) throws IOException {
    ContentHash costly = costly(job);
    if (costly == null) {
      volume.unlink(swap.bytes());
    } else {
      PartialFiles.putBack(volume, swap, costly, environment.clock().instant());
    }
  }

  /** What a job was to write, if that has come from a peer and would be gone on with. */
  private @Nullable ContentHash costly(Job job) {
    return job.source instanceof Job.Source.Fetched(ContentHash hash, StagedFile _)
            && job.bytes() >= costlyBytesMin
        ? hash
        : null;
  }

  /**
   * A write slipped in between the look and the exchange: it goes back, and comes first. So does
   * what is written there meanwhile, in the place of what was just put there: each is newer than
   * the one before.
   *
   * @param made what the exchange has put at the path
   */
  private void giveBack(RelativePath swap, Job job, FileStatus made, List<Outcome.Trashed> trashed)
      throws IOException {
    RelativePath path = job.path;
    FileStatus ours = made;
    boolean madeOut = false;
    boolean newest = false;
    for (int attempt = 0; attempt < GIVE_BACK_MAX && !newest; attempt++) {
      FileStatus back = requireStat(swap);
      try {
        volume.exchange(swap.bytes(), path.bytes());
      } catch (NoSuchFileException e) {
        // Meanwhile somebody has removed what stood there.
        putBack(swap, path, trashed);
        return;
      }
      newest = isStill(ours, requireStat(swap));
      madeOut = newest && attempt == 0;
      ours = back;
    }
    if (madeOut) {
      drop(swap, job);
    } else {
      keep(swap, path, null, trashed);
    }
  }

  private FileStatus requireStat(RelativePath path) throws IOException {
    return volume.stat(path.bytes()).orElseThrow(() -> new NoSuchFileException(path.toString()));
  }

  private static boolean isStill(FileStatus before, FileStatus now) {
    return Fingerprint.of(before, false).sameContent(now);
  }

  private void keep(
      RelativePath from, RelativePath path, @Nullable Shown shown, List<Outcome.Trashed> trashed)
      throws IOException {
    RelativePath kept = trash.keep(from, path, environment.clock().instant());
    if (shown != null && shown.content() instanceof Content.File file) {
      trashed.add(new Outcome.Trashed(file.hash(), kept));
    }
  }

  private Step remove(Job job, List<Outcome.Trashed> trashed) throws IOException {
    Shown before = job.basis.shown();
    if (before == null) {
      return new Step(null, null, null);
    }
    if (stat(job.path).isEmpty()) {
      return new Step(null, null, null);
    }
    requireRecorded(job);
    if (before.content().isDirectory()) {
      try {
        volume.rmdir(job.path.bytes());
      } catch (DirectoryNotEmptyException e) {
        // What is left is not ours to remove: ignored files, or new ones whose turn comes. The
        // directory stays on
        // this disk without a version.
        return Step.leftover(
            new Shown(Content.Directory.VALUE, before.attributes(), Set.of(), Set.of()));
      }
      return new Step(null, null, null);
    }
    takeOut(job.basis, before, trashed);
    return new Step(null, null, null);
  }

  private void takeOut(PathRecord record, Shown before, List<Outcome.Trashed> trashed)
      throws IOException {
    RelativePath swap = swapName();
    try (ReadableFile _ = guard(record)) {
      volume.rename(record.path().bytes(), swap.bytes());
      FileStatus displaced = requireStat(swap);
      if (!Objects.requireNonNull(record.fingerprint()).sameContent(displaced)) {
        putBack(swap, record.path(), trashed);
        throw new LocalWriteException(record.path());
      }
      keep(swap, record.path(), before, trashed);
    }
  }

  private void putBack(RelativePath swap, RelativePath path, List<Outcome.Trashed> trashed)
      throws IOException {
    try {
      volume.rename(swap.bytes(), path.bytes());
    } catch (FileAlreadyExistsException | NoSuchFileException | NotDirectoryException e) {
      // Two writes in a row: the newer one has the name; or the directory went as well.
      keep(swap, path, null, trashed);
    }
  }

  private void removeDirectory(RelativePath path) throws IOException {
    try {
      volume.rmdir(path.bytes());
    } catch (DirectoryNotEmptyException e) {
      throw new FileSystemException(
          path.toString(),
          null,
          "a file is to take a directory's place, but ignored or unread files are in it");
    }
  }

  private Step directory(Job job, Shown shown, List<Outcome.Trashed> trashed) throws IOException {
    Shown before = job.basis.shown();
    Optional<FileStatus> found = stat(job.path);
    boolean there = found.isPresent() && found.get().kind() == FileStatus.Kind.DIRECTORY;
    if (!there) {
      requireRecorded(job);
      if (before != null) {
        takeOut(job.basis, before, trashed);
      }
      volume.mkdir(job.path.bytes(), shown.attributes().mode());
    } else if (before == null || !before.content().isDirectory()) {
      // Someone has made it: what that one meant by its attributes comes first.
      throw new LocalWriteException(job.path);
    } else if (!hasMode(found.get(), shown.attributes())) {
      volume.setMode(job.path.bytes(), shown.attributes().mode());
    }
    setOwner(job.path, shown.attributes());
    return new Step(shown, null, null);
  }

  private Step symlink(Job job, Shown shown, List<Outcome.Trashed> trashed) throws IOException {
    requireRecorded(job);
    Content.Symlink link = (Content.Symlink) shown.content();
    Shown before = job.basis.shown();
    if (before != null && before.content().isDirectory()) {
      removeDirectory(job.path);
      before = null;
    }
    Maker maker =
        swap -> {
          volume.symlink(link.target().bytes(), swap.bytes());
          volume.setLinkMtime(swap.bytes(), shown.attributes().mtimeNanos());
          setOwner(swap, shown.attributes());
        };
    if (before == null) {
      RelativePath swap = swapName();
      maker.make(swap);
      try {
        volume.rename(swap.bytes(), job.path.bytes());
      } catch (IOException e) {
        volume.unlink(swap.bytes());
        throw e;
      }
    } else {
      replace(job, before, maker, trashed);
    }
    FileStatus status =
        volume.stat(job.path.bytes()).orElseThrow(() -> new LocalWriteException(job.path));
    boolean ours =
        status.kind() == FileStatus.Kind.SYMLINK
            && status.mtimeNanos() == shown.attributes().mtimeNanos();
    return new Step(
        shown,
        new Fingerprint(
            status.inode(),
            status.sizeBytes(),
            shown.attributes().mtimeNanos(),
            status.ctimeNanos(),
            !ours),
        null);
  }

  private Step attributes(Job job, Shown shown) throws IOException {
    FileStatus found = requireRecorded(job).orElseThrow(() -> new LocalWriteException(job.path));
    Attributes wanted = shown.attributes();
    boolean leased = false;
    try (ReadableFile guard = guard(job.basis)) {
      leased = guard != null && guard.lease() == Lease.GRANTED;
      setOwner(job.path, wanted);
      if (found.kind() == FileStatus.Kind.SYMLINK) {
        volume.setLinkMtime(job.path.bytes(), wanted.mtimeNanos());
      } else {
        volume.setMode(job.path.bytes(), wanted.mode());
        volume.setMtime(job.path.bytes(), wanted.mtimeNanos());
      }
      FileStatus status =
          volume.stat(job.path.bytes()).orElseThrow(() -> new LocalWriteException(job.path));
      if (status.inode() != found.inode()) {
        throw new LocalWriteException(job.path);
      }
      // Setting the time may have covered a write that came just before: without a lease the file
      // is looked at again.
      boolean ours = leased && (found.kind() == FileStatus.Kind.SYMLINK || hasMode(status, wanted));
      return new Step(
          shown,
          new Fingerprint(
              found.inode(), found.sizeBytes(), wanted.mtimeNanos(), status.ctimeNanos(), !ours),
          null);
    }
  }

  private Step move(Job job, PathRecord from, Shown shown) throws IOException {
    requireRecorded(job);
    requireRecorded(from);
    volume.rename(from.path().bytes(), job.path.bytes());
    FileStatus moved =
        volume.stat(job.path.bytes()).orElseThrow(() -> new LocalWriteException(job.path));
    if (!Objects.requireNonNull(from.fingerprint()).sameContent(moved)) {
      putBack(job.path, from.path(), new ArrayList<>());
      throw new LocalWriteException(from.path());
    }
    Attributes wanted = shown.attributes();
    setOwner(job.path, wanted);
    if ((moved.mode() & Attributes.MODE_BITS) != wanted.mode()) {
      volume.setMode(job.path.bytes(), wanted.mode());
    }
    boolean timeSet = moved.mtimeNanos() != wanted.mtimeNanos();
    if (timeSet) {
      volume.setMtime(job.path.bytes(), wanted.mtimeNanos());
    }
    FileStatus status =
        volume.stat(job.path.bytes()).orElseThrow(() -> new LocalWriteException(job.path));
    Fingerprint fingerprint = fingerprint(status, shown);
    // Setting the time may have covered a write that came just before: it is looked at again.
    return new Step(shown, timeSet ? fingerprint.asRacy() : fingerprint, vacated(from));
  }

  /**
   * Renames a directory with everything in it. A write that slips in comes along: it differs from
   * its record as it did before, and is found at the new name.
   */
  private Step tree(Job job, Job.Source.Tree tree, Shown shown) throws IOException {
    requireRecorded(job);
    requireRecorded(tree.from());
    for (Job.Moved moved : tree.below()) {
      requireStill(moved.from());
    }
    volume.rename(tree.from().path().bytes(), job.path.bytes());
    return new Step(shown, null, vacated(tree.from()));
  }

  /** What cannot be told from its record need not be looked at more closely: it stays in it. */
  private void requireStill(PathRecord record) throws IOException {
    FileStatus found =
        stat(record.path()).orElseThrow(() -> new LocalWriteException(record.path()));
    Fingerprint fingerprint = record.fingerprint();
    boolean same =
        fingerprint == null
            ? found.kind() == FileStatus.Kind.DIRECTORY
            : fingerprint.matches(found);
    if (!same) {
      throw new LocalWriteException(record.path());
    }
  }

  private static PathRecord vacated(PathRecord from) {
    return new PathRecord(from.path(), null, null, from.copies());
  }

  private void setOwner(RelativePath path, Attributes attributes) throws IOException {
    if (!owners) {
      return;
    }
    OptionalInt uid =
        attributes.owner().isEmpty() ? OptionalInt.empty() : volume.uid(attributes.owner());
    OptionalInt gid =
        attributes.group().isEmpty() ? OptionalInt.empty() : volume.gid(attributes.group());
    if (uid.isPresent() || gid.isPresent()) {
      volume.setOwner(path.bytes(), uid.orElse(-1), gid.orElse(-1));
    }
  }
}
