package io.dirsync.protocol.delta;

import java.io.IOException;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Finds what a content shares with a basis of which only the {@link Signature} is known. Whatever
 * the signature says, memory is bounded by the block size ({@link BlockSize#MAX_BYTES}) and time by
 * the content's length.
 *
 * @see <a href="https://rsync.samba.org/tech_report/">The rsync algorithm, 1996</a>
 */
public final class BlockMatcher {
  /** How it ended. */
  public sealed interface Outcome {
    record Found(Delta delta) implements Outcome {}

    /** The whole content has to be sent; the reason is for people. */
    record GaveUp(String reason) implements Outcome {}
  }

  private BlockMatcher() {}

  /**
   * Compares a content with a basis. Reads the content up to twice.
   *
   * @param own the content's own signature; null if it is not known. If it was made with the basis'
   *     seed, only that is read of which it tells nothing: what does not stand in the same place
   * @param length the content's length, zero or more
   * @throws IOException the content's; {@link java.io.EOFException} if it is shorter than that
   */
  public static Outcome match(Signature basis, @Nullable Signature own, ReadAt content, long length)
      throws IOException {
    try {
      BitSet same = AlignedScan.pieces(basis, own, content, length);
      Ops ops = new Ops();
      RollingScan rolling = null;
      int pieceBytes = basis.pieceBytes();
      int piece = 0;
      while (ops.end() < length) {
        int next = same.nextSetBit(piece);
        long offset = next < 0 ? length : (long) next * pieceBytes;
        if (offset - ops.end() >= basis.blockBytes() && basis.length() >= basis.blockBytes()) {
          if (rolling == null) {
            rolling = new RollingScan(basis, content, length, ops);
          }
          rolling.scan(ops.end(), offset);
        }
        if (next < 0) {
          break;
        }
        piece = same.nextClearBit(next);
        ops.copy(offset, offset, Math.min((long) piece * pieceBytes, basis.length()) - offset);
      }
      return new Outcome.Found(ops.finish(basis.length(), length));
    } catch (Ops.TooManyException | RollingScan.TooManyCollisionsException e) {
      return new Outcome.GaveUp(String.valueOf(e.getMessage()));
    }
  }
}
