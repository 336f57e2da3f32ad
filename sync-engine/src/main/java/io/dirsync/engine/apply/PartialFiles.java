package io.dirsync.engine.apply;

import io.dirsync.engine.Layout;
import io.dirsync.fs.Volume;
import io.dirsync.fs.Volume.StagedFile;
import io.dirsync.model.ContentHash;
import io.dirsync.model.RelativePath;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Large contents that have come in part: in the staging directory, under a name by the content's
 * hash, written from the beginning on without a gap, but for what was being made when a process was
 * killed ({@link Assembly#WAVE_BYTES}). Nothing in them is trusted: who goes on reads them, and the
 * whole is checked before it gets its name. One that is whole is called otherwise: while it waits
 * to be published, the same content may be wanted and fetched again.
 */
public final class PartialFiles {
  private static final Logger LOG = LoggerFactory.getLogger(PartialFiles.class);
  private static final String PART = "part-";
  private static final String WHOLE = "whole-";

  /** More of one content do not wait at once. */
  private static final int WHOLE_MAX = 1_000;

  /** What nobody has gone on with for that long is wanted no more. */
  private static final Duration KEEP = Duration.ofDays(1);

  private PartialFiles() {}

  /** What has come of a content, to go on with; empty if nothing has. */
  static StagedFile open(Volume volume, ContentHash hash) throws IOException {
    return volume.stageAt(path(hash).bytes());
  }

  private static RelativePath path(ContentHash hash) {
    return Layout.STAGING.child(PART + hash);
  }

  /** Nothing is missing any more: who opens the content from now on begins another file. */
  static void complete(StagedFile part, ContentHash hash) throws IOException {
    for (int number = 1; ; number++) {
      try {
        part.moveTo(Layout.STAGING.child(WHOLE + hash + "-" + number).bytes());
        return;
      } catch (FileAlreadyExistsException e) {
        if (number == WHOLE_MAX) {
          throw e;
        }
      }
    }
  }

  /**
   * After the process ended: makes a whole file a part again, to go on with.
   *
   * @return whether it is kept
   */
  public static boolean keep(Volume volume, RelativePath path, Instant now) throws IOException {
    String name = name(path);
    int end = name.lastIndexOf('-');
    if (!name.startsWith(WHOLE) || end < WHOLE.length()) {
      return is(path);
    }
    RelativePath part = Layout.STAGING.child(PART + name.substring(WHOLE.length(), end));
    // It may have been given what it was to have already: see giveUp.
    volume.setMode(path.bytes(), 0600);
    volume.setMtime(path.bytes(), nanos(now));
    try {
      volume.rename(path.bytes(), part.bytes());
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    }
  }

  /**
   * A whole file that is not given a name after all becomes a part again, to go on with: nothing of
   * it has to come once more. One that has a name, or was too small to be kept, is not touched.
   */
  static void giveUp(StagedFile file, ContentHash hash, Instant now) {
    if (file.isSuspendable()) {
      try {
        // What it was to have may keep one from opening it, or make it look as old as it is to be.
        file.setMode(0600);
        file.setMtime(nanos(now));
        file.moveTo(path(hash).bytes());
        file.suspend();
      } catch (IOException e) {
        // It comes again: the same has come in part already, or the disk fails.
        LOG.debug("the content {} is not kept: {}", hash, e.toString());
      }
    }
  }

  private static long nanos(Instant now) {
    return now.getEpochSecond() * 1_000_000_000L + now.getNano();
  }

  /**
   * The same of a file that stands at a path by now, and had its name for a moment at most.
   *
   * @param from where it stands now
   */
  static void putBack(Volume volume, RelativePath from, ContentHash hash, Instant now)
      throws IOException {
    volume.setMode(from.bytes(), 0600);
    volume.setMtime(from.bytes(), nanos(now));
    try {
      volume.rename(from.bytes(), path(hash).bytes());
    } catch (FileAlreadyExistsException e) {
      volume.unlink(from.bytes());
    }
  }

  /** Whether a path in the staging directory is one of these. */
  private static boolean is(RelativePath path) {
    return name(path).startsWith(PART);
  }

  /** Bytes of others' names that are not ASCII are kept apart from all that are. */
  private static String name(RelativePath path) {
    return new String(path.name(), StandardCharsets.ISO_8859_1);
  }

  /** Removes those that were not gone on with. */
  public static void expire(Volume volume, Instant now) throws IOException {
    long oldest = now.minus(KEEP).getEpochSecond() * 1_000_000_000L;
    List<RelativePath> old = new ArrayList<>();
    volume.list(
        Layout.STAGING.bytes(),
        entry -> {
          RelativePath path = Layout.STAGING.child(entry.name());
          if (is(path) && entry.status().mtimeNanos() < oldest) {
            old.add(path);
          }
        });
    for (RelativePath path : old) {
      try {
        volume.unlink(path.bytes());
      } catch (FileSystemException e) {
        LOG.warn("{} is not dirsync's and stays: {}", path, e.toString());
      }
    }
  }
}
