package io.dirsync.engine.apply;

import io.dirsync.engine.Layout;
import io.dirsync.model.ConflictCopy;
import io.dirsync.model.RelativePath;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Where conflict copies lie: {@code .dirsync/conflicts/<path>@<node>.<counter>}, never beside the
 * file.
 */
final class ConflictArea {
  private ConflictArea() {}

  /**
   * The place of a copy; the same copy has the same place always. A name too long for it is cut.
   */
  static RelativePath file(ConflictCopy copy) {
    var dot = copy.dot();
    String incarnation = Long.toHexString(dot.replica().incarnation());
    byte[] end =
        ("@"
                + dot.replica().node()
                + "."
                + incarnation.substring(0, Math.min(4, incarnation.length()))
                + "."
                + dot.counter())
            .getBytes(StandardCharsets.UTF_8);
    byte[] name = copy.path().name();
    int kept = Math.max(0, Math.min(name.length, RelativePath.NAME_BYTES_MAX - end.length));
    byte[] joined = Arrays.copyOf(name, kept + end.length);
    System.arraycopy(end, 0, joined, kept, end.length);
    RelativePath directory = copy.path().parent().orElseThrow();
    try {
      return directory.moved(RelativePath.ROOT, Layout.CONFLICTS).child(joined);
    } catch (IllegalArgumentException tooLong) {
      return Layout.CONFLICTS.child(Integer.toHexString(directory.hashCode()) + "~").child(joined);
    }
  }
}
