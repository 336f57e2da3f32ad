package io.dirsync.engine;

import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.FolderStore.Durability;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.fs.Volume;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Proves that the root is the one that the database speaks of: an empty mount point must never be
 * read as everything having been deleted. A marker in the root and the database hold the same
 * random identity, and a generation that both go on from now and then: whichever is behind was
 * restored from an older copy.
 */
final class RootGuard {
  private static final String ROOT_META = "root";
  private static final String REPLICA_META = "replica";
  private static final String GENERATION_META = "generation";
  private static final String ANNOUNCED_META = "generation-announced";

  private static final Logger LOG = LoggerFactory.getLogger(RootGuard.class);
  private static final String NUMBER = "[1-9][0-9]{0,17}";
  private static final Pattern GENERATION = Pattern.compile(NUMBER);

  /** Stands beside the generation that was the first after the root had been set back. */
  private static final String SET_BACK = "set-back-";

  private static final Pattern SET_BACK_MARK = Pattern.compile(SET_BACK + NUMBER);

  private final String folder;
  private final Volume volume;
  private final FolderStore store;
  private final RandomGenerator random;
  private final InstantSource clock;

  /** Makes records and root agree. */
  interface Recovery {
    void run() throws IOException;
  }

  /**
   * @param folder its name, for people
   */
  RootGuard(
      String folder,
      Volume volume,
      FolderStore store,
      RandomGenerator random,
      InstantSource clock) {
    this.folder = folder;
    this.volume = volume;
    this.store = store;
    this.random = random;
    this.clock = clock;
  }

  /**
   * @throws IOException if the root is not there, not the one opened, not the one that the database
   *     knows, or an older copy of it; the message says which, and what to do
   */
  void check() throws IOException {
    checkIdentity();
    if (isRootOlder()) {
      throw new IOException(
          "its root was restored from an older copy; nothing is deleted or sent elsewhere. 'dirsync folder resume "
              + folder
              + " --as-stale' brings it up to date from the peers, 'dirsync folder resume "
              + folder
              + " --as-truth' makes what it holds now the newest everywhere");
    }
  }

  /** As {@link #check}, for a root that may be an older copy. */
  void checkIdentity() throws IOException {
    if (!volume.isRootInPlace()) {
      throw new IOException(
          "its root is gone or another directory stands in its place; nothing is deleted elsewhere, and it goes on when the root is back");
    }
    Optional<byte[]> known = store.meta(ROOT_META);
    if (known.isPresent() && store.totals().files() > 0) {
      Optional<byte[]> marker = marker();
      if (marker.isEmpty() || !Arrays.equals(marker.get(), known.get())) {
        throw new IOException(
            "its root is empty or not the one that was synchronised (the marker "
                + Layout.PRIVATE
                + "/"
                + Layout.MARKER_PREFIX
                + "* "
                + (marker.isEmpty() ? "is missing" : "is another one's")
                + "): is a file system not mounted? Nothing is deleted elsewhere, and it goes on when the root is back");
      }
    }
  }

  /**
   * The identity that the root bears: the name of a directory, so that it is no file to anyone who
   * walks by.
   */
  private Optional<byte[]> marker() throws IOException {
    return names(Layout.PRIVATE).stream()
        .filter(name -> name.startsWith(Layout.MARKER_PREFIX))
        .map(name -> name.substring(Layout.MARKER_PREFIX.length()))
        .map(name -> name.getBytes(StandardCharsets.UTF_8))
        .findFirst();
  }

  private List<String> names(RelativePath directory) throws IOException {
    List<String> found = new ArrayList<>();
    try {
      volume.list(
          directory.bytes(), entry -> found.add(new String(entry.name(), StandardCharsets.UTF_8)));
    } catch (java.nio.file.NoSuchFileException | java.nio.file.NotDirectoryException e) {
      return List.of();
    }
    return found;
  }

  // -- generations
  // -------------------------------------------------------------------------------------

  /** Whether the root is a copy from before what the database knows. */
  boolean isRootOlder() throws IOException {
    return store.totals().files() > 0 && isRootBehind();
  }

  /** The same, whether or not a file is known that would be missed. */
  boolean isRootBehind() throws IOException {
    return rootGeneration() < generation();
  }

  private boolean isDatabaseOlder() throws IOException {
    return Math.max(generation(), announced()) < rootGeneration();
  }

  private long generation() {
    return store.meta(GENERATION_META).map(RootGuard::number).orElse(0L);
  }

  private long announced() {
    return store.meta(ANNOUNCED_META).map(RootGuard::number).orElse(0L);
  }

  private static long number(byte[] digits) {
    return Long.parseLong(new String(digits, StandardCharsets.US_ASCII));
  }

  /**
   * Zero if the root bears none. A copy that was restored over what was there brought a second one
   * along: the older one counts.
   */
  private long rootGeneration() throws IOException {
    Optional<byte[]> marker = marker();
    return marker.isEmpty()
        ? 0
        : generations(markerPath(marker.get())).stream().min(Comparator.naturalOrder()).orElse(0L);
  }

  private List<Long> generations(RelativePath marker) throws IOException {
    return names(marker).stream()
        .filter(name -> GENERATION.matcher(name).matches())
        .map(Long::valueOf)
        .toList();
  }

  private static RelativePath markerPath(byte[] identity) {
    return Layout.marker(new String(identity, StandardCharsets.UTF_8));
  }

  /**
   * Notes in the database that the root is about to begin a generation, which it may then have
   * begun whenever the process ends.
   *
   * @return the generation
   */
  long announce(Transaction transaction) {
    long next = Math.max(generation(), announced()) + 1;
    transaction.setMeta(ANNOUNCED_META, digits(next));
    return next;
  }

  /**
   * Begins an announced generation in the root, unless a later one has begun. Once the volume is
   * synced it is to be recorded, so that the root is never behind.
   */
  synchronized void begin(long generation) throws IOException {
    Optional<byte[]> marker = marker();
    if (marker.isEmpty()) {
      throw new IOException("its marker in " + Layout.PRIVATE + " is gone");
    }
    RelativePath directory = markerPath(marker.get());
    List<Long> present = generations(directory);
    if (present.stream().anyMatch(later -> later > generation)) {
      return;
    }
    byte[] target = directory.child(Long.toString(generation)).bytes();
    if (!present.contains(generation)) {
      volume.mkdir(target, Layout.PRIVATE_MODE);
    }
    for (long earlier : present) {
      if (earlier != generation) {
        volume.rmdir(directory.child(Long.toString(earlier)).bytes());
      }
    }
  }

  static void record(Transaction transaction, long generation) {
    transaction.setMeta(GENERATION_META, digits(generation));
  }

  private static byte[] digits(long generation) {
    return Long.toString(generation).getBytes(StandardCharsets.US_ASCII);
  }

  /** The generation that began when the root had last been set back, zero if it never was. */
  private long setBack() throws IOException {
    Optional<byte[]> marker = marker();
    return marker.isEmpty()
        ? 0
        : setBackMarks(markerPath(marker.get())).stream()
            .map(mark -> Long.valueOf(mark.substring(SET_BACK.length())))
            .max(Comparator.naturalOrder())
            .orElse(0L);
  }

  private List<String> setBackMarks(RelativePath marker) throws IOException {
    return names(marker).stream().filter(name -> SET_BACK_MARK.matcher(name).matches()).toList();
  }

  /**
   * Takes the root as it is, an older copy whose differences are known now, and leaves a mark in it
   * for databases from before this.
   */
  void levelSetBack() throws IOException {
    Optional<byte[]> marker = marker();
    if (marker.isPresent()) {
      RelativePath directory = markerPath(marker.get());
      List<String> before = setBackMarks(directory);
      String mark = SET_BACK + (newest() + 1);
      if (!before.contains(mark)) {
        volume.mkdir(directory.child(mark).bytes(), Layout.PRIVATE_MODE);
      }
      for (String earlier : before) {
        if (!earlier.equals(mark)) {
          volume.rmdir(directory.child(earlier).bytes());
        }
      }
    }
    level();
  }

  /** Takes the root as it is, older or newer than the database knows it. */
  void level() throws IOException {
    long generation = newest() + 1;
    begin(generation);
    volume.sync();
    try (Transaction transaction = store.begin()) {
      record(transaction, generation);
      transaction.commit(Durability.DISK);
    }
  }

  /** The newest generation that database or root know of. */
  private long newest() throws IOException {
    long newest = Math.max(generation(), announced());
    Optional<byte[]> marker = marker();
    if (marker.isPresent()) {
      for (long found : generations(markerPath(marker.get()))) {
        newest = Math.max(newest, found);
      }
    }
    return newest;
  }

  // -- who this is
  // -------------------------------------------------------------------------------------

  /**
   * This folder's replica; a new database begins a new incarnation.
   *
   * @param mark whether the root may be given its marker
   * @param setBack is done if the root was set back, and accepted as that, after the copy was made
   *     that the database is restored from: what it says was shown, users may never have seen
   */
  ReplicaId identify(String node, boolean mark, Recovery setBack) throws IOException {
    // One that bears no generation may be of a process that was killed before it knew of any file.
    boolean lost = mark && store.meta(REPLICA_META).isEmpty() && rootGeneration() > 0;
    if (mark) {
      meet();
      if (store.totals().files() == 0 && isRootBehind()) {
        // Where no file is known, an older copy is as good as any.
        level();
      }
    }
    Optional<byte[]> known = store.meta(REPLICA_META);
    if (known.isPresent()) {
      ReplicaId replica = parse(known.get());
      if (replica.node().equals(node)) {
        return mark ? current(replica, setBack) : replica;
      }
    }
    ReplicaId replica = new ReplicaId(node, random.nextLong());
    try (Transaction transaction = store.begin()) {
      transaction.setMeta(REPLICA_META, format(replica));
      if (lost) {
        DatabaseNote.write(transaction, DatabaseNote.Finding.NEW, clock.millis());
      }
      transaction.commit(Durability.DISK);
    }
    if (lost) {
      LOG.info(
          "the database of {} is new, although its root was in use: it compares with its peers",
          replica);
    }
    if (mark && isDatabaseOlder()) {
      level();
    }
    return replica;
  }

  /** A database without files takes the root that it finds; a root without a marker gets one. */
  private void meet() throws IOException {
    Optional<byte[]> root = store.meta(ROOT_META);
    Optional<byte[]> marker = marker();
    if (root.isPresent() && marker.isPresent() && Arrays.equals(root.get(), marker.get())) {
      return;
    }
    byte[] identity =
        marker.orElseGet(
            () ->
                HexFormat.of().toHexDigits(random.nextLong()).getBytes(StandardCharsets.US_ASCII));
    if (marker.isEmpty()) {
      volume.mkdir(markerPath(identity).bytes(), Layout.PRIVATE_MODE);
    }
    // One that was found may be of a process that was killed before it had this done.
    volume.sync();
    try (Transaction transaction = store.begin()) {
      transaction.setMeta(ROOT_META, identity);
      transaction.commit(Durability.DISK);
    }
  }

  /** A database that is older than the root may have forgotten dots that it gave out since. */
  private ReplicaId current(ReplicaId replica, Recovery setBack) throws IOException {
    ReplicaId current = replica;
    if (isDatabaseOlder()) {
      if (Math.max(generation(), announced()) < setBack()) {
        setBack.run();
      }
      try (Transaction transaction = store.begin()) {
        current = newIncarnation(transaction, replica);
        DatabaseNote.write(transaction, DatabaseNote.Finding.OLDER, clock.millis());
        transaction.commit(Durability.DISK);
      }
      LOG.warn(
          "the database of {} is older than its root: it goes on as {} and compares with its peers",
          replica,
          current);
      level();
    }
    return current;
  }

  /** Begins a new incarnation: peers that read this log must compare. */
  ReplicaId newIncarnation(Transaction transaction, ReplicaId old) {
    ReplicaId replica = new ReplicaId(old.node(), random.nextLong());
    transaction.setMeta(REPLICA_META, format(replica));
    transaction.truncateLog(transaction.end());
    return replica;
  }

  private static byte[] format(ReplicaId replica) {
    return (Long.toHexString(replica.incarnation()) + " " + replica.node())
        .getBytes(StandardCharsets.UTF_8);
  }

  private static ReplicaId parse(byte[] bytes) throws IOException {
    String text = new String(bytes, StandardCharsets.UTF_8);
    int space = text.indexOf(' ');
    try {
      return new ReplicaId(
          text.substring(space + 1), Long.parseUnsignedLong(text.substring(0, space), 16));
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new IOException("the folder's database names no replica: '" + text + "'", e);
    }
  }
}
