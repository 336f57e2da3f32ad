package io.dirsync.engine;

import io.dirsync.engine.scan.PolicyRules;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * One folder as configured on this node.
 *
 * @param name the same on every node that shares it
 * @param root the directory
 * @param peers names of the peers that share it
 * @param ignore patterns as in a .gitignore file at the root
 * @param owners whether owner and group are carried, by name
 * @param rescan how often the whole tree is compared
 * @param poll how long after one look at the tree it is looked at again, instead of being told of
 *     changes; empty to be told where the file system can
 * @param trashKeep how long replaced and removed files are kept
 * @param conflictKeep how long a conflict copy is kept that nobody resolves, before it goes to the
 *     trash
 * @param conflicts which paths have a policy of their own for conflicts
 * @param mode in which direction this node takes part
 * @param maxDelete how much may be deleted at once, here or by peers, without approval
 * @param logEntriesMax changes that are kept for a peer that is away; one that missed more has to
 *     compare
 */
public record FolderSettings(
    String name,
    Path root,
    List<String> peers,
    List<String> ignore,
    boolean owners,
    Duration rescan,
    Optional<Duration> poll,
    Duration trashKeep,
    Duration conflictKeep,
    PolicyRules conflicts,
    FolderMode mode,
    MaxDelete maxDelete,
    long logEntriesMax) {
  /** A change takes some hundred bytes in the log. */
  public static final long LOG_ENTRIES_USUAL = 1_000_000;

  public FolderSettings {
    peers = List.copyOf(peers);
    ignore = List.copyOf(ignore);
  }
}
