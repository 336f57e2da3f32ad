package io.dirsync.engine.apply;

import io.dirsync.engine.Layout;
import io.dirsync.fs.FileStatus;
import io.dirsync.fs.Volume;
import io.dirsync.model.RelativePath;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Keeps what was replaced or removed: {@code .dirsync/trash/<date, UTC>/<path>~<time>.<number>}, so
 * that people find a file by its day and name.
 */
public final class Trash {
  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ofPattern("uuuu-MM-dd", Locale.ROOT);
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HHmmss", Locale.ROOT).withZone(ZoneOffset.UTC);

  private final Volume volume;
  private final AtomicLong number = new AtomicLong();

  public Trash(Volume volume) {
    this.volume = volume;
  }

  /**
   * Moves a file there.
   *
   * @param from where it lies now, below the private directory or in the tree
   * @param path the path it was shown at
   * @return where it lies then
   */
  public RelativePath keep(RelativePath from, RelativePath path, Instant now) throws IOException {
    RelativePath day = Layout.TRASH.child(DAY.format(now.atOffset(ZoneOffset.UTC)));
    String suffix = "~" + TIME.format(now) + "." + Long.toHexString(number.incrementAndGet());
    for (int attempt = 0; ; attempt++) {
      RelativePath target = target(day, path, suffix + (attempt == 0 ? "" : "-" + attempt));
      try {
        volume.rename(from.bytes(), target.bytes());
        return target;
      } catch (NoSuchFileException e) {
        if (attempt > 0) {
          throw e;
        }
        Layout.mkdirs(volume, target.parent().orElseThrow());
      } catch (FileAlreadyExistsException e) {
        if (attempt > 100) {
          throw e;
        }
      } catch (FileSystemException e) {
        if (attempt > 0) {
          throw e;
        }
        // A name too long for its suffix or place, or a file where a directory must be: keep it
        // flat.
        Layout.mkdirs(volume, day);
        RelativePath flat = day.child(path.hashCode() + suffix);
        volume.rename(from.bytes(), flat.bytes());
        return flat;
      }
    }
  }

  /**
   * Gives a staged file a name there, durably, so that it has a place before it has one in the
   * tree.
   *
   * @param path where it is to be shown
   * @return where it lies
   */
  public RelativePath add(Volume.StagedFile file, RelativePath path, Instant now)
      throws IOException {
    RelativePath day = Layout.TRASH.child(DAY.format(now.atOffset(ZoneOffset.UTC)));
    String suffix = "~" + TIME.format(now) + ".given-";
    for (int attempt = 0; ; attempt++) {
      RelativePath target = target(day, path, suffix + attempt);
      Layout.mkdirs(volume, target.parent().orElseThrow());
      try {
        file.link(target.bytes());
        volume.sync();
        return target;
      } catch (FileAlreadyExistsException e) {
        if (attempt > 100) {
          throw e;
        }
      }
    }
  }

  private static RelativePath target(RelativePath day, RelativePath path, String suffix) {
    byte[] name = path.name();
    byte[] end = suffix.getBytes(StandardCharsets.UTF_8);
    int kept = Math.min(name.length, RelativePath.NAME_BYTES_MAX - end.length);
    byte[] joined = Arrays.copyOf(name, kept + end.length);
    System.arraycopy(end, 0, joined, kept, end.length);
    RelativePath directory = path.parent().orElseThrow();
    try {
      return directory.moved(RelativePath.ROOT, day).child(joined);
    } catch (IllegalArgumentException tooLong) {
      return day.child(joined);
    }
  }

  /**
   * Removes days that are over for longer than the keep time.
   *
   * @return how many files were removed
   */
  long expire(Instant now, Duration keep) throws IOException {
    LocalDate last = now.minus(keep).atOffset(ZoneOffset.UTC).toLocalDate();
    List<RelativePath> expired = new ArrayList<>();
    volume.list(
        Layout.TRASH.bytes(),
        entry -> {
          String name = new String(entry.name(), StandardCharsets.UTF_8);
          try {
            if (LocalDate.parse(name, DAY).isBefore(last)) {
              expired.add(Layout.TRASH.child(entry.name()));
            }
          } catch (DateTimeParseException notOurs) {
            // Someone's own; it stays.
          }
        });
    long removed = 0;
    for (RelativePath day : expired) {
      removed += removeAll(day);
    }
    return removed;
  }

  private long removeAll(RelativePath directory) throws IOException {
    List<RelativePath> below = new ArrayList<>();
    List<RelativePath> files = new ArrayList<>();
    volume.list(
        directory.bytes(),
        entry -> {
          RelativePath path = directory.child(entry.name());
          if (entry.status().kind() == FileStatus.Kind.DIRECTORY) {
            below.add(path);
          } else {
            files.add(path);
          }
        });
    long removed = files.size();
    for (RelativePath file : files) {
      volume.unlink(file.bytes());
    }
    for (RelativePath path : below) {
      removed += removeAll(path);
    }
    volume.rmdir(directory.bytes());
    return removed;
  }
}
