package io.dirsync.engine;

import io.dirsync.model.Content;
import io.dirsync.model.Dot;
import io.dirsync.model.RelativePath;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** What an operator can ask of a running node. */
public interface NodeControl {
  NodeStatus status();

  /**
   * Completes when every connected peer has durably applied all that was written in the folders
   * before the call.
   *
   * @param folder a folder's name, or empty for all
   * @return names of the peers that could not be reached, empty if all have it; fails with {@link
   *     java.util.concurrent.TimeoutException} when the time is up, and {@link
   *     IllegalArgumentException} if there is no such folder
   */
  CompletableFuture<Flushed> flush(Optional<String> folder, Duration timeout);

  /** The outcome of a flush. */
  record Flushed(List<String> unreachable) {
    public Flushed {
      unreachable = List.copyOf(unreachable);
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

  /** The conflicts of all folders, by folder and path. */
  List<Conflict> conflicts();

  /**
   * A path with conflict copies.
   *
   * @param id names it in commands
   */
  record Conflict(String id, String folder, RelativePath path, List<Copy> copies) {
    public Conflict {
      copies = List.copyOf(copies);
    }
  }

  /**
   * @param node who wrote it
   * @param timeNanos the stamp of the write, nanoseconds since 1970
   * @param file where it lies, below the folder's root
   */
  record Copy(String node, long timeNanos, Content content, Dot dot, RelativePath file) {}
}
