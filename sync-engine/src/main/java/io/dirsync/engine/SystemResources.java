package io.dirsync.engine;

import io.dirsync.engine.store.FolderStore;
import io.dirsync.engine.store.FolderStores;
import io.dirsync.fs.PosixVolume;
import io.dirsync.fs.Volume;
import io.dirsync.watcher.InotifyWatcher;
import io.dirsync.watcher.PollingWatcher;
import io.dirsync.watcher.Watcher;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Folders on this machine's disks, their databases below one directory. */
public final class SystemResources implements Resources, Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(SystemResources.class);

  /** How long a shared file system is left alone between two looks, unless configured. */
  private static final Duration POLL = Duration.ofSeconds(10);

  private final Path dataDirectory;
  private final FolderStores stores = new FolderStores();

  private final boolean trial;

  public SystemResources(Path dataDirectory) {
    this(dataDirectory, false);
  }

  /**
   * @param trial whether folders' roots are to be left alone
   */
  SystemResources(Path dataDirectory, boolean trial) {
    this.dataDirectory = dataDirectory;
    this.trial = trial;
  }

  @Override
  public boolean trial() {
    return trial;
  }

  @Override
  public Volume volume(FolderSettings settings) throws IOException {
    return PosixVolume.at(settings.root());
  }

  @Override
  public Watcher watcher(FolderSettings settings, Volume volume) throws IOException {
    PosixVolume posix = (PosixVolume) volume;
    Optional<String> shared = posix.sharedFileSystem();
    if (settings.poll().isEmpty() && shared.isEmpty()) {
      return new InotifyWatcher(posix);
    }
    Duration interval = settings.poll().orElse(POLL);
    LOG.info(
        "{}: {} is looked through every {} s{}",
        settings.name(),
        settings.root(),
        interval.toSeconds(),
        shared.map(type -> ": " + type + " does not tell what other machines change").orElse(""));
    return new PollingWatcher(volume, interval);
  }

  @Override
  public FolderStore store(FolderSettings settings) throws IOException {
    return stores.open(dataDirectory.resolve("folders").resolve(settings.name()));
  }

  @Override
  public void forget(FolderSettings settings) throws IOException {
    Path store = dataDirectory.resolve("folders").resolve(settings.name());
    // Under another name first: half of a store is none.
    Path forgotten = store.resolveSibling(settings.name() + ".forgotten");
    delete(forgotten);
    if (Files.exists(store)) {
      Files.move(store, forgotten, StandardCopyOption.ATOMIC_MOVE);
      delete(forgotten);
    }
  }

  private static void delete(Path directory) throws IOException {
    if (Files.exists(directory)) {
      try (Stream<Path> all = Files.walk(directory)) {
        for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(each);
        }
      }
    }
  }

  @Override
  public void close() {
    stores.close();
  }
}
