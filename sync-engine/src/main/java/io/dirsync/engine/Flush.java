package io.dirsync.engine;

import io.dirsync.engine.NodeControl.Flushed;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits until every connected peer has durably applied what was written before the flush was asked
 * for. On the node's lane.
 */
final class Flush {
  private static final Logger LOG = LoggerFactory.getLogger(Flush.class);

  /** How long a peer that is not connected is waited for, counted from when that began. */
  private static final Duration PEER_GRACE = Duration.ofSeconds(5);

  private static final Duration LOOK = Duration.ofMillis(200);

  private final Lane lane;
  private final Map<String, PeerLink> links;
  private final List<Folder> wanted;
  private final CompletableFuture<Flushed> result;
  private final List<String> unreachable = Collections.synchronizedList(new ArrayList<>());
  private final Map<String, String> refused = new ConcurrentHashMap<>();
  private final Map<String, String> halted = new ConcurrentHashMap<>();

  /**
   * @param halted folders that do not run, with why
   * @param result may be completed by others first: then it is over
   */
  Flush(
      Lane lane,
      Map<String, PeerLink> links,
      List<Folder> wanted,
      Map<String, String> halted,
      CompletableFuture<Flushed> result) {
    this.lane = lane;
    this.links = links;
    this.wanted = wanted;
    this.halted.putAll(halted);
    this.result = result;
  }

  void start() {
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (Folder folder : wanted) {
      all.add(unlessHalted(folder, folder.recorded().thenCompose(end -> applied(folder, end))));
    }
    var unused =
        CompletableFuture.allOf(all.toArray(CompletableFuture[]::new))
            .whenComplete(
                (_, failure) -> {
                  if (failure != null) {
                    result.completeExceptionally(failure);
                  } else {
                    result.complete(flushed());
                  }
                });
  }

  private Flushed flushed() {
    return new Flushed(
        unreachable.stream().distinct().sorted().toList(),
        refused,
        wanted.stream()
            .filter(folder -> folder.held().areMadeHere())
            .map(folder -> folder.settings().name())
            .toList(),
        halted);
  }

  /** Completes as the other does, or when the folder is halted, with which that may never end. */
  private CompletableFuture<Void> unlessHalted(Folder folder, CompletableFuture<Void> flushed) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    Runnable look =
        () ->
            folder
                .halted()
                .ifPresent(
                    reason -> {
                      halted.put(folder.settings().name(), reason);
                      done.complete(null);
                    });
    var unused =
        flushed.whenComplete(
            (_, failure) -> {
              look.run();
              if (failure != null) {
                done.completeExceptionally(failure);
              } else {
                done.complete(null);
              }
            });
    var unusedToo = result.whenComplete((_, _) -> done.cancel(false));
    lookAgain(look, done);
    return done;
  }

  /** Completes when every connected peer of the folder has applied its log up to here. */
  private CompletableFuture<Void> applied(Folder folder, long end) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    Runnable look =
        () -> {
          if (done.isDone()) {
            return;
          }
          List<String> away = new ArrayList<>();
          Map<String, String> apart = new LinkedHashMap<>();
          boolean all = true;
          for (String peer : folder.settings().peers()) {
            PeerLink link = links.get(peer);
            if (link == null) {
              continue;
            }
            String refusal = folder.refusal(peer);
            if (link.connected() && refusal == null) {
              all = all && folder.isWith(peer, end);
            } else if (link.lasted().compareTo(PEER_GRACE) <= 0) {
              all = false;
            } else if (link.connected() && refusal != null) {
              apart.put(peer, refusal);
            } else {
              away.add(peer);
            }
          }
          if (all) {
            unreachable.addAll(away);
            apart.forEach(
                (peer, why) -> refused.merge(peer, why, (one, other) -> one + "; " + other));
            done.complete(null);
          }
        };
    // Acknowledgements may come faster than they can be looked at.
    AtomicBoolean wanted = new AtomicBoolean();
    Closeable registration =
        folder.onProgress(
            () -> {
              if (wanted.compareAndSet(false, true)) {
                lane.execute(
                    () -> {
                      wanted.set(false);
                      look.run();
                    });
              }
            });
    var unused = done.whenComplete((_, _) -> close(registration));
    var unusedToo = result.whenComplete((_, _) -> done.cancel(false));
    lookAgain(look, done);
    return done;
  }

  private void lookAgain(Runnable look, CompletableFuture<?> done) {
    lane.execute(look);
    lane.after(
        LOOK,
        () -> {
          if (!done.isDone()) {
            lookAgain(look, done);
          }
        });
  }

  private static void close(Closeable registration) {
    try {
      registration.close();
    } catch (IOException e) {
      LOG.debug("closing: {}", e.toString());
    }
  }
}
