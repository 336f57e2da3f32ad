package io.dirsync.protocol;

import io.dirsync.model.ContentHash;
import io.dirsync.model.Cursor;
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
   * @param instance drawn by chance when the sender's process started: another one is another
   *     process, which with the same key may be a copied machine
   */
  record Hello(int version, String node, Set<String> capabilities, long instance)
      implements Message {
    /** Reads and may send frames that are compressed by zstd, control frames as one stream. */
    public static final String ZSTD = "zstd-stream";

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
   * "Another live node writes this folder as you": one is a copy of the other, and both are to halt
   * the folder until their operator says how it goes on.
   *
   * @param where the two, for people
   */
  record Twins(String folder, String where) implements OfFolder {}

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

  /** Tells stretches of live sets apart: equal ones have equal digests. */
  record Digest(long high, long low) {
    public static final int BYTES = 16;
  }

  /**
   * A stretch of the sender's live set, from behind the one before it.
   *
   * @param through its last dot; null for the end of what is divided
   * @param digest null if the whole stretch is asked for, whatever it holds
   */
  record Stretch(@Nullable Dot through, @Nullable Digest digest) {}

  /**
   * Asks in what the receiver's live set differs from the sender's, because the log no longer
   * reaches back to what was read. It is answered by StateBatch for stretches that differ, by
   * StateDiffers for long ones, and at last by StateEnd. One that is asked for while another goes
   * on ends that.
   *
   * @param comparison a number that the reader has not used on this connection for the folder; all
   *     that belongs to the comparison carries it
   * @param read how far the sender has read the receiver's log so far: if that is no longer what
   *     stands there, the receiver was set back
   * @param stretches all dots from the beginning to the end, at most {@link Limits#STRETCHES_MAX}
   */
  record ReadState(
      String folder, long comparison, Cursor read, long creditBytes, List<Stretch> stretches)
      implements OfFolder {
    public ReadState {
      stretches = List.copyOf(stretches);
    }
  }

  /**
   * "This stretch differs, and is long: divide it." At most {@link Limits#STRETCHES_OPEN_MAX} of
   * them wait for their answer.
   *
   * @param after it begins behind this dot; null for the beginning
   * @param through its last dot; null for the end
   */
  record StateDiffers(String folder, long comparison, @Nullable Dot after, @Nullable Dot through)
      implements OfFolder {}

  /**
   * The answer to StateDiffers.
   *
   * @param after as asked
   * @param through as asked
   * @param stretches the asked one, divided
   */
  record StateStretches(
      String folder,
      long comparison,
      @Nullable Dot after,
      @Nullable Dot through,
      List<Stretch> stretches)
      implements OfFolder {
    public StateStretches {
      stretches = List.copyOf(stretches);
    }
  }

  /**
   * All of the sender's live set in one stretch, as it was when ReadState came, in the order of
   * dots.
   *
   * @param after the stretch begins behind this dot; null for the beginning
   * @param through its last dot, which need not be live; null for the end
   * @param known the sender's context as of this state
   */
  record StateBatch(
      String folder,
      long comparison,
      @Nullable Dot after,
      @Nullable Dot through,
      List<LiveEntry> entries,
      Known known)
      implements OfFolder {
    public StateBatch {
      entries = List.copyOf(entries);
    }
  }

  /**
   * "All that differs was sent."
   *
   * @param sequence the log's end as of this state
   * @param known the sender's context as of this state
   */
  record StateEnd(String folder, long comparison, long sequence, Known known) implements OfFolder {}

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

  /** Is answered by Pong with the same number. */
  record Ping(long number) implements Message {
    /**
     * A number whose answer takes its turn among contents: what waits to be sent for any request
     * when the question comes is sent first.
     */
    public static final long AMONG_CONTENTS = 2;
  }

  record Pong(long number) implements Message {}

  /** The last message before closing, with the reason for people. */
  record Goodbye(String reason) implements Message {}
}
