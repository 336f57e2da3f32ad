package io.dirsync.engine;

import io.dirsync.conflict.Renderer;
import io.dirsync.engine.NodeStatus.State;
import io.dirsync.engine.apply.PlannedChanges;
import io.dirsync.engine.apply.Planner;
import io.dirsync.engine.scan.Scanner;
import io.dirsync.engine.store.FolderStore;
import io.dirsync.fs.Volume;
import io.dirsync.model.RelativePath;
import io.dirsync.watcher.Watcher;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a folder tells its operator. Safe for any thread. */
final class FolderReport {
  private static final int PROBLEMS_SHOWN_MAX = 20;

  /** Directories that are named as an example of many. */
  private static final int UNWATCHED_SHOWN_MAX = 2;

  private final FolderSettings settings;
  private final Volume volume;
  private final FolderStore store;
  private final Planner planner;
  private final Scanner scanner;
  private final Watcher watcher;
  private final LocalWrites local;
  private final Exchange exchange;
  private final FolderConflicts conflicts;
  private final PolicySettler settler;
  private final @Nullable Drift drift;
  private final LocalDeletions deletions;
  private final DeleteBrake peersBrake;
  private final Owners owners;

  FolderReport(
      FolderSettings settings,
      Volume volume,
      FolderStore store,
      Planner planner,
      Scanner scanner,
      Watcher watcher,
      LocalWrites local,
      Exchange exchange,
      FolderConflicts conflicts,
      PolicySettler settler,
      Optional<Drift> drift,
      LocalDeletions deletions,
      DeleteBrake peersBrake,
      Owners owners) {
    this.settler = settler;
    this.drift = drift.orElse(null);
    this.settings = settings;
    this.volume = volume;
    this.store = store;
    this.planner = planner;
    this.scanner = scanner;
    this.watcher = watcher;
    this.local = local;
    this.exchange = exchange;
    this.conflicts = conflicts;
    this.deletions = deletions;
    this.peersBrake = peersBrake;
    this.owners = owners;
  }

  /** The folder's state. */
  NodeStatus.FolderStatus status(
      Optional<String> halted,
      long lastChangeMillis,
      List<NodeStatus.PeerStatus> peers,
      long nowMillis) {
    FolderStore.Totals totals = store.totals();
    List<String> problems = problems();
    String reason =
        halted
            .or(this::held)
            .or(planner::diskFull)
            .or(() -> problems.stream().findFirst())
            .or(
                () ->
                    peers.stream()
                        .filter(peer -> !peer.isWithUs())
                        .findFirst()
                        .map(FolderReport::away))
            .orElse(null);
    return new NodeStatus.FolderStatus(
        settings.name(),
        settings.root().toString(),
        state(halted.isPresent(), peers),
        reason,
        problems,
        Stream.of(
                DatabaseNote.sentence(store, nowMillis),
                StaleNote.sentence(settings, store, nowMillis),
                owners.note())
            .flatMap(Optional::stream)
            .toList(),
        totals.files(),
        totals.bytes(),
        conflicts.count(),
        scanner.skipped(),
        lastChangeMillis,
        peers,
        settings.mode(),
        drift == null ? 0 : drift.count(),
        new NodeStatus.Ancestors(settler.ancestorFiles(), settler.ancestorBytes()));
  }

  private static String away(NodeStatus.PeerStatus peer) {
    String trouble = peer.trouble();
    return "peer "
        + peer.name()
        + (peer.connected() ? " is connected, but " : " is not connected: ")
        + (trouble == null ? "it is not known why" : trouble);
  }

  private State state(boolean halted, List<NodeStatus.PeerStatus> peers) {
    if (halted) {
      return State.HALTED;
    }
    if (held().isPresent()) {
      return State.HELD;
    }
    if (!exchange.ready() || scanner.walking()) {
      return State.SCANNING;
    }
    if (planner.fetching() > 0 || !exchange.caughtUp()) {
      return State.RECEIVING;
    }
    if (planner.pending() > 0) {
      return State.PUBLISHING;
    }
    if (peers.stream().anyMatch(peer -> peer.isWithUs() && peer.behindFiles() > 0)) {
      return State.SENDING;
    }
    return State.IN_SYNC;
  }

  /** Which deletions wait for the operator, and what to do; empty if none do. */
  private Optional<String> held() {
    List<String> sentences = new ArrayList<>();
    if (deletions.holds()) {
      long count = deletions.count();
      sentences.add(
          (count >= LocalDeletions.COUNTED_MAX ? "more than " : "")
              + Counted.of(count, "file is", "files are")
              + " gone here, and "
              + (count == 1 ? "its" : "their")
              + " deletion is sent to nobody yet");
    }
    if (peersBrake.state() == DeleteBrake.State.HELD) {
      long count = planner.held();
      sentences.add(
          Counted.of(count, "file", "files")
              + " that peers have deleted "
              + (count == 1 ? "stays" : "stay")
              + " here still");
    }
    return sentences.isEmpty()
        ? Optional.empty()
        : Optional.of(
            String.join("; ", sentences)
                + " (max_delete is "
                + settings.maxDelete()
                + "); all else goes on. 'dirsync approve "
                + settings.name()
                + "' lets the deletions go, with --put-back the files come back everywhere");
  }

  private List<String> problems() {
    List<String> sentences = new ArrayList<>();
    planner
        .diskFull()
        .ifPresent(
            reason ->
                sentences.add(
                    reason
                        + ": what does not fit waits; to make room, what lies in "
                        + Layout.TRASH
                        + " may be removed"));
    conflicts.warning().ifPresent(sentences::add);
    if (drift != null && drift.count() > 0) {
      long count = drift.count();
      sentences.add(
          (drift.isMore() ? "more than " : "")
              + Counted.of(count, "path differs", "paths differ")
              + " here from what is received: dirsync folder drift "
              + settings.name());
    }
    Map<RelativePath, String> unwritten = planner.problems();
    if (!unwritten.isEmpty() && isReadOnly()) {
      // Of each of them the same would be said.
      sentences.add(
          "its root "
              + settings.root()
              + " is on a read-only file system: what peers write waits, and is tried again");
    } else {
      unwritten.forEach((path, reason) -> add(sentences, verb(path) + path + ": " + reason));
    }
    local
        .unreadable()
        .forEach((path, reason) -> add(sentences, "cannot read " + path + ": " + reason));
    List<Watcher.Gap> gaps = watcher.gaps();
    unwatched(gaps).ifPresent(sentence -> add(sentences, sentence));
    for (Watcher.Gap gap : gaps) {
      if (gap.limitReached()) {
        continue;
      }
      add(
          sentences,
          "not watched, rescanned every "
              + Folder.GAPS_AGAIN.toSeconds()
              + " s: "
              + RelativePath.of(gap.path())
              + ": "
              + gap.reason());
    }
    return sentences;
  }

  private boolean isReadOnly() {
    try {
      return volume.isReadOnly();
    } catch (IOException e) {
      return false;
    }
  }

  /** What cannot be done at a path of which nothing is to be left, or something is. */
  private String verb(RelativePath path) {
    boolean isToGo =
        store.record(path).shown() != null && Renderer.at(store.live(), path).shown() == null;
    return isToGo ? "cannot remove " : "cannot write ";
  }

  /**
   * What is not watched because of the limit, in one sentence: there may be as many as directories.
   */
  static Optional<String> unwatched(List<Watcher.Gap> gaps) {
    List<Watcher.Gap> beyond = gaps.stream().filter(Watcher.Gap::limitReached).toList();
    if (beyond.isEmpty()) {
      return Optional.empty();
    }
    boolean listed = beyond.stream().noneMatch(gap -> gap.path().length == 0);
    String examples =
        String.join(
            " and ",
            beyond.stream()
                .filter(gap -> gap.path().length > 0)
                .limit(UNWATCHED_SHOWN_MAX)
                .map(gap -> RelativePath.of(gap.path()).toString())
                .toList());
    String which;
    if (beyond.size() == 1) {
      which = (listed ? examples : "the whole tree") + " is not watched";
    } else {
      which =
          String.format(
              Locale.ROOT,
              "%s%,d directories are not watched, such as %s",
              listed ? "" : "more than ",
              beyond.size() - (listed ? 0 : 1),
              examples);
    }
    return Optional.of(
        which
            + ": "
            + beyond.getFirst().reason()
            + "; until then what changes there and below is seen every "
            + Folder.GAPS_AGAIN.toSeconds()
            + " s");
  }

  private static void add(List<String> sentences, String sentence) {
    if (sentences.size() < PROBLEMS_SHOWN_MAX) {
      sentences.add(sentence);
    }
  }

  /** What would be done, a line a path, or for what moves; for a trial. */
  List<String> planned() {
    return new PlannedChanges(store, planner).lines();
  }
}
