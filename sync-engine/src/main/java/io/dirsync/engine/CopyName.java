package io.dirsync.engine;

import io.dirsync.model.RelativePath;
import io.dirsync.model.Version;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.function.Predicate;

/**
 * The name of a conflict copy that becomes a file beside the one that won: {@code
 * page~web2-20261125-130509.html}, the ending kept so that it opens with the same program.
 */
final class CopyName {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuuMMdd-HHmmss", Locale.ROOT).withZone(ZoneOffset.UTC);

  private static final int ATTEMPTS_MAX = 1000;

  private CopyName() {}

  /**
   * @param taken whether a path is in use
   * @throws IllegalStateException if so many names are that no free one was found
   */
  static RelativePath of(Version copy, Predicate<RelativePath> taken) {
    byte[] name = copy.path().name();
    int dot = name.length;
    for (int i = name.length - 1; i > 0 && dot == name.length; i--) {
      dot = name[i] == '.' ? i : dot;
    }
    Instant time = Instant.ofEpochSecond(Math.floorDiv(copy.stamp(), 1_000_000_000L));
    String mark = "~" + copy.dot().replica().node() + "-" + TIME.format(time);
    for (int attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
      byte[] middle = (attempt == 1 ? mark : mark + "-" + attempt).getBytes(StandardCharsets.UTF_8);
      RelativePath path = copy.path().parent().orElseThrow().child(joined(name, dot, middle));
      if (!taken.test(path)) {
        return path;
      }
    }
    throw new IllegalStateException("no name is free beside " + copy.path());
  }

  private static byte[] joined(byte[] name, int dot, byte[] middle) {
    int ending = Math.min(name.length - dot, RelativePath.NAME_BYTES_MAX / 4);
    int stem = Math.min(dot, RelativePath.NAME_BYTES_MAX - middle.length - ending);
    byte[] joined = new byte[stem + middle.length + ending];
    System.arraycopy(name, 0, joined, 0, stem);
    System.arraycopy(middle, 0, joined, stem, middle.length);
    System.arraycopy(name, dot, joined, stem + middle.length, ending);
    return joined;
  }
}
