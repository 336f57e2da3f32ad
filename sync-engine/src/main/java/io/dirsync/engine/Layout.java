package io.dirsync.engine;

import io.dirsync.fs.Volume;
import io.dirsync.model.RelativePath;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;

/**
 * The names below a folder's root that are dirsync's own. Nothing below {@link #PRIVATE} is ever
 * synchronised.
 */
public final class Layout {
  public static final RelativePath PRIVATE = RelativePath.of(".dirsync");
  public static final RelativePath STAGING = PRIVATE.child("staging");

  /**
   * Where the two sides of an exchange meet; what lies here after a crash may be someone's local
   * write.
   */
  public static final RelativePath SWAP = PRIVATE.child("swap");

  public static final RelativePath TRASH = PRIVATE.child("trash");
  public static final RelativePath CONFLICTS = PRIVATE.child("conflicts");

  /** Former contents of text files, by their hash. */
  public static final RelativePath ANCESTORS = PRIVATE.child("ancestors");

  /** Files written here tell how far the watcher has come. */
  public static final RelativePath COOKIES = PRIVATE.child("cookies");

  /**
   * A directory whose name says which root this is; what follows the prefix stands in the database
   * too.
   */
  static final String MARKER_PREFIX = "root-";

  static final int PRIVATE_MODE = 0700;

  private Layout() {}

  static RelativePath marker(String identity) {
    return PRIVATE.child(MARKER_PREFIX + identity);
  }

  /** Whether the path is dirsync's own. */
  public static boolean isPrivate(RelativePath path) {
    return path.equals(PRIVATE) || path.isBelow(PRIVATE);
  }

  /** Makes the private directories that are missing. */
  public static void create(Volume volume) throws IOException {
    for (RelativePath directory :
        new RelativePath[] {PRIVATE, STAGING, SWAP, TRASH, CONFLICTS, COOKIES}) {
      mkdir(volume, directory);
    }
  }

  /** Makes a directory below the private one, with those above it. */
  public static void mkdirs(Volume volume, RelativePath directory) throws IOException {
    if (volume.stat(directory.bytes()).isPresent()) {
      return;
    }
    var parent = directory.parent();
    if (parent.isPresent() && !parent.get().isRoot()) {
      mkdirs(volume, parent.get());
    }
    mkdir(volume, directory);
  }

  private static void mkdir(Volume volume, RelativePath directory) throws IOException {
    try {
      volume.mkdir(directory.bytes(), PRIVATE_MODE);
    } catch (FileAlreadyExistsException e) {
      // As it should be.
    }
  }
}
