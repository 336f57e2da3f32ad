package io.dirsync.fs;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardOpenOption.READ;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What a volume has changed since it was last made durable: java.nio cannot flush a file system, so
 * each file and directory is forced by itself.
 */
final class NioUnsynced {
  /** More than that are forced at once, so that memory stays bounded. */
  private static final int PATHS_MAX = 10_000;

  private final Set<Path> paths = new HashSet<>();
  private final Set<NioStagedFile> staged = new HashSet<>();

  /** Notes that a name was made, or is gone, in the directory that holds the file. */
  void namesChanged(Path file) throws IOException {
    Path directory = file.getParent();
    if (directory != null) {
      changed(directory);
    }
  }

  /** Notes a file whose attributes, or a directory whose names have changed. */
  void changed(Path path) throws IOException {
    boolean full;
    synchronized (this) {
      paths.add(path);
      full = paths.size() >= PATHS_MAX;
    }
    if (full) {
      force();
    }
  }

  /** Notes that a path, and what lies below it if it is a directory, is found elsewhere now. */
  synchronized void moved(Path from, Path to, boolean directory) {
    staged.forEach(file -> file.moved(from, to));
    if (!directory) {
      if (paths.remove(from)) {
        paths.add(to);
      }
      return;
    }
    List<Path> below = paths.stream().filter(path -> path.startsWith(from)).toList();
    for (Path path : below) {
      paths.remove(path);
      paths.add(path.equals(from) ? to : to.resolve(from.relativize(path)));
    }
  }

  synchronized void opened(NioStagedFile file) {
    staged.add(file);
  }

  synchronized void closed(NioStagedFile file) {
    staged.remove(file);
  }

  /** Makes all of it durable. What fails stays noted. */
  void force() throws IOException {
    List<NioStagedFile> files;
    List<Path> changed;
    synchronized (this) {
      files = List.copyOf(staged);
      changed = new ArrayList<>(paths);
    }
    // Content before names: a name must not be durable when what it stands for is not.
    for (NioStagedFile file : files) {
      file.syncIfOpen();
    }
    for (Path path : changed) {
      // Struck out before it is forced: a change that comes meanwhile notes it again.
      synchronized (this) {
        paths.remove(path);
      }
      try {
        forceIfPossible(path);
      } catch (IOException e) {
        synchronized (this) {
          paths.add(path);
        }
        throw e;
      }
    }
  }

  /** Removed meanwhile, no right to read it, or a system whose directories cannot be opened. */
  private static void forceIfPossible(Path path) throws IOException {
    FileChannel channel;
    try {
      if (!Files.isDirectory(path, NOFOLLOW_LINKS) && !Files.isRegularFile(path, NOFOLLOW_LINKS)) {
        return;
      }
      channel = FileChannel.open(path, READ, NOFOLLOW_LINKS);
    } catch (IOException | UnsupportedOperationException cannotBeForced) {
      return;
    }
    try (channel) {
      channel.force(true);
    }
  }
}
