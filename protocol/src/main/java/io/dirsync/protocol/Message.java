package io.dirsync.protocol;

import io.dirsync.model.ContentHash;
import io.dirsync.model.Dot;
import io.dirsync.model.Event;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.LogEpochs;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.VersionVector;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Everything that one node can say to another. Folders go by name, the same on both sides. */
public sealed interface Message {
  /** A message about one folder. */
  sealed interface OfFolder extends Message {
    String folder();
  }

  /**
   * The first message of either side.
   *
   * @param version the protocol's version that the sender speaks, {@link Limits#VERSION}
   * @param node the sender's name
   * @param capabilities words for what the sender can do beyond the version
   */
  record Hello(int version, String node, Set<String> capabilities) implements Message {
    public Hello {
      capabilities = Set.copyOf(capabilities);
    }
  }

  /**
   * "I share this folder with you, and this is my log." Sent after Hello for each folder shared
   * with the peer, and again when the replica changes.
   *
   * @param floor the log holds the entries after this sequence number
   * @param end the last entry's sequence number; zero if there never was one
   * @param context all that the sender knows; a peer finds here whether the sender has seen more of
   *     the peer's own writes than the peer itself has
   * @param epochs which runs wrote the log: a cursor from another run says nothing
   */
  record FolderState(
      String folder,
      ReplicaId replica,
      long floor,
      long end,
      VersionVector context,
      LogEpochs epochs)
      implements OfFolder {}

  /** "I do not share this folder now"; with the reason, for people. */
  record FolderRefused(String folder, String reason) implements OfFolder {}

  /**
   * Asks for the receiver's log and everything that is added to it from now on, until another
   * ReadLog or ReadState.
   *
   * @param after the sequence number already read, not below the log's floor
   * @param creditBytes how many bytes of LogBatch (as {@link Limits#logBytes} counts) may be sent
   *     unasked
   * @param inlineBytesMax contents of new files up to this size come along; zero for none
   */
  record ReadLog(String folder, long after, long creditBytes, int inlineBytesMax)
      implements OfFolder {}

  /** Allows this many more bytes of LogBatch or StateBatch. */
  record Credit(String folder, long bytes) implements OfFolder {}

  /** One entry of a change log. */
  record LogEntry(long sequence, Event event) {}

  /** A small file's whole content, riding along with the version that names it. */
  record Inline(ContentHash hash, byte[] content) {}

  /** A context: the vector and the removed dots beyond it. */
  record Known(VersionVector vector, Set<Dot> beyond) {
    public Known {
      beyond = Set.copyOf(beyond);
    }
  }

  /**
   * A stretch of the sender's log.
   *
   * @param entries in order; entries that the receiver is known to have are left out
   * @param through all entries up to this sequence number are accounted for
   * @param end the log's end when this was made
   * @param known the sender's context at {@code end}, present if and only if {@code through} equals
   *     {@code end}
   */
  record LogBatch(
      String folder,
      List<LogEntry> entries,
      List<Inline> inline,
      long through,
      long end,
      @Nullable Known known)
      implements OfFolder {
    public LogBatch {
      entries = List.copyOf(entries);
      inline = List.copyOf(inline);
    }
  }

  /**
   * Asks for the receiver's whole live set, because the log no longer reaches back to what was
   * read.
   */
  record ReadState(String folder, long creditBytes) implements OfFolder {}

  /**
   * A stretch of the sender's live set as it was when ReadState came, in the order of dots.
   *
   * @param after the stretch begins behind this dot; null for the beginning
   * @param last this is the end; else the stretch ends with its last entry, and there is at least
   *     one
   * @param sequence the log's end as of this state
   * @param known the sender's context as of this state
   */
  record StateBatch(
      String folder,
      @Nullable Dot after,
      List<LiveEntry> entries,
      boolean last,
      long sequence,
      Known known)
      implements OfFolder {
    public StateBatch {
      entries = List.copyOf(entries);
    }
  }

  /** "All your entries up to this sequence number are applied here, and durably." */
  record Applied(String folder, long sequence) implements OfFolder {}

  /**
   * Asks for bytes of a content.
   *
   * @param request a number of the asker's, unused by its other requests under way
   * @param path where the content was last known to stand
   * @param offset where to begin
   * @param length how many bytes, at most {@link Limits#FETCH_BYTES_MAX}
   */
  record Fetch(
      String folder, long request, ContentHash hash, RelativePath path, long offset, long length)
      implements OfFolder {}

  /**
   * Asks for what makes a content of another that the asker has. It is answered by Data: the length
   * of the encoded delta (4 bytes, big endian), the delta, and the literals that it wants, one
   * after another; no more than {@link Limits#FETCH_BYTES_MAX} bytes unless {@link More} allows it.
   *
   * @param request as of {@link Fetch}
   * @param basis the content that the asker has
   */
  record FetchDelta(
      String folder, long request, ContentHash hash, RelativePath path, ContentHash basis)
      implements OfFolder {}

  /** The answer to FetchDelta needs the basis' signature. */
  record SignatureWanted(long request) implements Message {}

  /** Allows this many more bytes in answer to a FetchDelta. */
  record More(long request, long bytes) implements Message {}

  /** Asks to send nothing more for a request. */
  record Cancel(long request) implements Message {}

  /** Bytes that are cut into pieces, so that small transfers pass big ones. */
  sealed interface Piece extends Message {
    long request();

    /** Of the first byte in the whole. */
    long offset();

    byte[] bytes();

    /** It is the request's last. */
    boolean last();
  }

  /**
   * Bytes of a content, or of a delta and its literals, in order for each request.
   *
   * @param offset in the content, or in the answer to FetchDelta
   * @param last the request is answered whole
   */
  record Data(long request, long offset, byte[] bytes, boolean last) implements Piece {}

  /**
   * Bytes of a signature that was asked for by {@link SignatureWanted}, in order.
   *
   * @param request the number of the FetchDelta
   */
  record SignaturePart(long request, long offset, byte[] bytes, boolean last) implements Piece {}

  /** The request cannot be answered: the content is not, or no longer, here. */
  record FetchFailed(long request, String reason) implements Message {}

  /** "Send me contents no faster than this", from now on; zero for as fast as can be. */
  record Pace(long bytesPerSecond) implements Message {}

  record Ping(long number) implements Message {}

  record Pong(long number) implements Message {}

  /** The last message before closing, with the reason for people. */
  record Goodbye(String reason) implements Message {}
}
