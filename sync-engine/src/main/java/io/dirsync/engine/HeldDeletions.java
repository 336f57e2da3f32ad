package io.dirsync.engine;

import io.dirsync.conflict.Renderer;
import io.dirsync.engine.apply.Planner;
import io.dirsync.engine.scan.Scanner;
import io.dirsync.engine.store.PathRecord;
import io.dirsync.fs.Volume;
import io.dirsync.model.RelativePath;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a folder does about deletions that are held: counts those that were made here whenever the
 * whole tree is looked at, and carries out what the operator decides about them and about those
 * that peers have made.
 */
final class HeldDeletions {
  private static final Logger LOG = LoggerFactory.getLogger(HeldDeletions.class);

  private final String folder;
  private final Volume volume;
  private final FolderWriter writer;
  private final Planner planner;
  private final Scanner scanner;
  private final LocalDeletions deletions;
  private final DeleteBrake peersBrake;
  private final Lane lane;
  private final Environment environment;

  HeldDeletions(
      String folder,
      Volume volume,
      FolderWriter writer,
      Planner planner,
      Scanner scanner,
      LocalDeletions deletions,
      DeleteBrake peersBrake,
      Lane lane,
      Environment environment) {
    this.folder = folder;
    this.volume = volume;
    this.writer = writer;
    this.planner = planner;
    this.scanner = scanner;
    this.deletions = deletions;
    this.peersBrake = peersBrake;
    this.lane = lane;
    this.environment = environment;
  }

  /** Whether deletions that were made here are kept from peers. Safe for any thread. */
  boolean areMadeHere() {
    return deletions.holds();
  }

  /** Whether a file is gone from this disk and that waits. On the lane. */
  boolean isMadeHere(RelativePath path) {
    return areMadeHere() && deletions.isHeld(path);
  }

  /** Looks at everything; what was deleted and is held is counted anew. */
  CompletableFuture<Scanner.WalkResult> walkAll() {
    CompletableFuture<Scanner.WalkResult> ended = new CompletableFuture<>();
    lane.execute(
        () -> {
          long recount = deletions.beginRecount();
          var unused =
              scanner
                  .walk(RelativePath.ROOT)
                  .whenComplete(
                      (result, failure) ->
                          lane.execute(
                              () -> {
                                deletions.endRecount(recount);
                                if (failure == null) {
                                  ended.complete(result);
                                } else {
                                  ended.completeExceptionally(failure);
                                }
                              }));
        });
    return ended;
  }

  /**
   * The operator has said what is to become of the deletions that are held; completes when all of
   * them have been taken up.
   *
   * @param putBack whether they are undone, instead of let go
   */
  CompletableFuture<NodeControl.Decided> decide(boolean putBack) {
    CompletableFuture<NodeControl.Decided> result = new CompletableFuture<>();
    lane.execute(
        () -> {
          boolean here = deletions.holds();
          boolean byPeers = peersBrake.state() == DeleteBrake.State.HELD;
          if (!here && !byPeers) {
            result.completeExceptionally(
                new IllegalStateException("folder " + folder + " holds nothing"));
            return;
          }
          NodeControl.Decided decided = new NodeControl.Decided(deletions.count(), planner.held());
          if (byPeers && putBack) {
            keep(planner.heldPaths());
          } else if (byPeers) {
            planner.release();
          }
          if (!here) {
            result.complete(decided);
            return;
          }
          deletions.decide(putBack ? DeleteBrake.State.REFUSED : DeleteBrake.State.APPROVED);
          var unused = walkAll().thenRun(() -> result.complete(decided));
        });
    return result;
  }

  /** What peers have removed and this disk has still is taken for written here anew. */
  private void keep(List<RelativePath> paths) {
    writer.write(
        transaction -> {
          for (RelativePath path : paths) {
            if (Renderer.at(transaction, path).shown() == null) {
              transaction.put(new PathRecord(path, null, null, transaction.record(path).copies()));
              planner.evaluate(transaction, path, planner.newTicket());
            }
          }
          writer.afterCommit(() -> paths.forEach(scanner::recheck));
        });
  }

  /**
   * Files that were gone and came back as they were, with the directory that they are in, say, do
   * not differ from their records: nothing tells of them.
   */
  void lookForReturned() {
    if (!deletions.holds()) {
      return;
    }
    List<RelativePath> held = deletions.heldPaths();
    environment
        .workers()
        .execute(
            () -> {
              List<RelativePath> back = new ArrayList<>();
              try {
                for (RelativePath path : held) {
                  if (volume.find(path.bytes()).isPresent()) {
                    back.add(path);
                  }
                }
              } catch (IOException e) {
                LOG.debug("folder {}: {}", folder, e.toString());
              }
              lane.execute(() -> back.forEach(deletions::found));
            });
  }
}
