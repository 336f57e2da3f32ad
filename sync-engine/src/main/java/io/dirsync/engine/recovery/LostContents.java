package io.dirsync.engine.recovery;

import io.dirsync.conflict.LiveView;
import io.dirsync.conflict.Renderer;
import io.dirsync.conflict.Rendering;
import io.dirsync.conflict.Writes;
import io.dirsync.engine.store.Fingerprint;
import io.dirsync.engine.store.FolderStore.Transaction;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.model.ConflictCopy;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.Dot;
import io.dirsync.model.Event;
import io.dirsync.model.RelativePath;
import io.dirsync.model.Shown;
import io.dirsync.model.Version;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Ends the wait for a content that this node wrote, lost, and gets from nobody: else every node
 * would wait for it for ever. What the disk shows takes its place, as an edit of the lost one.
 */
public final class LostContents {
  /** Is true of no file, so that the path is looked at. */
  private static final Fingerprint NONE = new Fingerprint(0, 0, 0, 0, true);

  private LostContents() {}

  /**
   * Records the lost version as what the path shows: the look at the path that has to follow makes
   * an edit or a removal of it.
   *
   * @param node this node's name; what only others wrote is left alone
   * @return what to take in; empty if this node did not write that content
   */
  public static Optional<Event> giveUp(
      Transaction transaction, RelativePath path, ContentHash hash, String node) {
    Rendering wanted = Renderer.at(transaction, path);
    PathRecord record = transaction.record(path);
    Shown shown = wanted.shown();
    boolean isShown =
        shown != null
            && isOf(shown.content(), hash)
            && wrote(transaction, shown.dots(), hash, node);
    if (isShown) {
      transaction.put(new PathRecord(path, shown, NONE, record.copies()));
    }
    Set<Dot> copies = new HashSet<>();
    for (ConflictCopy copy : wanted.copies()) {
      if (wrote(transaction, Set.of(copy.dot()), hash, node)) {
        copies.add(copy.dot());
      }
    }
    return isShown || !copies.isEmpty() ? Optional.of(Writes.resolve(copies)) : Optional.empty();
  }

  private static boolean isOf(Content content, ContentHash hash) {
    return content instanceof Content.File file && file.hash().equals(hash);
  }

  /**
   * A move that hides under another's edit is among the dots shown, too: it has no such content.
   */
  private static boolean wrote(LiveView live, Set<Dot> dots, ContentHash hash, String node) {
    return dots.stream()
        .filter(dot -> dot.replica().node().equals(node))
        .flatMap(dot -> live.get(dot).stream())
        .anyMatch(entry -> entry instanceof Version version && isOf(version.content(), hash));
  }
}
