package io.dirsync.protocol.delta;

/** One step in rebuilding a content, which goes from its first byte to its last. */
public sealed interface DeltaOp {
  /** How many bytes of the content this makes; at least one. */
  long length();

  /** The next bytes stand in the basis, at an offset. */
  record Copy(long basisOffset, long length) implements DeltaOp {
    /**
     * @throws IllegalArgumentException if it is empty, or no file has such a range
     */
    public Copy {
      if (basisOffset < 0 || length <= 0 || length > Long.MAX_VALUE - basisOffset) {
        throw new IllegalArgumentException("no range: " + length + " bytes at " + basisOffset);
      }
    }
  }

  /** The next bytes are not in the basis and have to be sent. They travel apart from the delta. */
  record Literal(long length) implements DeltaOp {
    /**
     * @throws IllegalArgumentException if it is empty
     */
    public Literal {
      if (length <= 0) {
        throw new IllegalArgumentException("no range: " + length + " bytes");
      }
    }
  }
}
