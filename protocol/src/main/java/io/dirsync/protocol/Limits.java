package io.dirsync.protocol;

import io.dirsync.model.AttributeChange;
import io.dirsync.model.Content;
import io.dirsync.model.Event;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.Version;
import java.time.Duration;

/** Every bound of the protocol, in one place. */
public final class Limits {
  /** The protocol's version; nodes of different versions do not talk. */
  public static final int VERSION = 2;

  /** A control message's frame, so that a batch of events is one bounded allocation. */
  public static final int CONTROL_FRAME_BYTES_MAX = 1 << 20;

  /**
   * The bytes in one Data or SignaturePart frame, so that a big transfer does not delay a small
   * one.
   */
  public static final int DATA_BYTES_MAX = 256 << 10;

  /**
   * How much one Fetch may ask for, so that fetches of several files share the connection; and how
   * much of a delta may be under way.
   */
  public static final long FETCH_BYTES_MAX = 8L << 20;

  /** A signature in all its parts. */
  public static final int SIGNATURE_BYTES_MAX = 2_490_386;

  /** Contents up to this size may ride along in a LogBatch. */
  public static final int INLINE_BYTES_MAX = 64 << 10;

  /** Fetches, of deltas too, under way for one peer. */
  public static final int FETCHES_MAX = 1024;

  /** What a LogBatch or StateBatch is filled up to, so that the frame stays within its bound. */
  public static final int BATCH_BYTES_TARGET = 256 << 10;

  /** Into how many stretches a comparison divides a live set, or a stretch of it, at once. */
  public static final int STRETCHES_MAX = 256;

  /** Stretches that a comparison waits to hear more of. */
  public static final int STRETCHES_OPEN_MAX = 16;

  /** Credit given at once. */
  public static final long CREDIT_BYTES_MAX = 1L << 40;

  public static final int FOLDER_NAME_CHARS_MAX = 64;
  public static final int REASON_CHARS_MAX = 1024;
  public static final int CAPABILITIES_MAX = 64;
  public static final int VECTOR_REPLICAS_MAX = 4096;

  /** Connections that have not shown a known key yet. */
  public static final int UNAUTHENTICATED_MAX = 64;

  public static final Duration HANDSHAKE_MAX = Duration.ofSeconds(5);
  public static final Duration IDLE_PING = Duration.ofSeconds(10);
  public static final Duration SILENCE_MAX = Duration.ofSeconds(30);

  private static final int ENTRY_BYTES = 160;

  /** What a stretch of a comparison counts. */
  public static final int STRETCH_BYTES = 40;

  /** What the name of one entry counts. */
  public static final int DOT_BYTES = 24;

  private Limits() {}

  /**
   * What an event counts against {@link #BATCH_BYTES_TARGET} and credit: about its size on the
   * wire.
   */
  public static long logBytes(Event event) {
    long sum = DOT_BYTES;
    for (LiveEntry entry : event.added()) {
      sum += entryBytes(entry);
    }
    // Who ended a conflict counts nothing: it is small, and few have it.
    return sum + (long) DOT_BYTES * (event.removed().size() + event.shelved().size());
  }

  /** The same for one live entry. */
  public static long entryBytes(LiveEntry entry) {
    return switch (entry) {
      case Version version ->
          ENTRY_BYTES
              + version.path().length()
              + (long) DOT_BYTES * version.supersedes().size()
              + (version.content() instanceof Content.Symlink link
                  ? link.target().bytes().length
                  : 0);
      case AttributeChange change -> ENTRY_BYTES + change.path().length();
    };
  }
}
