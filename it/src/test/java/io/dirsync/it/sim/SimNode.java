package io.dirsync.it.sim;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dirsync.engine.FolderMode;
import io.dirsync.engine.FolderSettings;
import io.dirsync.engine.MaxDelete;
import io.dirsync.engine.Node;
import io.dirsync.engine.NodeSettings;
import io.dirsync.engine.NodeStatus;
import io.dirsync.engine.PeerSettings;
import io.dirsync.engine.Resources;
import io.dirsync.engine.Resume;
import io.dirsync.engine.TransferBounds;
import io.dirsync.engine.scan.ContentHasher;
import io.dirsync.engine.scan.PolicyRules;
import io.dirsync.engine.store.Fingerprint;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.MemoryFolderStore;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.fs.FileStatus;
import io.dirsync.fs.MemoryVolume;
import io.dirsync.fs.MemoryVolume.Operation;
import io.dirsync.fs.Volume;
import io.dirsync.model.Content;
import io.dirsync.model.RelativePath;
import io.dirsync.model.Shown;
import io.dirsync.model.Version;
import io.dirsync.protocol.NodeId;
import io.dirsync.watcher.Hint;
import io.dirsync.watcher.Watcher;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A machine: its disk, its database, and at most one process of dirsync. */
final class SimNode implements Resources {
  static final String FOLDER = "www";

  private static final Set<Operation> CHANGES =
      EnumSet.of(
          Operation.LINK,
          Operation.RENAME,
          Operation.EXCHANGE,
          Operation.SYMLINK,
          Operation.MKDIR,
          Operation.RMDIR,
          Operation.UNLINK,
          Operation.SET_MODE,
          Operation.SET_MTIME);

  private final String name;

  /** What it says its name is. */
  private String called;

  private final Scheduler scheduler;
  private final Network network;
  private final SimClock clock;
  private final List<String> peers;
  private final TransferBounds transferBounds;
  private final Between between;
  private final Function<InstantSource, SimDisk> disks;
  private SimDisk disk;
  private MemoryFolderStore store = new MemoryFolderStore();
  private int boots;
  private @Nullable MemoryFolderStore backup;
  private @Nullable SimDisk unmounted;
  private @Nullable RootCopy copy;
  private boolean setBack;
  private Duration conflictKeep = Duration.ofDays(3_000);
  private PolicyRules policies = PolicyRules.NONE;
  private FolderMode mode = FolderMode.TWO_WAY;
  private List<String> ignored = List.of();
  private MaxDelete maxDelete = MaxDelete.ALL;
  private long logEntriesMax = FolderSettings.LOG_ENTRIES_USUAL;
  private List<String> unwatched = List.of();
  private boolean stored;
  private @Nullable SimEnvironment environment;
  private @Nullable SimWatcher watcher;
  private @Nullable Node node;

  /** What others do between two steps of dirsync. */
  @FunctionalInterface
  interface Between {
    void step(SimNode node, Operation operation, byte[] path);
  }

  /** Ends a task in the middle: its process is no more. */
  static final class Ended extends Error {
    private static final long serialVersionUID = 1;

    Ended() {
      super("the process has ended", null, false, false);
    }
  }

  /** One as nodes are as a rule, that nobody acts on between its steps. */
  SimNode(String name, Scheduler scheduler, Network network, String... peers) {
    this(name, scheduler, network, 0, List.of(peers), TransferBounds.USUAL, (_, _, _) -> {});
  }

  /**
   * @param between called before each operation on the disk by dirsync itself
   */
  SimNode(String name, Scheduler scheduler, Network network, Between between, String... peers) {
    this(name, scheduler, network, 0, List.of(peers), TransferBounds.USUAL, between);
  }

  /**
   * @param skewNanos how far its clock is ahead of the scheduler's at first
   * @param transferBounds which contents are sent in which way
   * @param between called before each operation on the disk by dirsync itself
   */
  SimNode(
      String name,
      Scheduler scheduler,
      Network network,
      long skewNanos,
      List<String> peers,
      TransferBounds transferBounds,
      Between between) {
    this(name, scheduler, network, skewNanos, peers, transferBounds, between, SimMemoryDisk::new);
  }

  /**
   * @param disks makes an empty disk with a clock
   */
  SimNode(
      String name,
      Scheduler scheduler,
      Network network,
      long skewNanos,
      List<String> peers,
      TransferBounds transferBounds,
      Between between,
      Function<InstantSource, SimDisk> disks) {
    this.name = name;
    this.called = name;
    this.scheduler = scheduler;
    this.network = network;
    this.clock = new SimClock(scheduler, skewNanos);
    this.peers = peers;
    this.transferBounds = transferBounds;
    this.between = between;
    this.disks = disks;
    this.disk = newDisk();
  }

  /**
   * A machine that has been made as a copy of another one, whose process has ended, with a key and
   * an address of its own.
   */
  SimNode copying(SimNode other) throws IOException {
    called = other.called;
    store = other.store.backup();
    RootCopy.of(other.disk).restoreTo(disk);
    return this;
  }

  private SimDisk newDisk() {
    return disks.apply(new SimEnvironment(scheduler, name, clock, boots).clock());
  }

  String name() {
    return name;
  }

  /** From the next start on. */
  SimNode keepingConflictsFor(Duration keep) {
    conflictKeep = keep;
    return this;
  }

  /** From the next start on. */
  SimNode settlingBy(PolicyRules rules) {
    policies = rules;
    return this;
  }

  /** From the next start on. */
  SimNode holdingDeletionsBeyond(MaxDelete bounds) {
    maxDelete = bounds;
    return this;
  }

  /** From the next start on. */
  SimNode in(FolderMode other) {
    mode = other;
    return this;
  }

  /** From the next start on. */
  SimNode ignoring(String... patterns) {
    ignored = List.of(patterns);
    return this;
  }

  /** From the next start on there is nobody who watches these directories. */
  SimNode notWatching(String... directories) {
    unwatched = List.of(directories);
    return this;
  }

  /** The running process. */
  Node process() {
    if (node == null) {
      throw new IllegalStateException("no process runs");
    }
    return node;
  }

  /** From the next start on. */
  SimNode keepingLogEntries(long most) {
    logEntriesMax = most;
    return this;
  }

  boolean runs() {
    return node != null;
  }

  /** Whether deletions wait for the operator. */
  boolean holds() {
    return node != null && folder().state() == NodeStatus.State.HELD;
  }

  /**
   * The operator says what is to become of deletions that are held, if any are.
   *
   * @param putBack whether they are undone
   */
  void decide(boolean putBack) {
    if (node != null) {
      // Refused if nothing is held.
      var unused = node.decide(FOLDER, putBack);
    }
  }

  SimDisk.User user() {
    return disk.user();
  }

  /** Somebody sets the machine's clock, forward or back. */
  void stepClock(long nanos) {
    clock.step(nanos);
  }

  /** Lets what the running process does on its disk fail, as the plan says. */
  void breakDisk(MemoryVolume.FaultPlan plan) {
    disk.setFaults(plan);
  }

  static NodeId id(String name) {
    byte[] bytes = new byte[32];
    byte[] text = name.getBytes(UTF_8);
    System.arraycopy(text, 0, bytes, 0, text.length);
    return NodeId.of(bytes);
  }

  void start() throws IOException {
    SimEnvironment process = new SimEnvironment(scheduler, name, clock, boots);
    environment = process;
    stored = false;
    FolderSettings folder =
        new FolderSettings(
            FOLDER,
            Path.of("/" + name),
            peers,
            ignored,
            false,
            Duration.ofHours(1),
            Optional.empty(),
            Duration.ofDays(3_000),
            conflictKeep,
            policies,
            mode,
            maxDelete,
            logEntriesMax);
    NodeSettings settings =
        new NodeSettings(
            called,
            Path.of("/state"),
            name,
            peers.stream().map(peer -> new PeerSettings(peer, id(peer), List.of(peer))).toList(),
            List.of(folder));
    node =
        Node.start(
            settings,
            id(name),
            network.port(name, id(name), process.queue("network")),
            process,
            this);
  }

  /** The process ends by SIGKILL. */
  void kill() {
    die();
    disk.end();
    store = store.afterKill();
  }

  /** The machine loses its power: what was not synced may be lost. */
  void cutPower() throws IOException {
    die();
    boots++;
    disk.cutPower(scheduler.random());
    store = store.afterPowerCut(scheduler.random());
    for (RelativePath path : changedAndNotToBeTold()) {
      user().setMtime(path.bytes(), scheduler.now());
    }
  }

  /**
   * Files that were overwritten in place by as many bytes, of which the bytes are on the disk and
   * the times are not: nothing but reading all files could tell. Who had written saves them again.
   */
  private List<RelativePath> changedAndNotToBeTold() throws IOException {
    List<PathRecord> records = new ArrayList<>();
    store
        .backup()
        .below(
            RelativePath.ROOT,
            record -> {
              if (record.shown() != null && record.shown().content() instanceof Content.File) {
                records.add(record);
              }
              return true;
            });
    List<RelativePath> changed = new ArrayList<>();
    for (PathRecord record : records) {
      Shown shown = record.shown();
      Fingerprint fingerprint = record.fingerprint();
      Optional<FileStatus> found = stat(record.path());
      if (fingerprint != null
          && shown != null
          && shown.content() instanceof Content.File file
          && found.filter(fingerprint::matches).isPresent()
          && !ContentHasher.hash(user().read(record.path().bytes())).equals(file.hash())) {
        changed.add(record.path());
      }
    }
    return changed;
  }

  private Optional<FileStatus> stat(RelativePath path) throws IOException {
    try {
      return disk.list(path.parent().orElse(RelativePath.ROOT).bytes()).stream()
          .filter(entry -> Arrays.equals(entry.name(), path.name()))
          .map(Volume.Entry::status)
          .findFirst();
    } catch (NoSuchFileException | NotDirectoryException e) {
      return Optional.empty();
    }
  }

  /** A backup of the database is made. */
  void backUp() {
    kill();
    backup = store.backup();
  }

  /**
   * The process ends, and goes on later with the database as it was backed up.
   *
   * @return false if there is no backup
   */
  boolean restoreDatabase() {
    kill();
    MemoryFolderStore old = backup;
    if (old == null) {
      return false;
    }
    store = old;
    backup = null;
    return true;
  }

  /** The process ends, and its database is gone. */
  void loseDatabase() {
    kill();
    store = new MemoryFolderStore();
  }

  /** The machine is gone; another one has its key and its configuration, and an empty disk. */
  void replace() {
    mount();
    loseDatabase();
    backup = null;
    copy = null;
    setBack = false;
    disk = newDisk();
  }

  /** The process ends, and a copy of its root is made, if dirsync has ever run on it. */
  void copyRoot() throws IOException {
    kill();
    RootCopy now = RootCopy.of(disk);
    copy = now.generation().isEmpty() ? null : now;
  }

  /**
   * The process ends, and its root is set back to the copy. Users wait until the operator has said
   * for what it is to be taken: {@link #isSetBack}.
   *
   * @return false if there is none, or none that can be told from the present
   */
  boolean setRootBack() throws IOException {
    kill();
    RootCopy old = copy;
    if (old == null
        || old.generation().equals(RootCopy.of(disk).generation())
        || hasAnnouncedNextOf(old)) {
      return false;
    }
    copy = null;
    disk = newDisk();
    old.restoreTo(disk);
    setBack = true;
    return true;
  }

  /**
   * Whether the process ended while the generation after that of a copy began: the database cannot
   * tell then whether it has, as if the copy were of the last half minute.
   */
  private boolean hasAnnouncedNextOf(RootCopy old) {
    long recorded = number("generation");
    return number("generation-announced") > recorded && recorded == old.number();
  }

  private long number(String meta) {
    return store.meta(meta).map(digits -> Long.parseLong(new String(digits, UTF_8))).orElse(0L);
  }

  /** Whether the root was set back, and the folder did not run since. */
  boolean isSetBack() {
    return setBack;
  }

  /** The same, or the folder is halted: perhaps by a database that is newer than its root. */
  boolean waitsForWord() {
    return setBack || (node != null && folder().state() == NodeStatus.State.HALTED);
  }

  /** The operator lets a folder go on whose root was set back. */
  void resume(Resume how) {
    if (node != null) {
      // Refused if the folder runs.
      var unused =
          node.resume(FOLDER, how)
              .whenComplete(
                  (_, _) -> setBack = !runs() || folder().state() == NodeStatus.State.HALTED);
    }
  }

  /**
   * The process ends, and when it starts again its root is not mounted.
   *
   * @return false if the node has no files: then an empty root is as good as any
   */
  boolean unmount() {
    kill();
    if (store.totals().files() == 0) {
      return false;
    }
    unmounted = disk;
    disk = newDisk();
    return true;
  }

  /** The root is there again for the next process. */
  void mount() {
    if (unmounted != null) {
      kill();
      disk = unmounted;
      unmounted = null;
    }
  }

  /** Entries that are in its log. */
  long logEntries() {
    return store.end() - store.floor();
  }

  boolean isMounted() {
    return unmounted == null;
  }

  /**
   * Of the process that is down, what it has logged is dropped: who wants to know has to compare.
   */
  void dropLog() throws IOException {
    try (var transaction = store.begin()) {
      transaction.truncateLog(transaction.end());
      transaction.commit(FolderStore.Durability.DISK);
    }
  }

  private void die() {
    if (environment != null) {
      environment.die();
    }
    environment = null;
    watcher = null;
    node = null;
    network.gone(name);
  }

  /** A user writes a file, and the process hears of it. */
  void write(String path, String content) throws IOException {
    user().write(path.getBytes(UTF_8), content.getBytes(UTF_8));
    tell(new Hint.Closed(path.getBytes(UTF_8)));
  }

  /** A user removes what stands there, and the process hears of it. */
  void remove(String path) throws IOException {
    user().remove(path.getBytes(UTF_8));
    tell(new Hint.Touched(path.getBytes(UTF_8)));
  }

  /** Tells the process, if one runs, what a user has done. */
  void tell(Hint hint) {
    if (watcher != null) {
      watcher.tell(hint);
    }
  }

  /** Whether nothing is left to publish. */
  boolean idle() {
    return node != null
        && node.status().folders().stream()
            .allMatch(folder -> folder.state() == NodeStatus.State.IN_SYNC);
  }

  /** What the running process tells its operator. */
  NodeStatus.FolderStatus folder() {
    if (node == null) {
      throw new IllegalStateException("no process runs");
    }
    return node.status().folders().getFirst();
  }

  /** How many changes stand in the log: what does not grow is at rest. */
  long logged() {
    // A halted folder has closed its own.
    return store.backup().end();
  }

  /** The machine is thrown away. */
  void discard() throws IOException {
    die();
    disk.close();
    if (unmounted != null) {
      unmounted.close();
    }
  }

  String status() {
    return node == null ? "down" : node.status().toString();
  }

  // -- what the process stands on

  @Override
  public boolean trial() {
    return false;
  }

  @Override
  public Volume volume(FolderSettings settings) {
    return disk.open(this::step);
  }

  private void step(Operation operation, byte[] path) {
    between.step(this, operation, path);
    if (CHANGES.contains(operation)) {
      // inotify tells of what dirsync does itself, too.
      tell(new Hint.Touched(path));
    }
  }

  @Override
  public Watcher watcher(FolderSettings settings, Volume of) {
    SimEnvironment process = environment;
    if (process == null) {
      throw new IllegalStateException("no process runs");
    }
    watcher = new SimWatcher(scheduler, process.queue("watcher"), unwatched);
    return watcher;
  }

  @Override
  public TransferBounds transferBounds() {
    return transferBounds;
  }

  @Override
  public FolderStore store(FolderSettings settings) {
    if (stored) {
      store = store.afterKill();
    }
    stored = true;
    return store;
  }

  @Override
  public void forget(FolderSettings settings) {
    store = new MemoryFolderStore();
  }

  // -- looking at the disk

  /** What it knows to be there, whoever wrote it. */
  List<Version> liveVersions() {
    List<Version> versions = new ArrayList<>();
    store
        .backup()
        .readLive(
            null,
            entry -> {
              if (entry instanceof Version version) {
                versions.add(version);
              }
              return true;
            });
    return versions;
  }

  /** Everything on the disk, dirsync's own included: path to kind, mode and content. */
  Map<String, String> disk() {
    Map<String, String> found = new TreeMap<>();
    try {
      read("", found);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return found;
  }

  /** What users see: all but dirsync's own. */
  Map<String, String> tree() {
    Map<String, String> tree = disk();
    tree.keySet().removeIf(path -> path.equals(".dirsync") || path.startsWith(".dirsync/"));
    return tree;
  }

  /** What users see, and the conflict area. */
  Map<String, String> treeAndConflicts() {
    Map<String, String> found = disk();
    found
        .keySet()
        .removeIf(path -> path.startsWith(".dirsync/") && !path.startsWith(".dirsync/conflicts/"));
    return found;
  }

  /** What was thrown away. */
  Map<String, String> trash() {
    return below(".dirsync/trash/");
  }

  /** What has lost its name just now. */
  Map<String, String> swapped() {
    return below(".dirsync/swap/");
  }

  /** The contents of files below one of dirsync's own directories. */
  List<String> filesIn(String directory) {
    return below(directory + "/").values().stream()
        .filter(what -> what.startsWith("file"))
        .map(SimUsers::contentOf)
        .toList();
  }

  private Map<String, String> below(String directory) {
    Map<String, String> found = disk();
    found.keySet().removeIf(path -> !path.startsWith(directory));
    return found;
  }

  /** All in which somebody may look for a file: not what texts had once been. */
  Map<String, String> diskButAncestors() {
    Map<String, String> found = disk();
    found.keySet().removeIf(path -> path.startsWith(".dirsync/ancestors/"));
    return found;
  }

  private void read(String directory, Map<String, String> found) throws IOException {
    TreeMap<String, FileStatus> entries = new TreeMap<>();
    for (Volume.Entry entry : disk.list(directory.getBytes(UTF_8))) {
      entries.put(new String(entry.name(), UTF_8), entry.status());
    }
    for (var entry : entries.entrySet()) {
      String path = directory.isEmpty() ? entry.getKey() : directory + "/" + entry.getKey();
      FileStatus status = entry.getValue();
      String mode = Integer.toOctalString(status.mode());
      switch (status.kind()) {
        case DIRECTORY -> {
          found.put(path, "directory " + mode);
          read(path, found);
        }
        case FILE ->
            found.put(
                path, "file " + mode + " " + new String(user().read(path.getBytes(UTF_8)), UTF_8));
        case SYMLINK ->
            found.put(path, "link " + new String(disk.readLink(path.getBytes(UTF_8)), UTF_8));
        case OTHER -> found.put(path, "other");
      }
    }
  }
}
