package io.dirsync.protocol.delta;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Short ways to say what the tests of this package do again and again. */
final class Deltas {
  static final long SEED = 0x0123456789abcdefL;

  private static final int STEP = 100_000;

  private Deltas() {}

  static byte[] random(long seed, int length) {
    byte[] bytes = new byte[length];
    new SplittableRandom(seed).nextBytes(bytes);
    return bytes;
  }

  static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  static ReadAt reading(byte[] bytes) {
    return (offset, into, from, length) -> {
      int count = (int) Math.min(length, bytes.length - offset);
      if (count > 0) {
        System.arraycopy(bytes, (int) offset, into, from, count);
      }
      return count;
    };
  }

  static Signature signature(byte[] bytes) {
    return signature(bytes, BlockSize.MIN_BYTES, null);
  }

  /**
   * @param former whose seed is taken; null for {@link #SEED}
   */
  static Signature signature(byte[] bytes, int minBlockBytes, @Nullable Signature former) {
    SignatureBuilder builder = new SignatureBuilder(bytes.length, minBlockBytes, SEED, former);
    builder.update(bytes, 0, bytes.length);
    return builder.finish().orElseThrow();
  }

  /** What is found is the same whether the content has a signature of its own or has to be read. */
  static Delta delta(byte[] basis, byte[] changed) throws IOException {
    Signature signature = signature(basis);
    ReadAt content = reading(changed);
    Delta read = found(BlockMatcher.match(signature, null, content, changed.length));
    Signature own = signature(changed);
    Delta known = found(BlockMatcher.match(signature, own, content, changed.length));
    if (!known.equals(read)) {
      throw new AssertionError(known + " instead of " + read);
    }
    return read;
  }

  static Delta found(BlockMatcher.Outcome outcome) {
    return switch (outcome) {
      case BlockMatcher.Outcome.Found(Delta delta) -> delta;
      case BlockMatcher.Outcome.GaveUp(String reason) -> throw new AssertionError(reason);
    };
  }

  /** Rebuilds from the basis, given the literals that stand in {@code changed}. */
  static byte[] patch(byte[] basis, Delta delta, byte[] changed) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Patcher patcher = new Patcher(delta, Patcher.reading(reading(basis), STEP, collecting(out)));
    while (patcher.next() != Patcher.Next.END) {
      long before = patcher.offset();
      int at = Math.toIntExact(before);
      long taken =
          patcher.next() == Patcher.Next.COPY
              ? patcher.copy(3 * STEP)
              : patcher.literal(changed, at, Math.min(STEP, changed.length - at));
      if (taken <= 0 || patcher.offset() != before + taken) {
        throw new AssertionError("the patcher stopped at " + before);
      }
    }
    return out.toByteArray();
  }

  private static Patcher.Sink collecting(ByteArrayOutputStream out) {
    return new Patcher.Sink() {
      @Override
      public void write(long offset, byte[] bytes, int from, int length) {
        if (offset != out.size()) {
          throw new AssertionError("a gap at " + offset);
        }
        out.write(bytes, from, length);
      }

      @Override
      public void copy(long basisOffset, long offset, long length) {
        throw new AssertionError("only bytes are expected here");
      }
    };
  }
}
