package io.dirsync.it.sim;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dirsync.fs.FileStatus;
import io.dirsync.fs.MemoryVolume.Operation;
import io.dirsync.fs.MemoryVolume.StepHook;
import io.dirsync.fs.Volume;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;

/** Any volume as one process sees it: with a hook before each operation, until its process ends. */
final class SteppedVolume implements Volume {
  /** What follows is the volume's own choice, and another one in each run. */
  private static final String PRIVATE = ".staged-";

  private final Volume volume;
  private final StepHook hook;
  private boolean ended;

  SteppedVolume(Volume volume, StepHook hook) {
    this.volume = volume;
    this.hook = hook;
  }

  /** The process is no more: nothing can be done, and what it held open stays as it is. */
  void end() {
    ended = true;
  }

  private void step(Operation operation, byte[] path) throws IOException {
    requireRunning(path);
    hook.before(operation, withoutChoice(path));
    requireRunning(path);
  }

  private void requireRunning(byte[] path) throws IOException {
    if (ended) {
      throw new FileSystemException(new String(path, UTF_8), null, "this process has ended");
    }
  }

  private static byte[] withoutChoice(byte[] path) {
    String text = new String(path, UTF_8);
    int at = text.indexOf(PRIVATE);
    return at < 0 ? path.clone() : text.substring(0, at + PRIVATE.length()).getBytes(UTF_8);
  }

  @Override
  public Optional<FileStatus> currentRoot() throws IOException {
    step(Operation.CURRENT_ROOT, new byte[0]);
    return volume.currentRoot();
  }

  @Override
  public FileStatus openedRoot() {
    return volume.openedRoot();
  }

  @Override
  public Optional<FileStatus> stat(byte[] path) throws IOException {
    step(Operation.STAT, path);
    return volume.stat(path);
  }

  @Override
  public void list(byte[] directory, Consumer<Entry> consumer) throws IOException {
    step(Operation.LIST, directory);
    volume.list(directory, consumer);
  }

  @Override
  public byte[] readLink(byte[] path) throws IOException {
    step(Operation.READ_LINK, path);
    return volume.readLink(path);
  }

  @Override
  public ReadableFile open(byte[] path) throws IOException {
    step(Operation.OPEN, path);
    return new OpenFile(volume.open(path), path);
  }

  @Override
  public StagedFile stage(byte[] directory) throws IOException {
    step(Operation.STAGE, directory);
    return new FileBeingMade(volume.stage(directory), directory);
  }

  @Override
  public StagedFile stageAt(byte[] path) throws IOException {
    step(Operation.STAGE, path);
    return new FileBeingMade(volume.stageAt(path), path);
  }

  @Override
  public void rename(byte[] from, byte[] to) throws IOException {
    step(Operation.RENAME, from);
    volume.rename(from, to);
  }

  @Override
  public void exchange(byte[] one, byte[] other) throws IOException {
    step(Operation.EXCHANGE, one);
    volume.exchange(one, other);
  }

  @Override
  public void symlink(byte[] target, byte[] path) throws IOException {
    step(Operation.SYMLINK, path);
    volume.symlink(target, path);
  }

  @Override
  public void setLinkMtime(byte[] path, long mtimeNanos) throws IOException {
    step(Operation.SET_MTIME, path);
    volume.setLinkMtime(path, mtimeNanos);
  }

  @Override
  public void mkdir(byte[] path, int mode) throws IOException {
    step(Operation.MKDIR, path);
    volume.mkdir(path, mode);
  }

  @Override
  public void rmdir(byte[] path) throws IOException {
    step(Operation.RMDIR, path);
    volume.rmdir(path);
  }

  @Override
  public void unlink(byte[] path) throws IOException {
    step(Operation.UNLINK, path);
    volume.unlink(path);
  }

  @Override
  public void setMode(byte[] path, int mode) throws IOException {
    step(Operation.SET_MODE, path);
    volume.setMode(path, mode);
  }

  @Override
  public void setOwner(byte[] path, int uid, int gid) throws IOException {
    step(Operation.SET_OWNER, path);
    volume.setOwner(path, uid, gid);
  }

  @Override
  public void setMtime(byte[] path, long mtimeNanos) throws IOException {
    step(Operation.SET_MTIME, path);
    volume.setMtime(path, mtimeNanos);
  }

  @Override
  public void sync() throws IOException {
    step(Operation.SYNC, new byte[0]);
    volume.sync();
  }

  @Override
  public Space space() throws IOException {
    step(Operation.SPACE, new byte[0]);
    return volume.space();
  }

  @Override
  public String ownerName(int uid) {
    return volume.ownerName(uid);
  }

  @Override
  public String groupName(int gid) {
    return volume.groupName(gid);
  }

  @Override
  public OptionalInt uid(String owner) {
    return volume.uid(owner);
  }

  @Override
  public OptionalInt gid(String group) {
    return volume.gid(group);
  }

  @Override
  public void close() throws IOException {
    volume.close();
  }

  private final class OpenFile implements ReadableFile {
    private final ReadableFile file;
    private final byte[] path;

    OpenFile(ReadableFile file, byte[] path) {
      this.file = file;
      this.path = path.clone();
    }

    @Override
    public FileStatus status() throws IOException {
      step(Operation.FILE_STATUS, path);
      return file.status();
    }

    @Override
    public int read(long position, byte[] buffer, int offset, int length) throws IOException {
      step(Operation.READ, path);
      return file.read(position, buffer, offset, length);
    }

    @Override
    public long nextData(long position) throws IOException {
      step(Operation.NEXT_DATA, path);
      return file.nextData(position);
    }

    @Override
    public long nextHole(long position) throws IOException {
      step(Operation.NEXT_HOLE, path);
      return file.nextHole(position);
    }

    @Override
    public Lease lease() throws IOException {
      step(Operation.LEASE, path);
      return file.lease();
    }

    @Override
    public void unlease() throws IOException {
      step(Operation.UNLEASE, path);
      file.unlease();
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }

  private final class FileBeingMade implements StagedFile {
    private final StagedFile file;
    private final byte[] path;

    FileBeingMade(StagedFile file, byte[] path) {
      this.file = file;
      this.path = path.clone();
    }

    @Override
    public void write(long position, byte[] buffer, int offset, int length) throws IOException {
      step(Operation.WRITE, path);
      file.write(position, buffer, offset, length);
    }

    @Override
    public int read(long position, byte[] buffer, int offset, int length) throws IOException {
      step(Operation.READ, path);
      return file.read(position, buffer, offset, length);
    }

    @Override
    public void copyFrom(ReadableFile source, long sourcePosition, long position, long length)
        throws IOException {
      step(Operation.COPY, path);
      file.copyFrom(((OpenFile) source).file, sourcePosition, position, length);
    }

    @Override
    public boolean share(ReadableFile source, long sourcePosition, long position, long length)
        throws IOException {
      step(Operation.COPY, path);
      return file.share(((OpenFile) source).file, sourcePosition, position, length);
    }

    @Override
    public void truncate(long sizeBytes) throws IOException {
      step(Operation.TRUNCATE, path);
      file.truncate(sizeBytes);
    }

    @Override
    public void setMode(int mode) throws IOException {
      step(Operation.SET_MODE, path);
      file.setMode(mode);
    }

    @Override
    public void setOwner(int uid, int gid) throws IOException {
      step(Operation.SET_OWNER, path);
      file.setOwner(uid, gid);
    }

    @Override
    public void setMtime(long mtimeNanos) throws IOException {
      step(Operation.SET_MTIME, path);
      file.setMtime(mtimeNanos);
    }

    @Override
    public FileStatus status() throws IOException {
      step(Operation.FILE_STATUS, path);
      return file.status();
    }

    @Override
    public void sync() throws IOException {
      step(Operation.SYNC_FILE, path);
      file.sync();
    }

    @Override
    public void link(byte[] target) throws IOException {
      step(Operation.LINK, target);
      file.link(target);
    }

    @Override
    public void moveTo(byte[] target) throws IOException {
      step(Operation.RENAME, path);
      file.moveTo(target);
    }

    @Override
    public boolean isSuspendable() {
      return !ended && file.isSuspendable();
    }

    @Override
    public void suspend() throws IOException {
      step(Operation.SYNC_FILE, path);
      file.suspend();
    }

    @Override
    public void close() throws IOException {
      if (!ended) {
        file.close();
      }
    }
  }
}
