package io.dirsync.conflict;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.eclipse.jgit.diff.Edit;

/**
 * Every line of several texts, each as often as the text has it that has it most often. Lines that
 * all have in common keep their order; where the texts differ, the lines of one come before those
 * of the next. It depends on the texts alone, and not on their order, so that all nodes which put
 * the same texts together come to the same bytes.
 */
public final class LineUnion {
  /** The longest text that is put together with others. */
  public static final int BYTES_MAX = 8 << 20;

  private LineUnion() {}

  /**
   * @return one of the texts itself if it has all lines, but for a line feed at the end; empty if
   *     one is no text, or too long
   */
  public static Optional<byte[]> of(List<byte[]> texts) {
    for (byte[] text : texts) {
      if (text.length > BYTES_MAX || !Lines.areText(text)) {
        return Optional.empty();
      }
    }
    List<byte[]> sorted = new ArrayList<>(texts);
    sorted.sort(Arrays::compareUnsigned);
    Lines union = Lines.of(new byte[0]);
    for (byte[] text : sorted) {
      union = of(union, Lines.of(Lines.ended(text)));
    }
    byte[] result = Lines.joined(union.all());
    // The longest first, so that of two which differ in the last line feed alone it is the whole
    // one.
    for (byte[] text : sorted.reversed()) {
      if (Arrays.equals(Lines.ended(text), result)) {
        return Optional.of(text);
      }
    }
    return Optional.of(result);
  }

  private static Lines of(Lines one, Lines other) {
    List<ByteBuffer> both = new ArrayList<>();
    int from = 0;
    for (Edit edit : Lines.diff().diff(Lines.COMPARATOR, one, other)) {
      both.addAll(one.range(from, edit.getEndA()));
      both.addAll(other.range(edit.getBeginB(), edit.getEndB()));
      from = edit.getEndA();
    }
    both.addAll(one.range(from, one.size()));
    Map<ByteBuffer, Integer> left = counts(one);
    counts(other).forEach((line, count) -> left.merge(line, count, Math::max));
    both.removeIf(line -> left.merge(line, -1, Integer::sum) < 0);
    return Lines.of(both);
  }

  private static Map<ByteBuffer, Integer> counts(Lines lines) {
    Map<ByteBuffer, Integer> counts = new HashMap<>();
    lines.all().forEach(line -> counts.merge(line, 1, Integer::sum));
    return counts;
  }
}
