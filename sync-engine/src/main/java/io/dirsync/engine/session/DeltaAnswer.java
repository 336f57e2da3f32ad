package io.dirsync.engine.session;

import io.dirsync.model.ContentHash;
import io.dirsync.protocol.Connection;
import io.dirsync.protocol.Limits;
import io.dirsync.protocol.Message;
import io.dirsync.protocol.ProtocolException;
import io.dirsync.protocol.delta.BlockMatcher;
import io.dirsync.protocol.delta.Delta;
import io.dirsync.protocol.delta.Signature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Sends what makes a content of a basis that the peer has: first the basis' signature is needed,
 * then the content is compared with it, then the delta and its literals go out, as the peer allows.
 */
final class DeltaAnswer implements Answer {
  private enum Phase {
    SIGNATURE,
    COMPARING,
    SENDING
  }

  private final Message.FetchDelta fetch;
  private final ContentFiles.Opened opened;
  private final long size;
  private final Connection connection;
  private final ByteArrayOutputStream signature = new ByteArrayOutputStream();
  private Phase phase = Phase.SIGNATURE;
  private @Nullable DeltaStream stream;
  private long credit = Limits.FETCH_BYTES_MAX;
  private volatile boolean ended;

  DeltaAnswer(Message.FetchDelta fetch, ContentFiles.Opened opened, Connection connection)
      throws IOException {
    this.fetch = fetch;
    this.opened = opened;
    this.size = opened.file().status().sizeBytes();
    this.connection = connection;
  }

  /** The content's size in bytes. */
  long size() {
    return size;
  }

  /** The content's hash. */
  ContentHash hash() {
    return fetch.hash();
  }

  @Override
  public long request() {
    return fetch.request();
  }

  /** How much of a signature has come. */
  int signatureBytes() {
    return signature.size();
  }

  boolean wantsSignature() {
    return phase == Phase.SIGNATURE;
  }

  /**
   * Takes a part of the signature.
   *
   * @return the whole signature once it has come
   * @throws ProtocolException if it is none
   */
  @Nullable Signature take(Message.SignaturePart part) throws ProtocolException {
    if (part.offset() != signature.size()) {
      throw new ProtocolException("a signature's parts are out of order");
    }
    signature.writeBytes(part.bytes());
    if (!part.last()) {
      return null;
    }
    byte[] whole = signature.toByteArray();
    signature.reset();
    return Signature.decode(whole);
  }

  /** From now on the file belongs to whoever compares, until {@link #compared} or {@link #end}. */
  void comparing() {
    phase = Phase.COMPARING;
    signature.reset();
  }

  /**
   * Compares; on any thread.
   *
   * @param own the content's own signature; null if it is not known
   */
  BlockMatcher.Outcome compare(Signature basis, @Nullable Signature own) throws IOException {
    return BlockMatcher.match(
        basis,
        own,
        (offset, into, from, length) -> {
          if (ended) {
            throw new IOException("no longer wanted");
          }
          return opened.file().read(offset, into, from, length);
        },
        size);
  }

  /** What comparing has found; from now on it can be sent. */
  void compared(Delta delta) throws IOException {
    if (delta.literalBytes() > size - size / 8) {
      throw new IOException("a delta would save too little");
    }
    stream = new DeltaStream(delta, opened.file());
    phase = Phase.SENDING;
  }

  /** The peer allows more to be sent. */
  void more(long bytes) {
    credit = Math.min(credit + bytes, Limits.CREDIT_BYTES_MAX);
  }

  @Override
  public boolean ready() {
    return phase == Phase.SENDING && credit > 0;
  }

  @Override
  public boolean send() throws IOException {
    if (stream == null) {
      throw new IllegalStateException("there is nothing to send yet");
    }
    DeltaStream.Piece piece = stream.next((int) Math.min(Limits.DATA_BYTES_MAX, credit));
    credit -= piece.bytes().length;
    if (piece.last()) {
      opened.requireUnchanged();
    }
    connection.send(new Message.Data(fetch.request(), piece.offset(), piece.bytes(), piece.last()));
    return piece.last();
  }

  boolean ended() {
    return ended;
  }

  @Override
  public void end() {
    ended = true;
    if (phase != Phase.COMPARING) {
      opened.close();
    }
  }

  /** Comparing is over and nobody wants what it has found. */
  void comparedInVain() {
    opened.close();
  }
}
