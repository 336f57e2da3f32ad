package io.dirsync.fs;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import io.dirsync.fs.FileStatus.Kind;
import io.dirsync.fs.NioFailures.Step;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.NotLinkException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * A volume on any java.nio file system: where there are no Linux calls, and in tests. It keeps the
 * promises of {@link Volume} as far as java.nio goes, which is less far than {@code openat2}:
 *
 * <ul>
 *   <li>Every directory on the way is looked at, and must be one, before a path is used; a
 *       component that another process swaps for a link just after that is followed.
 *   <li>Names are UTF-8. A name that is not, or that the system cannot represent, is a {@link
 *       FileSystemException}; in a directory it keeps the whole directory from being listed, for
 *       leaving it out would read as its removal.
 *   <li>{@link #rename} looks for the target first; a file that another process puts there at that
 *       moment is replaced. {@link #exchange} is three renames: at a crash in between, one of the
 *       two stands beside its place as {@code .exchange-*}.
 *   <li>{@link #sync} forces the files and directories that this volume changed, as far as they can
 *       be opened; not what other processes wrote. Staged files not synced by themselves are forced
 *       when they are closed.
 *   <li>Holes, leases and allocated sizes are unknown; where there are no {@code unix} attributes
 *       of the system's own, ctime is made of mtime and mode, and owners and links are not told.
 * </ul>
 */
public final class NioVolume implements Volume {
  private final Path given;
  private final Path root;
  private final FileStatus opened;
  private final NioAttributes attributes;
  private final NioNames names;
  private final AccountFile users;
  private final AccountFile groups;
  private final NioUnsynced unsynced = new NioUnsynced();
  private final NioNaming naming;

  private NioVolume(Path given, Path root, FileStatus opened, NioAttributes attributes) {
    this.given = given;
    this.root = root;
    this.opened = opened;
    this.attributes = attributes;
    this.names = new NioNames(root, opened, attributes);
    this.naming = new NioNaming(names, attributes, unsynced);
    this.users = new AccountFile(Path.of("/etc/passwd"));
    this.groups = new AccountFile(Path.of("/etc/group"));
  }

  /**
   * Opens the volume at a directory; links on the way to the root itself are followed, once.
   *
   * @throws NotDirectoryException if it is none
   */
  public static NioVolume open(Path root) throws IOException {
    NioAttributes attributes = new NioAttributes(root.getFileSystem());
    Path real = root.toRealPath();
    FileStatus status = attributes.read(real, NOFOLLOW_LINKS);
    if (status.kind() != Kind.DIRECTORY) {
      throw new NotDirectoryException(root.toString());
    }
    return new NioVolume(root.toAbsolutePath(), real, status, attributes);
  }

  @Override
  public Optional<FileStatus> currentRoot() throws IOException {
    return ifThere("read the root's status", new byte[0], () -> attributes.read(given));
  }

  @Override
  public FileStatus openedRoot() {
    return opened;
  }

  @Override
  public Optional<FileStatus> stat(byte[] path) throws IOException {
    return ifThere("read status", path, () -> statusOf(names.resolve(path)));
  }

  private static Optional<FileStatus> ifThere(
      String doing, byte[] path, NioFailures.Action<FileStatus> read) throws IOException {
    try {
      return Optional.of(NioFailures.attempt(doing, path, read));
    } catch (NoSuchFileException | NotDirectoryException nothingThere) {
      return Optional.empty();
    }
  }

  private FileStatus statusOf(Path file) throws IOException {
    return attributes.read(file, NOFOLLOW_LINKS);
  }

  @Override
  public void list(byte[] directory, Consumer<Entry> consumer) throws IOException {
    attemptStep("list", directory, () -> listAll(names.directory(directory), consumer));
  }

  private void listAll(Path directory, Consumer<Entry> consumer) throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        byte[] name = NioNames.encode(directory, entry);
        Optional<FileStatus> status = ifThere("read status", name, () -> statusOf(entry));
        status.ifPresent(found -> consumer.accept(new Entry(name, found)));
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  @Override
  public byte[] readLink(byte[] path) throws IOException {
    return NioFailures.attempt(
        "read link",
        path,
        () -> {
          Path link = names.resolve(path);
          if (statusOf(link).kind() != Kind.SYMLINK) {
            throw new NotLinkException(PlainPath.text(path));
          }
          return NioNames.encodeTarget(link, Files.readSymbolicLink(link));
        });
  }

  @Override
  public ReadableFile open(byte[] path) throws IOException {
    return NioFailures.attempt(
        "open",
        path,
        () -> {
          Path file = names.resolve(path);
          // Looked at before it is opened, since opening a fifo would wait for a writer.
          FileStatus before = requireFile(path, statusOf(file));
          FileChannel channel = FileChannel.open(file, READ, NOFOLLOW_LINKS);
          boolean done = false;
          try {
            FileStatus status = requireFile(path, statusOf(file));
            if (status.inode() != before.inode()) {
              throw new FileSystemException(
                  PlainPath.text(path), null, "was replaced while it was opened");
            }
            done = true;
            return new NioReadableFile(channel, path.clone(), file, attributes, status);
          } finally {
            if (!done) {
              channel.close();
            }
          }
        });
  }

  private static FileStatus requireFile(byte[] path, FileStatus status) throws IOException {
    if (status.kind() != Kind.FILE) {
      throw new FileSystemException(PlainPath.text(path), null, "is no regular file");
    }
    return status;
  }

  @Override
  public StagedFile stage(byte[] directory) throws IOException {
    return NioFailures.attempt("stage a file in", directory, () -> newStagedFile(directory));
  }

  private StagedFile newStagedFile(byte[] directory) throws IOException {
    Path file = names.directory(directory).resolve(".staged-" + UUID.randomUUID());
    Set<OpenOption> options = Set.of(CREATE_NEW, READ, WRITE);
    FileChannel channel = FileChannel.open(file, options, attributes.ownerOnly(Kind.FILE));
    boolean done = false;
    try {
      long inode = statusOf(file).inode();
      NioStagedFile staged =
          new NioStagedFile(this, attributes, channel, inode, directory.clone(), file, false);
      unsynced.opened(staged);
      done = true;
      return staged;
    } finally {
      if (!done) {
        channel.close();
        Files.deleteIfExists(file);
      }
    }
  }

  @Override
  public StagedFile stageAt(byte[] path) throws IOException {
    return NioFailures.attempt("stage", path, () -> stagedAt(path));
  }

  private StagedFile stagedAt(byte[] path) throws IOException {
    Path file = names.resolve(path);
    FileChannel channel =
        FileChannel.open(
            file, Set.of(CREATE, READ, WRITE, NOFOLLOW_LINKS), attributes.ownerOnly(Kind.FILE));
    NioStagedFile staged =
        new NioStagedFile(
            this, attributes, channel, statusOf(file).inode(), path.clone(), file, true);
    unsynced.opened(staged);
    return staged;
  }

  /** Gives a staged file its name; see {@link NioNaming#publish}. */
  Path publish(Path staged, boolean keep, byte[] target) throws IOException {
    return NioFailures.attempt("publish", target, () -> naming.publish(staged, keep, target));
  }

  void closed(NioStagedFile file) {
    unsynced.closed(file);
  }

  @Override
  public void rename(byte[] from, byte[] to) throws IOException {
    attemptStep("rename", from, () -> naming.rename(from, to));
  }

  @Override
  public void exchange(byte[] one, byte[] other) throws IOException {
    attemptStep("exchange", one, () -> naming.exchange(one, other));
  }

  @Override
  public void symlink(byte[] target, byte[] path) throws IOException {
    attemptStep(
        "make link",
        path,
        () -> {
          Path link = names.notRoot(path);
          Files.createSymbolicLink(link, names.target(path, target));
          unsynced.namesChanged(link);
        });
  }

  @Override
  public void setLinkMtime(byte[] path, long mtimeNanos) throws IOException {
    attemptStep(
        "set time",
        path,
        () -> {
          Path link = names.resolve(path);
          if (statusOf(link).kind() != Kind.SYMLINK) {
            throw new NotLinkException(PlainPath.text(path));
          }
          NioAttributes.setMtime(link, mtimeNanos);
        });
  }

  @Override
  public void mkdir(byte[] path, int mode) throws IOException {
    attemptStep(
        "make directory",
        path,
        () -> {
          Path directory = names.resolve(path);
          Files.createDirectory(directory, attributes.ownerOnly(Kind.DIRECTORY));
          boolean done = false;
          try {
            attributes.setMode(directory, mode);
            done = true;
          } finally {
            if (!done) {
              Files.delete(directory);
            }
          }
          unsynced.namesChanged(directory);
          unsynced.changed(directory);
        });
  }

  @Override
  public void rmdir(byte[] path) throws IOException {
    attemptStep(
        "remove directory",
        path,
        () -> {
          Path directory = names.notRoot(path);
          if (statusOf(directory).kind() != Kind.DIRECTORY) {
            throw new NotDirectoryException(PlainPath.text(path));
          }
          Files.delete(directory);
          unsynced.namesChanged(directory);
        });
  }

  @Override
  public void unlink(byte[] path) throws IOException {
    attemptStep(
        "remove",
        path,
        () -> {
          Path file = names.notRoot(path);
          if (statusOf(file).kind() == Kind.DIRECTORY) {
            throw new FileSystemException(PlainPath.text(path), null, "is a directory");
          }
          Files.delete(file);
          unsynced.namesChanged(file);
        });
  }

  @Override
  public void setMode(byte[] path, int mode) throws IOException {
    attemptStep(
        "set mode",
        path,
        () -> {
          Path file = names.resolve(path);
          if (statusOf(file).kind() == Kind.SYMLINK) {
            throw new FileSystemException(
                PlainPath.text(path), null, "a symbolic link has no mode of its own");
          }
          attributes.setMode(file, mode);
          unsynced.changed(file);
        });
  }

  @Override
  public void setOwner(byte[] path, int uid, int gid) throws IOException {
    attemptStep(
        "set owner",
        path,
        () -> {
          Path file = names.resolve(path);
          attributes.setOwner(file, uid, gid);
          unsynced.changed(file);
        });
  }

  @Override
  public void setMtime(byte[] path, long mtimeNanos) throws IOException {
    attemptStep(
        "set time",
        path,
        () -> {
          Path file = names.resolve(path);
          NioAttributes.setMtime(file, mtimeNanos);
          unsynced.changed(file);
        });
  }

  @Override
  public void sync() throws IOException {
    attemptStep("make durable", new byte[0], unsynced::force);
  }

  @Override
  public Space space() throws IOException {
    return NioFailures.attempt(
        "measure free space",
        new byte[0],
        () -> {
          FileStore store = Files.getFileStore(root);
          return new Space(store.getUsableSpace(), store.getTotalSpace());
        });
  }

  @Override
  public boolean isReadOnly() throws IOException {
    return NioFailures.attempt(
        "ask whether it may be written", new byte[0], () -> Files.getFileStore(root).isReadOnly());
  }

  @Override
  public String ownerName(int uid) {
    return attributes.setsUnix() ? users.name(uid) : Integer.toUnsignedString(uid);
  }

  @Override
  public String groupName(int gid) {
    return attributes.setsUnix() ? groups.name(gid) : Integer.toUnsignedString(gid);
  }

  @Override
  public OptionalInt uid(String owner) {
    return attributes.setsUnix() ? users.number(owner) : AccountFile.decimal(owner);
  }

  @Override
  public OptionalInt gid(String group) {
    return attributes.setsUnix() ? groups.number(group) : AccountFile.decimal(group);
  }

  /** Gives up nothing: java.nio holds no descriptor of the root. Open files stay open. */
  @Override
  public void close() {}

  private static void attemptStep(String doing, byte[] path, Step step) throws IOException {
    NioFailures.attemptStep(doing, path, step);
  }
}
