package io.dirsync.fs;

import io.dirsync.fs.FileStatus.Kind;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.NotLinkException;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * A volume on a file system in memory that can be made to fail, for tests and simulations. It keeps
 * every promise of {@link Volume}; exchange is one step, files are staged without a name, holes are
 * told in pages of 4 KiB, no two states of a file have the same ctime, and the inode of a removed
 * file goes to the next new one. Permissions are kept but not enforced.
 *
 * <p>The volume stands for one process that has the disk open. {@link #restart} and {@link #crash}
 * end it: every call to it fails from then on, and the volume that they return stands for the
 * process that comes next.
 */
public final class MemoryVolume implements Volume {
  private static final long USUAL_CAPACITY_BYTES = 1L << 40;

  /** What a volume does, as hooks are told. */
  public enum Operation {
    CURRENT_ROOT,
    STAT,
    LIST,
    READ_LINK,
    OPEN,
    FILE_STATUS,
    READ,
    NEXT_DATA,
    NEXT_HOLE,
    LEASE,
    UNLEASE,
    STAGE,
    WRITE,
    COPY,
    TRUNCATE,
    SYNC_FILE,
    LINK,
    RENAME,
    EXCHANGE,
    SYMLINK,
    MKDIR,
    RMDIR,
    UNLINK,
    SET_MODE,
    SET_OWNER,
    SET_MTIME,
    SYNC,
    SPACE
  }

  /** Called before each operation, on its thread, holding no lock: now a user may act. */
  @FunctionalInterface
  public interface StepHook {
    /**
     * @param path what is worked on: of a staged file without a name, the directory it was staged
     *     in; of two names, the first
     */
    void before(Operation operation, byte[] path);
  }

  /** Consulted before each operation, after the {@link StepHook}. */
  @FunctionalInterface
  public interface FaultPlan {
    /**
     * Lets the operation be done, or throws what it is to fail with.
     *
     * @param path as for {@link StepHook}
     */
    void before(Operation operation, byte[] path) throws IOException;
  }

  /** Something open that ends with the process. */
  interface Handle {
    /** Gives it up without a hook being called. */
    void drop();
  }

  private final MemoryDisk disk;
  private final FileStatus opened;
  private final Map<String, Integer> users;
  private final Map<String, Integer> groups;
  private final Set<Handle> handles = ConcurrentHashMap.newKeySet();
  private volatile StepHook stepHook = (operation, path) -> {};
  private volatile FaultPlan faults = (operation, path) -> {};
  private volatile boolean ended;

  /** A volume at an empty directory, on a disk of 1 TiB. */
  public MemoryVolume(InstantSource clock) {
    this(clock, USUAL_CAPACITY_BYTES);
  }

  /**
   * A volume at an empty directory.
   *
   * @param clock gives mtime and ctime; where it does not go on, times go on by a nanosecond
   * @param capacityBytes how much file content has room, in pages of 4 KiB
   */
  public MemoryVolume(InstantSource clock, long capacityBytes) {
    this(
        new MemoryDisk(clock, capacityBytes),
        new ConcurrentHashMap<>(Map.of("root", 0)),
        new ConcurrentHashMap<>(Map.of("root", 0)));
  }

  private MemoryVolume(MemoryDisk disk, Map<String, Integer> users, Map<String, Integer> groups) {
    this.disk = disk;
    this.users = users;
    this.groups = groups;
    opened = disk.rootStatus();
  }

  /** The others who use the same disk. */
  public MemoryUser user() {
    return new MemoryUser(disk);
  }

  public void setStepHook(StepHook hook) {
    stepHook = hook;
  }

  public void setFaults(FaultPlan plan) {
    faults = plan;
  }

  /** Makes an account known under a name; accounts survive {@link #restart} and {@link #crash}. */
  public void addUser(String name, int uid) {
    users.put(name, uid);
  }

  public void addGroup(String name, int gid) {
    groups.put(name, gid);
  }

  /**
   * Kills the process: staged files without a name are gone, nothing else is.
   *
   * @return the volume for the next process, without hooks
   */
  public MemoryVolume restart() {
    end();
    return new MemoryVolume(disk, users, groups);
  }

  /**
   * Cuts the power: what was synced survives; of the names and attributes changed since, in the
   * order of change, the first few (a random number from none to all); of content written since, an
   * arbitrary part, so that a file that was renamed but not synced may be empty, cut off or end in
   * zeros. Users lose what they had open.
   *
   * @return the volume for the next process, without hooks
   */
  public MemoryVolume crash(RandomGenerator random) {
    end();
    return new MemoryVolume(disk.crash(random), users, groups);
  }

  private void end() {
    ended = true;
    handles.forEach(Handle::drop);
    handles.clear();
  }

  /** To be called before anything is done. */
  void step(Operation operation, byte[] path) throws IOException {
    requireRunning(path);
    stepHook.before(operation, path.clone());
    requireRunning(path);
    faults.before(operation, path.clone());
  }

  private void requireRunning(byte[] path) throws IOException {
    if (ended) {
      throw MemoryTree.failure(path, "this process has ended, by restart or crash");
    }
  }

  void closed(Handle handle) {
    handles.remove(handle);
  }

  private <H extends Handle> H opened(H handle) {
    handles.add(handle);
    return handle;
  }

  @Override
  public Optional<FileStatus> currentRoot() throws IOException {
    step(Operation.CURRENT_ROOT, new byte[0]);
    return disk.isMounted() ? Optional.of(disk.rootStatus()) : Optional.empty();
  }

  @Override
  public FileStatus openedRoot() {
    return opened;
  }

  @Override
  public Optional<FileStatus> stat(byte[] path) throws IOException {
    PlainPath.components(path);
    step(Operation.STAT, path);
    try {
      return Optional.of(disk.status(path));
    } catch (NoSuchFileException | NotDirectoryException nothingThere) {
      return Optional.empty();
    }
  }

  @Override
  public void list(byte[] directory, Consumer<Entry> consumer) throws IOException {
    PlainPath.components(directory);
    step(Operation.LIST, directory);
    disk.list(directory).forEach(consumer);
  }

  @Override
  public byte[] readLink(byte[] path) throws IOException {
    MemoryNode node = find(Operation.READ_LINK, path);
    requireLink(node, path);
    return node.target.clone();
  }

  private MemoryNode find(Operation operation, byte[] path) throws IOException {
    PlainPath.components(path);
    step(operation, path);
    return disk.find(path);
  }

  private static void requireLink(MemoryNode node, byte[] path) throws FileSystemException {
    if (node.kind != Kind.SYMLINK) {
      throw new NotLinkException(PlainPath.text(path));
    }
  }

  @Override
  public ReadableFile open(byte[] path) throws IOException {
    MemoryNode node = find(Operation.OPEN, path);
    if (node.kind != Kind.FILE) {
      throw MemoryTree.failure(path, "is no regular file");
    }
    return opened(new MemoryOpenFile(this, disk, node, path.clone()));
  }

  @Override
  public StagedFile stage(byte[] directory) throws IOException {
    PlainPath.components(directory);
    step(Operation.STAGE, directory);
    disk.requireDirectory(directory);
    return opened(new MemoryStagedFile(this, disk, directory.clone()));
  }

  @Override
  public StagedFile stageAt(byte[] path) throws IOException {
    PlainPath.components(path);
    step(Operation.STAGE, path);
    MemoryNode node = disk.findOrCreate(path, MemoryStagedFile.FIRST_MODE);
    if (node.kind != Kind.FILE) {
      throw MemoryTree.failure(path, "is no regular file");
    }
    return opened(new MemoryStagedFile(this, disk, node, path.clone()));
  }

  @Override
  public void rename(byte[] from, byte[] to) throws IOException {
    PlainPath.components(from);
    PlainPath.components(to);
    step(Operation.RENAME, from);
    disk.rename(from, to, false);
  }

  @Override
  public void exchange(byte[] one, byte[] other) throws IOException {
    PlainPath.components(one);
    PlainPath.components(other);
    step(Operation.EXCHANGE, one);
    disk.exchange(one, other);
  }

  @Override
  public void symlink(byte[] target, byte[] path) throws IOException {
    PlainPath.components(path);
    step(Operation.SYMLINK, path);
    disk.symlink(target, path);
  }

  @Override
  public void setLinkMtime(byte[] path, long mtimeNanos) throws IOException {
    MemoryNode node = find(Operation.SET_MTIME, path);
    requireLink(node, path);
    disk.setMtime(node, mtimeNanos);
  }

  @Override
  public void mkdir(byte[] path, int mode) throws IOException {
    PlainPath.components(path);
    step(Operation.MKDIR, path);
    disk.mkdir(path, mode);
  }

  @Override
  public void rmdir(byte[] path) throws IOException {
    PlainPath.components(path);
    step(Operation.RMDIR, path);
    disk.remove(path, true);
  }

  @Override
  public void unlink(byte[] path) throws IOException {
    PlainPath.components(path);
    step(Operation.UNLINK, path);
    disk.remove(path, false);
  }

  @Override
  public void setMode(byte[] path, int mode) throws IOException {
    MemoryNode node = find(Operation.SET_MODE, path);
    if (node.kind == Kind.SYMLINK) {
      throw MemoryTree.failure(path, "a symbolic link has no mode of its own");
    }
    disk.setMode(node, mode);
  }

  @Override
  public void setOwner(byte[] path, int uid, int gid) throws IOException {
    disk.setOwner(find(Operation.SET_OWNER, path), uid, gid);
  }

  @Override
  public void setMtime(byte[] path, long mtimeNanos) throws IOException {
    disk.setMtime(find(Operation.SET_MTIME, path), mtimeNanos);
  }

  @Override
  public void sync() throws IOException {
    step(Operation.SYNC, new byte[0]);
    disk.sync();
  }

  @Override
  public Space space() throws IOException {
    step(Operation.SPACE, new byte[0]);
    return disk.space();
  }

  @Override
  public String ownerName(int uid) {
    return name(users, uid);
  }

  @Override
  public String groupName(int gid) {
    return name(groups, gid);
  }

  private static String name(Map<String, Integer> accounts, int number) {
    return accounts.entrySet().stream()
        .filter(account -> account.getValue() == number)
        .map(Map.Entry::getKey)
        .min(String::compareTo)
        .orElseGet(() -> Integer.toUnsignedString(number));
  }

  @Override
  public OptionalInt uid(String owner) {
    return number(users, owner);
  }

  @Override
  public OptionalInt gid(String group) {
    return number(groups, group);
  }

  private static OptionalInt number(Map<String, Integer> accounts, String name) {
    Integer number = accounts.get(name);
    return number == null ? AccountFile.decimal(name) : OptionalInt.of(number);
  }

  /** Gives up what is still open; the disk stays. */
  @Override
  public void close() {
    handles.forEach(Handle::drop);
    handles.clear();
  }
}
