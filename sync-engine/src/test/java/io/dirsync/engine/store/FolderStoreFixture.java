package io.dirsync.engine.store;

import static io.dirsync.engine.store.Samples.path;
import static org.assertj.core.api.Assertions.assertThat;

import io.dirsync.engine.store.FolderStore.Durability;
import io.dirsync.engine.store.FolderStore.LogRecord;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.model.Dot;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.VersionVector;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A store to be tested, and words to say things about it. */
interface FolderStoreFixture {
  /** With nothing in it when the test begins. */
  FolderStore store();

  /** Goes on with the store as the next process finds it. */
  void reopen() throws IOException;

  interface Work {
    void in(Transaction transaction) throws IOException;
  }

  default void commit(Work work) throws IOException {
    try (Transaction transaction = store().begin()) {
      work.in(transaction);
      transaction.commit(Durability.PROCESS);
    }
  }

  default List<String> children(String directory) {
    RelativePath path = directory.isEmpty() ? RelativePath.ROOT : path(directory);
    List<String> names = new ArrayList<>();
    store().children(path, record -> names.add(record.path().toString()));
    return names;
  }

  default List<RelativePath> below(RelativePath directory) {
    List<RelativePath> paths = new ArrayList<>();
    store().below(directory, record -> paths.add(record.path()));
    return paths;
  }

  default List<LogRecord> log(long after) {
    List<LogRecord> entries = new ArrayList<>();
    store().readLog(after, entries::add);
    return entries;
  }

  default List<LiveEntry> live(@Nullable Dot after) {
    List<LiveEntry> entries = new ArrayList<>();
    store().readLive(after, entries::add);
    return entries;
  }

  static Set<Dot> dots(List<? extends LiveEntry> entries) {
    Set<Dot> dots = new HashSet<>();
    entries.forEach(entry -> assertThat(dots.add(entry.dot())).isTrue());
    return dots;
  }

  static VersionVector vector(Dot... dots) {
    TreeMap<ReplicaId, Long> counters = new TreeMap<>();
    for (Dot dot : dots) {
      counters.put(dot.replica(), dot.counter());
    }
    return new VersionVector(counters);
  }
}
