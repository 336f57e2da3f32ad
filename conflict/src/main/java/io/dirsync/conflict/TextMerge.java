package io.dirsync.conflict;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.eclipse.jgit.merge.MergeAlgorithm;
import org.eclipse.jgit.merge.MergeChunk;
import org.eclipse.jgit.merge.MergeResult;

/**
 * Three-way merge of lines, by JGit. The texts are put in an order of their own first, so that all
 * nodes which merge the same texts come to the same bytes.
 */
public final class TextMerge {
  /** The longest text that is merged, the ancestor included. */
  public static final int BYTES_MAX = 1 << 20;

  private TextMerge() {}

  /** What came of it. */
  public sealed interface Result {
    /** What every text changed is in it. */
    record Merged(byte[] bytes) implements Result {}

    /** Two of them changed the same lines, or lines that touch. */
    record Overlap() implements Result {}

    /** One of them is no text, or too long. */
    record NoText() implements Result {}
  }

  /** Puts together what two or more texts have changed since their common ancestor. */
  public static Result of(byte[] ancestor, List<byte[]> texts) {
    List<byte[]> all = new ArrayList<>(texts);
    all.add(ancestor);
    for (byte[] text : all) {
      if (text.length > BYTES_MAX || !Lines.areText(text)) {
        return new Result.NoText();
      }
    }
    List<byte[]> sorted = new ArrayList<>(texts);
    sorted.sort(Arrays::compareUnsigned);
    byte[] merged = sorted.getFirst();
    for (byte[] text : sorted.subList(1, sorted.size())) {
      Optional<byte[]> both = merge(Lines.of(ancestor), Lines.of(merged), Lines.of(text));
      if (both.isEmpty()) {
        return new Result.Overlap();
      }
      merged = both.get();
    }
    return new Result.Merged(merged);
  }

  private static Optional<byte[]> merge(Lines ancestor, Lines one, Lines other) {
    MergeResult<Lines> result =
        new MergeAlgorithm(Lines.diff()).merge(Lines.COMPARATOR, ancestor, one, other);
    if (result.containsConflicts()) {
      return Optional.empty();
    }
    List<ByteBuffer> lines = new ArrayList<>();
    for (MergeChunk chunk : result) {
      Lines from = result.getSequences().get(chunk.getSequenceIndex());
      lines.addAll(from.range(chunk.getBegin(), chunk.getEnd()));
    }
    for (int i = 0; i + 1 < lines.size(); i++) {
      ByteBuffer line = lines.get(i);
      if (line.get(line.limit() - 1) != '\n') {
        // What had been the last line without a line feed would run into the next one.
        return Optional.empty();
      }
    }
    return Optional.of(Lines.joined(lines));
  }
}
