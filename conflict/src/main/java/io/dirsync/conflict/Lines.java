package io.dirsync.conflict;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.eclipse.jgit.diff.DiffAlgorithm;
import org.eclipse.jgit.diff.HistogramDiff;
import org.eclipse.jgit.diff.Sequence;
import org.eclipse.jgit.diff.SequenceComparator;

/**
 * A text as lines, each with its line feed; the last may lack it. Bytes, whatever their encoding: a
 * line ends at the byte 0x0A.
 */
final class Lines extends Sequence {
  static final SequenceComparator<Lines> COMPARATOR =
      new SequenceComparator<>() {
        @Override
        public boolean equals(Lines one, int at, Lines other, int otherAt) {
          return one.lines.get(at).equals(other.lines.get(otherAt));
        }

        @Override
        public int hash(Lines lines, int at) {
          return lines.lines.get(at).hashCode();
        }
      };

  private final List<ByteBuffer> lines;

  private Lines(List<ByteBuffer> lines) {
    this.lines = lines;
  }

  /** Whether bytes can be taken for lines of text: a zero byte makes it another kind of file. */
  static boolean areText(byte[] bytes) {
    for (byte b : bytes) {
      if (b == 0) {
        return false;
      }
    }
    return true;
  }

  static Lines of(byte[] text) {
    List<ByteBuffer> lines = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < text.length; i++) {
      if (text[i] == '\n') {
        lines.add(ByteBuffer.wrap(text, start, i + 1 - start).slice());
        start = i + 1;
      }
    }
    if (start < text.length) {
      lines.add(ByteBuffer.wrap(text, start, text.length - start).slice());
    }
    return new Lines(lines);
  }

  static Lines of(List<ByteBuffer> lines) {
    return new Lines(List.copyOf(lines));
  }

  @Override
  public int size() {
    return lines.size();
  }

  List<ByteBuffer> range(int from, int to) {
    return lines.subList(from, to);
  }

  List<ByteBuffer> all() {
    return lines;
  }

  /** The same, with a line feed behind the last line too. */
  static byte[] ended(byte[] text) {
    if (text.length == 0 || text[text.length - 1] == '\n') {
      return text;
    }
    byte[] ended = Arrays.copyOf(text, text.length + 1);
    ended[text.length] = '\n';
    return ended;
  }

  static byte[] joined(List<ByteBuffer> lines) {
    int length = 0;
    for (ByteBuffer line : lines) {
      length = Math.addExact(length, line.remaining());
    }
    ByteBuffer joined = ByteBuffer.allocate(length);
    lines.forEach(line -> joined.put(line.duplicate()));
    return joined.array();
  }

  /**
   * Histogram diff, without the fallback that is slow where two long texts have nothing in common:
   * such a stretch counts as replaced.
   */
  static DiffAlgorithm diff() {
    HistogramDiff diff = new HistogramDiff();
    diff.setFallbackAlgorithm(null);
    return diff;
  }
}
