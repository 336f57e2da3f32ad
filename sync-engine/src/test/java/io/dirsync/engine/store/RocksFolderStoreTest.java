package io.dirsync.engine.store;

import static io.dirsync.engine.store.Samples.A;
import static io.dirsync.engine.store.Samples.a;
import static io.dirsync.engine.store.Samples.file;
import static io.dirsync.engine.store.Samples.path;
import static io.dirsync.engine.store.Samples.removed;
import static io.dirsync.engine.store.Samples.shown;
import static io.dirsync.engine.store.Samples.version;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dirsync.engine.store.FolderStore.Durability;
import io.dirsync.engine.store.FolderStore.LogRecord;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.model.Dot;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.RelativePath;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

final class RocksFolderStoreTest extends FolderStoreContractTest {
  private final Path directory;
  private final Path place;

  RocksFolderStoreTest(@TempDir Path directory) {
    this.directory = directory;
    this.place = directory.resolve("store");
  }

  @Override
  FolderStore fresh() throws IOException {
    return RocksFolderStore.open(place);
  }

  @Override
  FolderStore reopened() throws IOException {
    store.close();
    return fresh();
  }

  private static void copyFiles(Path from, Path to) throws IOException {
    Files.createDirectory(to);
    try (DirectoryStream<Path> files = Files.newDirectoryStream(from)) {
      for (Path file : files) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }

  private Path only(String glob) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(place, glob)) {
      List<Path> found = new ArrayList<>();
      files.forEach(found::add);
      assertThat(found).isNotEmpty();
      return found.getFirst();
    }
  }

  @Test
  void whatIsInItIsForItsOwnerOnly() throws IOException {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(place)))
        .isEqualTo("rwx------");
  }

  @Test
  void aCopyMadeWhileItIsOpenIsTheStoreAsAKillWouldLeaveIt() throws IOException {
    Dot handedOut;
    commit(transaction -> transaction.put(version(a(1), "x")));
    try (Transaction open = store.begin()) {
      handedOut = open.nextDot(A);
      open.put(version(a(2), "y"));
      Path copy = directory.resolve("copy");
      copyFiles(place, copy);
      try (FolderStore found = RocksFolderStore.open(copy);
          Transaction next = found.begin()) {
        assertThat(found.live().get(a(1))).isPresent();
        assertThat(found.live().get(a(2))).isEmpty();
        assertThat(next.nextDot(A)).isGreaterThan(handedOut);
      }
    }
  }

  @Test
  void aKilledProcessLosesNothingThatItCommitted() throws Exception {
    store.close();
    try (StoreProcess process = StoreProcess.start(directory, "commit", place)) {
      assertThat(process.line()).isEqualTo("committed");
      process.kill();
    }
    store = fresh();
    assertThat(store.end()).isEqualTo(StoreProcess.COMMITS);
    assertThat(store.totals().files()).isEqualTo(StoreProcess.COMMITS);
  }

  @Test
  void aStoreThatIsOpenIsRefusedHereAndInAnotherProcess() throws Exception {
    assertThatThrownBy(this::fresh)
        .isInstanceOf(IOException.class)
        .hasMessage("another dirsync is using " + place);
    try (StoreProcess process = StoreProcess.start(directory, "open", place)) {
      assertThat(process.line()).isEqualTo("another dirsync is using " + place);
    }
    store.close();
    try (StoreProcess process = StoreProcess.start(directory, "open", place)) {
      assertThat(process.line()).isEqualTo("open");
      assertThatThrownBy(this::fresh)
          .isInstanceOf(IOException.class)
          .hasMessage("another dirsync is using " + place);
    }
    store = fresh();
  }

  @Test
  void afterAFailedWriteNothingIsWrittenAndEverythingCanBeRead() throws Exception {
    store.close();
    try (StoreProcess process = StoreProcess.startWithSmallFiles(directory, "fail", place)) {
      assertThat(process.line()).startsWith("cannot write to the store " + place);
      assertThat(process.line())
          .startsWith("the store " + place + " takes no changes since a write failed");
      assertThat(process.line()).isEqualTo("end 1");
      assertThat(process.line()).isEqualTo("closed");
    }
    store = fresh();
    assertThat(store.end()).isEqualTo(1);
    assertThat(store.record(path("f"))).isEqualTo(shown("f", file(1, 1)));
    commit(transaction -> assertThat(transaction.append(removed(a(2)), null, 2)).isEqualTo(2));
  }

  @Test
  void aStoreOfANewerDirsyncIsRefused() throws Exception {
    store.close();
    try (Options options = new Options()) {
      List<ColumnFamilyDescriptor> families = new ArrayList<>();
      for (byte[] name : RocksDB.listColumnFamilies(options, place.toString())) {
        families.add(new ColumnFamilyDescriptor(name));
      }
      List<ColumnFamilyHandle> handles = new ArrayList<>();
      try (RocksDB rocks = RocksDB.open(place.toString(), families, handles)) {
        rocks.put(Keys.FORMAT, StoreCodec.number(2));
        handles.forEach(ColumnFamilyHandle::close);
      }
    }
    assertThatThrownBy(this::fresh)
        .isInstanceOf(IOException.class)
        .hasMessage(
            "the store "
                + place
                + " was written by a newer dirsync (format 2; this one knows 1):"
                + " update dirsync to use it");
  }

  @Test
  void aStoreWithPartsOfANewerDirsyncIsRefused() throws Exception {
    store.close();
    addFamily("weather");
    assertThatThrownBy(this::fresh)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("was written by a newer dirsync (it has a part 'weather')");
  }

  private void addFamily(String name) throws RocksDBException {
    List<ColumnFamilyDescriptor> families = new ArrayList<>();
    for (Table.Space space : Table.Space.values()) {
      families.add(new ColumnFamilyDescriptor(space.familyName().getBytes(StandardCharsets.UTF_8)));
    }
    List<ColumnFamilyHandle> handles = new ArrayList<>();
    try (RocksDB rocks = RocksDB.open(place.toString(), families, handles)) {
      rocks
          .createColumnFamily(new ColumnFamilyDescriptor(name.getBytes(StandardCharsets.UTF_8)))
          .close();
      handles.forEach(ColumnFamilyHandle::close);
    }
  }

  @Test
  void aDamagedStoreSaysWhatToDo() throws IOException {
    commit(transaction -> transaction.put(version(a(1), "x")));
    store.close();
    overwrite(only("MANIFEST-*"));
    assertThatThrownBy(this::fresh)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("the store " + place + " is damaged")
        .hasMessageContaining("Move that directory away and start again");
  }

  @Test
  void aStoreThatLostItsBeginningIsNotTakenForAFreshOne() throws IOException {
    store.close();
    Files.delete(place.resolve("CURRENT"));
    assertThatThrownBy(this::fresh)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("is damaged")
        .hasMessageContaining("CURRENT is missing");
  }

  private static void overwrite(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[(int) Math.min(channel.size(), 100)]), 10);
    }
  }

  @Test
  void aDamagedRowSaysWhatKindItWas() throws Exception {
    commit(transaction -> transaction.put(shown("x", file(1, 1))));
    store.close();
    List<ColumnFamilyDescriptor> families = new ArrayList<>();
    for (Table.Space space : Table.Space.values()) {
      families.add(new ColumnFamilyDescriptor(space.familyName().getBytes(StandardCharsets.UTF_8)));
    }
    List<ColumnFamilyHandle> handles = new ArrayList<>();
    try (RocksDB rocks = RocksDB.open(place.toString(), families, handles)) {
      rocks.put(Keys.record(path("x")), new byte[] {1, 1});
      handles.forEach(ColumnFamilyHandle::close);
    }
    store = fresh();
    assertThatThrownBy(() -> store.record(path("x")))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("a path record in the store is damaged: it ends too early");
  }

  @Test
  void aStoreFromBeforeConflictsWereCountedCountsThemWhenItIsOpened() throws Exception {
    commit(
        transaction -> {
          for (String name : List.of("x", "d/y")) {
            transaction.put(
                new PathRecord(
                    path(name),
                    null,
                    null,
                    List.of(
                        Samples.copy(a(1), file(4, 7), "c/1"),
                        Samples.copy(a(2), file(5, 7), "c/2"))));
          }
        });
    store.close();
    List<ColumnFamilyDescriptor> families = new ArrayList<>();
    for (Table.Space space : Table.Space.values()) {
      families.add(new ColumnFamilyDescriptor(space.familyName().getBytes(StandardCharsets.UTF_8)));
    }
    List<ColumnFamilyHandle> handles = new ArrayList<>();
    try (RocksDB rocks = RocksDB.open(place.toString(), families, handles)) {
      assertThat(rocks.get(Keys.CONFLICTS)).isNotNull();
      rocks.delete(Keys.CONFLICTS);
      handles.forEach(ColumnFamilyHandle::close);
    }
    store = fresh();
    assertThat(store.totals()).isEqualTo(new FolderStore.Totals(0, 0, 4, 2));
    commit(transaction -> transaction.put(PathRecord.empty(path("x"))));
    store = reopened();
    assertThat(store.totals()).isEqualTo(new FolderStore.Totals(0, 0, 2, 1));
  }

  @Test
  void aDirectoryThatCannotBeMadeIsRefused() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    assertThatThrownBy(() -> RocksFolderStore.open(file.resolve("store")))
        .isInstanceOf(IOException.class);
  }

  @Test
  void storesOfOneProcessAreApartAndMayOutliveWhatOpenedThem() throws IOException {
    FolderStores stores = new FolderStores();
    try (RocksFolderStore two = stores.open(directory.resolve("some/two"))) {
      try (RocksFolderStore one = stores.open(directory.resolve("some/one"));
          Transaction transaction = one.begin();
          Transaction other = two.begin()) {
        stores.close();
        stores.close();
        assertThatThrownBy(() -> stores.open(directory.resolve("some/three")))
            .isInstanceOf(IllegalStateException.class);
        transaction.put(version(a(1), "x"));
        transaction.commit(Durability.DISK);
        other.commit(Durability.PROCESS);
        assertThat(two.live().get(a(1))).isEmpty();
      }
      assertThat(two.end()).isZero();
    }
  }

  @Test
  void closingEndsSnapshotsAndTransactions() throws IOException {
    commit(transaction -> transaction.put(version(a(1), "x")));
    FolderStore.LiveSnapshot snapshot = store.snapshot();
    Transaction open = store.begin();
    store.close();
    assertThatThrownBy(() -> snapshot.read(null, _ -> true))
        .isInstanceOf(IllegalStateException.class);
    snapshot.close();
    assertThatThrownBy(() -> open.at(path("x"))).isInstanceOf(IllegalStateException.class);
    open.close();
  }

  @Test
  void aStoreIsNotClosedByWhoIsReadingFromIt() throws IOException {
    commit(transaction -> transaction.put(shown("x", file(1, 1))));
    assertThatThrownBy(
            () ->
                store.children(
                    RelativePath.ROOT,
                    _ -> {
                      try {
                        store.close();
                      } catch (IOException e) {
                        throw new UncheckedIOException(e);
                      }
                    }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("from within a read");
    assertThat(store.end()).isZero();
  }

  @Test
  void readersNeverSeeHalfACommit() throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    try (ExecutorService readers = Executors.newSingleThreadExecutor()) {
      Future<Integer> reads =
          readers.submit(
              () -> {
                int rounds = 0;
                while (!done.get() || rounds == 0) {
                  rounds++;
                  Map<Dot, LiveEntry> seen = new HashMap<>();
                  try (FolderStore.LiveSnapshot snapshot = store.snapshot()) {
                    snapshot.read(null, entry -> seen.put(entry.dot(), entry) == null);
                    long round = snapshot.sequence();
                    assertThat(seen).hasSize(round == 0 ? 0 : 10);
                    assertThat(snapshot.vector().counter(A)).isEqualTo(round * 10);
                    assertThat(seen.keySet()).allMatch(dot -> dot.counter() > (round - 1) * 10);
                  }
                }
                return rounds;
              });
      for (int round = 1; round <= 200; round++) {
        long last = round * 10L;
        long sequence = round;
        commit(
            transaction -> {
              for (long n = last - 9; n <= last; n++) {
                transaction.put(version(a(n), "f" + n % 10));
                if (n > 10) {
                  transaction.remove(a(n - 10));
                }
              }
              transaction.cover(a(last));
              assertThat(transaction.append(removed(a(last)), null, 0)).isEqualTo(sequence);
            });
      }
      done.set(true);
      assertThat(reads.get(30, TimeUnit.SECONDS)).isPositive();
    }
  }

  @Test
  void whatWasFlushedToFilesIsFoundAsWellAsWhatIsBuffered() throws IOException {
    int files = 20_000;
    for (int from = 0; from < files; from += 500) {
      int first = from;
      commit(
          transaction -> {
            for (int i = first; i < first + 500; i++) {
              RelativePath path = path("d%02d/f%05d".formatted(i % 40, i));
              transaction.put(version(a(i + 1), path));
              transaction.put(shown(path, file(i, 3), a(i + 1)));
              transaction.markDirty(path);
              transaction.append(Samples.added(version(a(i + 1), path)), null, i);
            }
            transaction.cover(a(first + 500));
          });
      if (from % 5_000 == 0) {
        store = reopened();
      }
    }
    assertThat(store.totals()).isEqualTo(new FolderStore.Totals(files, 3L * files, 0, 0));
    List<PathRecord> children = new ArrayList<>();
    store.children(path("d07"), children::add);
    assertThat(children).hasSize(files / 40);
    for (int i = 0; i < files; i += 997) {
      assertThat(store.locations(Samples.hash(i), 9)).hasSize(1);
      assertThat(store.live().get(a(i + 1))).isPresent();
    }
    assertThat(store.locations(Samples.hash(files), 9)).isEmpty();
    commit(transaction -> transaction.truncateLog(files - 1));
    List<LogRecord> log = new ArrayList<>();
    store.readLog(0, log::add);
    assertThat(log).extracting(LogRecord::sequence).containsExactly((long) files);

    List<RelativePath> page = store.dirty(null, 1_000);
    while (!page.isEmpty()) {
      List<RelativePath> done = page;
      commit(transaction -> done.forEach(transaction::clearDirty));
      page = store.dirty(null, 1_000);
    }
    commit(transaction -> transaction.markDirty(path("a")));
    assertThat(store.dirty(null, 9)).containsExactly(path("a"));
  }

  /** Files that are written again and again; the log is kept for a while, as for peers. */
  private void churn(int rounds) throws IOException {
    int files = 500;
    int writes = 2_000;
    for (int round = 0; round < rounds; round++) {
      commit(
          transaction -> {
            for (int i = 0; i < writes; i++) {
              Dot dot = transaction.nextDot(A);
              RelativePath path =
                  path("directory/" + "x".repeat(200) + '-' + dot.counter() % files);
              transaction.cover(dot);
              for (LiveEntry before : transaction.at(path)) {
                transaction.remove(before.dot());
              }
              LiveEntry written = version(dot, path);
              transaction.put(written);
              transaction.put(shown(path, file(dot.counter() * 0x9e3779b97f4a7c15L, 10), dot));
              transaction.append(Samples.added(written), null, dot.counter());
            }
            transaction.truncateLog(transaction.end() - 1_000);
          });
    }
  }

  private long bytesOnDisk() throws IOException {
    long sum = 0;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(place)) {
      for (Path file : files) {
        sum += Files.size(file);
      }
    }
    return sum;
  }

  @Test
  void whatIsWrittenOverAgainAndAgainDoesNotMakeItGrowForEver() throws IOException {
    long before = 0;
    for (int i = 0; i < 4; i++) {
      churn(10);
      before = Math.max(before, bytesOnDisk());
    }
    // Three times as much again.
    churn(120);
    assertThat(bytesOnDisk()).isLessThan(before + (before >> 2));
    store = reopened();
    assertThat(bytesOnDisk()).as("without its write-ahead log").isLessThan(before);
    assertThat(store.totals().files()).isEqualTo(500);
  }

  @Test
  void aTransactionThatChangesNothingWritesNothing() throws IOException {
    try (Transaction transaction = store.begin()) {
      transaction.markDirty(path("a"));
      transaction.commit(Durability.DISK);
    }
    long before = Files.size(only("*.log"));
    try (Transaction transaction = store.begin()) {
      transaction.clearDirty(path("b"));
      transaction.commit(Durability.PROCESS);
    }
    assertThat(Files.size(only("*.log"))).isEqualTo(before);
  }
}
