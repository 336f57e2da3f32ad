package io.dirsync.engine;

import io.dirsync.conflict.Fate;
import io.dirsync.engine.scan.Witness;
import io.dirsync.model.AttributeChange;
import io.dirsync.model.Content;
import io.dirsync.model.Ending;
import io.dirsync.model.RelativePath;
import io.dirsync.model.Shown;
import io.dirsync.model.Version;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What an operator can ask of a running node. */
public interface NodeControl {
  NodeStatus status();

  /**
   * Completes when every connected peer has durably applied all that was written in the folders
   * before the call.
   *
   * @param folder a folder's name, or empty for all; of these, those that are halted are passed
   *     over
   * @return what is not with the peers, and why; fails with {@link
   *     java.util.concurrent.TimeoutException} when the time is up, {@link
   *     IllegalArgumentException} if there is no such folder, and {@link IllegalStateException} if
   *     the one that is named does not run
   */
  CompletableFuture<Flushed> flush(Optional<String> folder, Duration timeout);

  /**
   * The outcome of a flush.
   *
   * @param unreachable names of peers
   * @param refused of peers that are connected and take no part, names and why
   * @param held names of folders of which deletions are held here: peers have all but these
   * @param halted of folders that do not run here, names and why: peers may not have what was
   *     written there
   */
  record Flushed(
      List<String> unreachable,
      Map<String, String> refused,
      List<String> held,
      Map<String, String> halted) {
    public Flushed {
      unreachable = List.copyOf(unreachable);
      refused = Map.copyOf(refused);
      held = List.copyOf(held);
      halted = Map.copyOf(halted);
    }
  }

  /**
   * Compares the whole tree with what was last seen; completes when all of it was looked at and
   * what had changed is in the log. Fails with {@link IllegalArgumentException} if there is no such
   * folder.
   */
  CompletableFuture<Scanned> scan(String folder);

  /** The outcome of a scan. */
  record Scanned(long entries, long changed) {}

  /**
   * Lets a folder go on that was halted until its operator says how. Fails with {@link
   * IllegalArgumentException} if there is no such folder, and {@link IllegalStateException} if it
   * runs, or cannot run for another reason.
   */
  CompletableFuture<Resumed> resume(String folder, Resume how);

  /**
   * What a folder that was resumed as stale does away with; no files for the other ways.
   *
   * @param files how many go to the trash
   * @param trash where that is
   * @param kept how long they stay there, as people say it
   */
  record Resumed(long files, Path trash, String kept) {}

  /**
   * What differs on the disk of a folder that this node only receives, the first ten thousand
   * paths. Fails with {@link IllegalArgumentException} if there is no such folder, and {@link
   * IllegalStateException} if it does not run, or is no such.
   */
  List<Drifted> drift(String folder);

  /** A path whose disk differs from what it was made to show. */
  record Drifted(RelativePath path, Witness.Difference difference) {}

  /**
   * Puts back what {@link #drift} lists; what lies there goes to the trash. Completes with the
   * number of paths when all were looked at; the disk follows soon. Fails as {@link #drift}.
   */
  CompletableFuture<Long> revert(String folder);

  /**
   * Says what is to become of deletions that a folder holds. Fails with {@link
   * IllegalArgumentException} if there is no such folder, and {@link IllegalStateException} if it
   * holds nothing or does not run.
   *
   * @param putBack whether they are undone, on every node, instead of let go
   */
  CompletableFuture<Decided> decide(String folder, boolean putBack);

  /**
   * Files about whose deletion was decided.
   *
   * @param here deleted on this node's disk
   * @param byPeers deleted by peers
   */
  record Decided(long here, long byPeers) {}

  /** The conflicts of all folders, by folder and path. */
  List<Conflict> conflicts();

  /**
   * A path with conflict copies.
   *
   * @param id names it in commands; the same on every node
   * @param root the folder's
   * @param shown what stands at the path; null if nothing does
   * @param policy the folder's for this path, as it is configured
   * @param left why the policy leaves it to people, a part of a sentence; null if it does not end
   *     conflicts by itself, or has not looked at this one yet
   */
  record Conflict(
      String id,
      String folder,
      Path root,
      RelativePath path,
      @Nullable Copy shown,
      List<Copy> copies,
      String policy,
      @Nullable String left) {
    public Conflict {
      copies = List.copyOf(copies);
    }
  }

  /**
   * What one write put.
   *
   * @param nodes who wrote it: several if they wrote the same; none for a directory that is only
   *     there because of what is in it
   * @param timeNanos the stamp of the write, nanoseconds since 1970; zero if nobody wrote it
   * @param file where it lies, below the folder's root
   * @param keptUntilMillis when it goes to the trash if nobody resolves it, since 1970; zero for
   *     what is no copy, or stays
   */
  record Copy(
      List<String> nodes,
      long timeNanos,
      Content content,
      RelativePath file,
      long keptUntilMillis) {
    public Copy {
      nodes = List.copyOf(nodes);
    }
  }

  /**
   * The beginning of a file that lies in a folder, in its tree or in its conflict area.
   *
   * @param bytesMax how much of it at most
   * @throws IOException if it is no longer there, or cannot be read
   */
  byte[] read(String folder, RelativePath file, int bytesMax) throws IOException;

  /** What is to stand at the path of a conflict. */
  sealed interface Keep {
    /** What stands there: the newest, or what was written over the copies by one who saw them. */
    record Newest() implements Keep {}

    /** What a node wrote. */
    record OfNode(String node) implements Keep {}

    /** What stands there; each copy becomes a file beside it. */
    record Both() implements Keep {}

    /** Bytes that the operator gives; for one conflict alone. */
    record Given(Upload upload) implements Keep {}
  }

  /** Bytes that are handed over as they come. */
  interface Upload {
    long sizeBytes();

    /** Reads on; -1 at the end. */
    int read(byte[] buffer) throws IOException;
  }

  /**
   * Ends conflicts, on every node.
   *
   * @param ids of conflicts; empty for all there are
   * @param trial only says what would be done
   * @return what came of each, in the order of {@link #conflicts}, when the disk shows it or, if
   *     that takes long, is about to; fails with {@link IllegalArgumentException} for an id that
   *     names none
   */
  CompletableFuture<List<Settled>> resolve(Set<String> ids, Keep keep, boolean trial);

  /** Takes back what {@link #resolve} did last for each of these, on this node. */
  CompletableFuture<List<Settled>> undo(Set<String> ids);

  /**
   * What came of one conflict.
   *
   * @param written paths that were, or would be, written
   * @param copies how many go to the trash; with an undo, how many come back
   * @param refused why nothing was done; null if it was
   * @param peersOnly whether the peers' disks show it and this node's does not, because it only
   *     sends
   */
  record Settled(
      String id,
      String folder,
      RelativePath path,
      List<RelativePath> written,
      int copies,
      @Nullable String refused,
      boolean peersOnly) {
    public Settled {
      written = List.copyOf(written);
    }
  }

  /**
   * Why a path shows what it shows.
   *
   * @param path on this machine, absolute, below a folder's root
   * @throws IllegalArgumentException if no folder has it
   */
  Explained why(String path);

  /**
   * @param shown what the state stands for; null for nothing
   * @param versions all that is known of the path, the newest first
   * @param lost what stood there or was a copy, and is live no more; the last first
   * @param more whether there was more of that
   * @param trash files in the trash that stood at the path, the newest first, not all of many
   * @param left why a policy has left conflict copies of it to people; null if none has
   * @param pending why the disk does not show it yet; null if it does
   */
  record Explained(
      String folder,
      Path root,
      RelativePath path,
      @Nullable Shown shown,
      List<Reasoned> versions,
      List<AttributeChange> attributes,
      List<Lost> lost,
      boolean more,
      List<RelativePath> trash,
      @Nullable String left,
      @Nullable String pending) {
    public Explained {
      versions = List.copyOf(versions);
      lost = List.copyOf(lost);
      trash = List.copyOf(trash);
      attributes = List.copyOf(attributes);
    }
  }

  /**
   * @param file where its bytes lie, below the root; null if on no path of their own
   * @param origin what was moved to make it; null if it was not moved, or the log begins later
   * @param ending who ended a conflict so that this was kept or written; null if nobody did
   */
  record Reasoned(
      Fate fate, @Nullable RelativePath file, @Nullable Version origin, @Nullable Ending ending) {}

  /** How a version went. */
  enum Gone {
    /** By a write whose author saw it. */
    WRITTEN_OVER,
    MOVED,
    REMOVED,
    /** A policy made one content of it and of others. */
    PUT_TOGETHER,
    /** A conflict was ended in favour of something else, or an end of one was taken back. */
    ENDED
  }

  /**
   * A version that is live no more.
   *
   * @param timeMillis when this node learnt that it went, since 1970
   * @param from the node that it was learnt from; null if it was seen here
   * @param by the node that did it; null if that is not known
   * @param to where it was moved; null if it was not
   * @param ending who ended a conflict by it; null if it went otherwise
   * @param place where its bytes lie on this node; null if nowhere
   */
  record Lost(
      Version version,
      long timeMillis,
      @Nullable String from,
      Gone gone,
      @Nullable String by,
      @Nullable RelativePath to,
      @Nullable Ending ending,
      @Nullable Place place) {}

  /**
   * Where bytes lie.
   *
   * @param file below the root
   * @param elsewhere whether they lie there for something else, and are only the same
   */
  record Place(RelativePath file, boolean elsewhere) {}

  /**
   * What the change log still has of a path and of all below it.
   *
   * @param path as for {@link #why}; a folder's root for all of it
   * @param most how many changes at most, the last ones
   */
  History log(String path, long sinceMillis, int most);

  /**
   * @param beginsMillis the time of the log's first entry, since 1970; zero if it has none
   */
  record History(String folder, RelativePath path, long beginsMillis, List<Change> changes) {
    public History {
      changes = List.copyOf(changes);
    }
  }

  /** What was done. */
  enum What {
    WROTE,
    MOVED_HERE,
    MOVED_AWAY,
    ATTRIBUTES,
    REMOVED,
    /** A version went, and another stands at the path: a conflict was ended. */
    DROPPED,
    SHELVED
  }

  /**
   * @param timeMillis when this node learnt of it, since 1970
   * @param node who did it; null if the log does not say
   * @param from the node that it was learnt from; null if it was seen here
   * @param other where it was moved from or to; of an edit, where it followed a move to; null if
   *     that is not known, or there was no move
   * @param ending who ended a conflict by it, or took that back; null for all else
   */
  record Change(
      long timeMillis,
      @Nullable String node,
      @Nullable String from,
      What what,
      RelativePath path,
      @Nullable Content content,
      @Nullable RelativePath other,
      @Nullable Ending ending) {}
}
