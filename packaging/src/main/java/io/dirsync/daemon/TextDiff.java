package io.dirsync.daemon;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.jgit.diff.DiffFormatter;
import org.eclipse.jgit.diff.EditList;
import org.eclipse.jgit.diff.HistogramDiff;
import org.eclipse.jgit.diff.RawText;
import org.eclipse.jgit.diff.RawTextComparator;

/** Two texts compared line by line. */
final class TextDiff {
  /** Longer files are not compared: the answer must stay within one line of the admin socket. */
  static final int BYTES_MAX = 1 << 20;

  private TextDiff() {}

  /** What came of it. */
  sealed interface Result {
    /** The lines of a unified diff; none if the texts are equal. */
    record Lines(List<String> lines) implements Result {}

    /** They cannot be compared. */
    record Not(String reason) implements Result {}
  }

  /** Compares two contents, of which each may be cut at {@link #BYTES_MAX} and one more. */
  static Result compare(String oldName, byte[] old, String newName, byte[] now) {
    if (old.length > BYTES_MAX || now.length > BYTES_MAX) {
      return new Result.Not("longer than " + (BYTES_MAX >> 20) + " MiB");
    }
    if (!isText(old) || !isText(now)) {
      return new Result.Not("binary");
    }
    RawText one = new RawText(old);
    RawText other = new RawText(now);
    EditList edits = new HistogramDiff().diff(RawTextComparator.DEFAULT, one, other);
    if (edits.isEmpty()) {
      return new Result.Lines(List.of());
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (DiffFormatter formatter = new DiffFormatter(out)) {
      formatter.format(edits, one, other);
    } catch (IOException e) {
      throw new IllegalStateException("memory does not fail", e);
    }
    List<String> lines = new ArrayList<>(List.of("--- " + oldName, "+++ " + newName));
    lines.addAll(List.of(out.toString(StandardCharsets.UTF_8).split("\n")));
    return new Result.Lines(lines);
  }

  /** A zero byte, or bytes that are no UTF-8, make it none. */
  private static boolean isText(byte[] bytes) {
    for (byte b : bytes) {
      if (b == 0) {
        return false;
      }
    }
    try {
      var unused = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }
}
