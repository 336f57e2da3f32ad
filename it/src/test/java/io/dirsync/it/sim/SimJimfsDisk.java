package io.dirsync.it.sim;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import io.dirsync.fs.MemoryVolume;
import io.dirsync.fs.NioVolume;
import io.dirsync.fs.Volume;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Somebody else's file system, through java.nio: it has no unnamed files and no exchange in one
 * step, tells of no holes, and never loses anything.
 */
final class SimJimfsDisk implements SimDisk {
  private static final String FILE_MODE = "rw-r--r--";
  private static final String DIRECTORY_MODE = "rwxr-xr-x";

  private final FileSystem fileSystem;
  private final Path root;
  private final NioVolume volume;
  private @Nullable SteppedVolume process;

  SimJimfsDisk(InstantSource clock) {
    Times times = new Times(clock);
    fileSystem =
        Jimfs.newFileSystem(
            Configuration.unix().toBuilder()
                .setAttributeViews("basic", "posix", "unix")
                .setFileTimeSource(times::next)
                .build());
    root = fileSystem.getPath("/srv/folder");
    try {
      Files.createDirectories(root);
      volume = NioVolume.open(root);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** No two changes have the same time. */
  private static final class Times {
    private final InstantSource clock;
    private Instant last = Instant.MIN;

    Times(InstantSource clock) {
      this.clock = clock;
    }

    FileTime next() {
      Instant now = clock.instant();
      last = now.isAfter(last) ? now : last.plusNanos(1);
      return FileTime.from(last);
    }
  }

  @Override
  public Volume open(MemoryVolume.StepHook hook) {
    end();
    try {
      process = new SteppedVolume(NioVolume.open(root), hook);
      return process;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void end() {
    if (process != null) {
      process.end();
      process = null;
    }
  }

  @Override
  public void cutPower(RandomGenerator random) {
    throw new UnsupportedOperationException("jimfs loses nothing");
  }

  @Override
  public void setFaults(MemoryVolume.FaultPlan plan) {
    throw new UnsupportedOperationException("jimfs does not break");
  }

  @Override
  public List<Volume.Entry> list(byte[] directory) throws IOException {
    List<Volume.Entry> entries = new ArrayList<>();
    volume.list(directory, entries::add);
    return entries;
  }

  @Override
  public byte[] readLink(byte[] path) throws IOException {
    return volume.readLink(path);
  }

  @Override
  public void close() throws IOException {
    end();
    fileSystem.close();
  }

  @Override
  public User user() {
    return new JimfsUser();
  }

  private final class JimfsUser implements User {
    private Path at(byte[] path) {
      return root.resolve(new String(path, UTF_8));
    }

    /** Links are not followed: they lead nowhere. */
    private void requireFile(Path path) throws IOException {
      if (!Files.isRegularFile(path, NOFOLLOW_LINKS)) {
        throw new FileSystemException(path.toString(), null, "is no regular file");
      }
    }

    private void requireNoLink(Path path) throws IOException {
      if (Files.isSymbolicLink(path)) {
        throw new FileSystemException(path.toString(), null, "a link has no mode of its own");
      }
    }

    @Override
    public byte[] read(byte[] path) throws IOException {
      requireFile(at(path));
      return Files.readAllBytes(at(path));
    }

    @Override
    public void write(byte[] path, byte[] content) throws IOException {
      Path file = at(path);
      if (!Files.exists(file, NOFOLLOW_LINKS)) {
        Files.createFile(file);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(FILE_MODE));
      }
      requireFile(file);
      Files.write(file, content);
    }

    @Override
    public Closeable holdOpen(byte[] path) throws IOException {
      requireFile(at(path));
      return Files.newByteChannel(at(path), StandardOpenOption.WRITE);
    }

    @Override
    public void rename(byte[] from, byte[] to) throws IOException {
      Path target = at(to);
      boolean directory = Files.isDirectory(at(from), NOFOLLOW_LINKS);
      if (Files.exists(target, NOFOLLOW_LINKS)
          && Files.isDirectory(target, NOFOLLOW_LINKS) != directory) {
        throw new FileSystemException(target.toString(), null, "is of another kind");
      }
      Files.move(at(from), target, StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public void remove(byte[] path) throws IOException {
      remove(at(path));
    }

    private void remove(Path path) throws IOException {
      if (Files.isDirectory(path, NOFOLLOW_LINKS)) {
        List<Path> children;
        try (Stream<Path> listed = Files.list(path)) {
          children = listed.toList();
        }
        for (Path child : children) {
          remove(child);
        }
      }
      Files.delete(path);
    }

    @Override
    public void mkdir(byte[] path) throws IOException {
      Files.createDirectory(at(path));
      Files.setPosixFilePermissions(at(path), PosixFilePermissions.fromString(DIRECTORY_MODE));
    }

    @Override
    public void symlink(byte[] target, byte[] path) throws IOException {
      Files.createSymbolicLink(at(path), fileSystem.getPath(new String(target, UTF_8)));
    }

    @Override
    public void setMode(byte[] path, int mode) throws IOException {
      requireNoLink(at(path));
      Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
      for (PosixFilePermission each : PosixFilePermission.values()) {
        // The enum begins with the highest of the nine bits.
        if ((mode >> (8 - each.ordinal()) & 1) != 0) {
          permissions.add(each);
        }
      }
      Files.setPosixFilePermissions(at(path), permissions);
    }

    @Override
    public void setMtime(byte[] path, long mtimeNanos) throws IOException {
      requireFile(at(path));
      Files.setLastModifiedTime(at(path), FileTime.from(mtimeNanos, TimeUnit.NANOSECONDS));
    }

    @Override
    public void sync() {
      // Nothing is ever lost.
    }
  }
}
