package io.dirsync.watcher;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.dirsync.fs.FileStatus;
import io.dirsync.fs.Volume;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Knows of a tree only what hints made it look at. If hints are complete and their paths right, it
 * ends up with what is there.
 */
final class TreeFollower implements Consumer<Hint> {
  private static final char AFTER_SLASH = '/' + 1;

  private final Volume volume;
  private final NavigableMap<String, String> known = new TreeMap<>();
  private final List<String> heard = new ArrayList<>();

  TreeFollower(Volume volume) {
    this.volume = volume;
  }

  /** What the tree is now, by path: kind, inode, size and permissions. */
  static NavigableMap<String, String> actual(Volume volume) {
    TreeFollower all = new TreeFollower(volume);
    all.rescan("");
    return all.known;
  }

  synchronized NavigableMap<String, String> known() {
    return new TreeMap<>(known);
  }

  /** The hints so far, in words. */
  synchronized List<String> heard() {
    return List.copyOf(heard);
  }

  synchronized void rescan(String directory) {
    forget(directory);
    look(directory);
    List<String> directories = new ArrayList<>();
    try {
      volume.list(
          bytes(directory),
          entry -> {
            String path = join(directory, new String(entry.name(), ISO_8859_1));
            known.put(path, stamp(entry.status()));
            if (entry.status().kind() == FileStatus.Kind.DIRECTORY) {
              directories.add(path);
            }
          });
    } catch (NoSuchFileException | NotDirectoryException e) {
      return;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    directories.forEach(this::rescan);
  }

  @Override
  public synchronized void accept(Hint hint) {
    heard.add(text(hint));
    switch (hint) {
      case Hint.Touched(byte[] path) -> look(text(path));
      case Hint.Closed(byte[] path) -> look(text(path));
      case Hint.Moved(byte[] from, byte[] to, boolean directory) ->
          moved(text(from), text(to), directory);
      case Hint.Rescan(byte[] directory) -> rescan(text(directory));
      case Hint.Overflow _ -> rescan("");
      case Hint.RootGone _ -> {}
    }
  }

  private void moved(String from, String to, boolean directory) {
    if (directory) {
      rescan(to);
    }
    look(from);
    look(to);
  }

  private void look(String path) {
    if (path.isEmpty()) {
      return;
    }
    String stamp = stampAt(path);
    if (stamp == null) {
      forget(path);
    } else {
      known.put(path, stamp);
      if (!stamp.startsWith("DIRECTORY")) {
        known.subMap(path + '/', path + AFTER_SLASH).clear();
      }
    }
  }

  private void forget(String path) {
    if (path.isEmpty()) {
      known.clear();
    } else {
      known.remove(path);
      known.subMap(path + '/', path + AFTER_SLASH).clear();
    }
  }

  private @Nullable String stampAt(String path) {
    try {
      Optional<FileStatus> status = volume.stat(bytes(path));
      return status.map(TreeFollower::stamp).orElse(null);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String stamp(FileStatus status) {
    boolean directory = status.kind() == FileStatus.Kind.DIRECTORY;
    return status.kind()
        + " "
        + status.inode()
        + " "
        + (directory ? "" : status.sizeBytes() + " ")
        + Integer.toOctalString(status.mode());
  }

  static String text(Hint hint) {
    return switch (hint) {
      case Hint.Touched(var path) -> "touched " + text(path);
      case Hint.Closed(var path) -> "closed " + text(path);
      case Hint.Moved(var from, var to, var directory) ->
          "moved " + (directory ? "tree " : "") + text(from) + " to " + text(to);
      case Hint.Rescan(var directory) -> "rescan " + text(directory);
      case Hint.Overflow() -> "overflow";
      case Hint.RootGone() -> "root gone";
    };
  }

  private static String join(String directory, String name) {
    return directory.isEmpty() ? name : directory + '/' + name;
  }

  private static String text(byte[] path) {
    return new String(path, ISO_8859_1);
  }

  private static byte[] bytes(String path) {
    return path.getBytes(ISO_8859_1);
  }
}
