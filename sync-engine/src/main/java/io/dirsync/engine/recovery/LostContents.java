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
import org.jspecify.annotations.Nullable;

/**
 * Ends the wait for a content that this node wrote, lost, and gets from nobody: else every node
 * would wait for it for ever. What the disk shows takes its place: as an edit of the lost one if
 * that had replaced it, else by itself.
 */
public final class LostContents {
  /** Is true of no file, so that the path is looked at. */
  private static final Fingerprint NONE = new Fingerprint(0, 0, 0, 0, true);

  private LostContents() {}

  /**
   * Drops the lost version; or, if nothing else is live of what the path shows, records it as shown
   * there: the look at the path that has to follow makes an edit or a removal of it.
   *
   * @param node this node's name; what only others wrote is left alone
   * @return what to take in; empty if this node did not write that content, or has it somewhere
   */
  public static Optional<Event> giveUp(
      Transaction transaction, RelativePath path, ContentHash hash, String node) {
    if (!transaction.locations(hash, 1).isEmpty()) {
      // It could not be read from there just now, or has come there since it was asked for.
      return Optional.empty();
    }
    Rendering wanted = Renderer.at(transaction, path);
    PathRecord record = transaction.record(path);
    Shown shown = wanted.shown();
    boolean isShown =
        shown != null
            && isOf(shown.content(), hash)
            && wrote(transaction, shown.dots(), hash, node);
    Set<Dot> dropped = new HashSet<>();
    for (ConflictCopy copy : wanted.copies()) {
      if (wrote(transaction, Set.of(copy.dot()), hash, node)) {
        dropped.add(copy.dot());
      }
    }
    if (shown != null && isShown) {
      if (isLive(transaction, record.shown())) {
        // Without what is lost the disk is as it should be, and nobody has written anything.
        shown.dots().stream()
            .filter(dot -> wrote(transaction, Set.of(dot), hash, node))
            .forEach(dropped::add);
      } else {
        transaction.put(new PathRecord(path, shown, NONE, record.copies()));
      }
    }
    return isShown || !dropped.isEmpty() ? Optional.of(Writes.resolve(dropped)) : Optional.empty();
  }

  private static boolean isLive(LiveView live, @Nullable Shown shown) {
    return shown != null && shown.dots().stream().anyMatch(dot -> live.get(dot).isPresent());
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
