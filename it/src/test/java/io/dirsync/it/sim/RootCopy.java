package io.dirsync.it.sim;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dirsync.fs.FileStatus;
import io.dirsync.fs.Volume;
import io.dirsync.it.sim.SimDisk.User;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/** A copy of a whole root, dirsync's own included, as programs for backups make and restore it. */
final class RootCopy {
  /**
   * @param bytes a file's content or a link's target
   */
  private record Entry(byte[] path, FileStatus status, byte[] bytes) {}

  private final List<Entry> entries = new ArrayList<>();

  static RootCopy of(SimDisk disk) throws IOException {
    RootCopy copy = new RootCopy();
    copy.read(disk, "");
    return copy;
  }

  private void read(SimDisk disk, String directory) throws IOException {
    TreeMap<String, FileStatus> found = new TreeMap<>();
    for (Volume.Entry entry : disk.list(directory.getBytes(UTF_8))) {
      found.put(new String(entry.name(), UTF_8), entry.status());
    }
    for (var each : found.entrySet()) {
      String path = directory.isEmpty() ? each.getKey() : directory + "/" + each.getKey();
      byte[] bytes = path.getBytes(UTF_8);
      FileStatus status = each.getValue();
      switch (status.kind()) {
        case DIRECTORY -> {
          entries.add(new Entry(bytes, status, new byte[0]));
          read(disk, path);
        }
        case FILE -> entries.add(new Entry(bytes, status, disk.user().read(bytes)));
        case SYMLINK -> entries.add(new Entry(bytes, status, disk.readLink(bytes)));
        case OTHER -> throw new IOException(path + " is nothing that is copied");
      }
    }
  }

  /** Puts all of it onto an empty disk, with its modes and the times of its files, durably. */
  void restoreTo(SimDisk disk) throws IOException {
    User user = disk.user();
    for (Entry entry : entries) {
      switch (entry.status().kind()) {
        case DIRECTORY -> {
          user.mkdir(entry.path());
          user.setMode(entry.path(), entry.status().mode());
        }
        case SYMLINK -> user.symlink(entry.bytes(), entry.path());
        default -> {
          user.write(entry.path(), entry.bytes());
          user.setMode(entry.path(), entry.status().mode());
          user.setMtime(entry.path(), entry.status().mtimeNanos());
        }
      }
    }
    user.sync();
  }

  /** What tells it from copies made before and after. */
  Set<String> generation() {
    Set<String> names = new HashSet<>();
    for (Entry entry : entries) {
      String path = new String(entry.path(), UTF_8);
      if (path.startsWith(".dirsync/root-")) {
        names.add(path);
      }
    }
    return names;
  }

  /** The generation's number; zero for the one before the first. */
  long number() {
    return generation().stream()
        .map(path -> path.substring(path.lastIndexOf('/') + 1))
        .filter(name -> !name.startsWith("root-"))
        .mapToLong(name -> name.startsWith("set-back-") ? 0 : Long.parseLong(name))
        .max()
        .orElse(0);
  }
}
