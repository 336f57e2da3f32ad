package io.dirsync.engine;

import io.dirsync.engine.NodeStatus.FolderStatus;
import io.dirsync.engine.NodeStatus.PeerStatus;
import io.dirsync.engine.NodeStatus.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.TreeSet;

/** The state of a node as one or two sentences, the most urgent thing first. */
final class Summary {
  private Summary() {}

  static String of(List<FolderStatus> folders) {
    if (folders.isEmpty()) {
      return "No folder is configured.";
    }
    List<String> sentences = new ArrayList<>();
    for (FolderStatus folder : folders) {
      if (folder.state() == State.HALTED || folder.state() == State.HELD) {
        sentences.add(
            "Folder "
                + folder.name()
                + " is "
                + folder.state().words()
                + ": "
                + folder.reason()
                + ".");
      }
    }
    long conflicts = folders.stream().mapToLong(FolderStatus::conflicts).sum();
    if (conflicts > 0) {
      sentences.add(
          conflicts == 1 ? "1 conflict needs you." : count(conflicts) + " conflicts need you.");
    }
    for (FolderStatus folder : folders) {
      if (folder.state() != State.HALTED && !folder.problems().isEmpty()) {
        int more = folder.problems().size() - 1;
        sentences.add(
            "Folder "
                + folder.name()
                + ": "
                + folder.problems().getFirst()
                + (more > 0 ? " (and " + more + " more)." : "."));
      }
    }
    peersAway(folders, sentences);
    underWay(folders, sentences);
    if (sentences.isEmpty()) {
      sentences.add(allWell(folders));
    }
    for (FolderStatus folder : folders) {
      folder.notes().forEach(note -> sentences.add("Folder " + folder.name() + ": " + note + "."));
    }
    return String.join(" ", sentences);
  }

  private static void peersAway(List<FolderStatus> folders, List<String> sentences) {
    TreeMap<String, Long> away = new TreeMap<>();
    TreeMap<String, TreeMap<String, Long>> apart = new TreeMap<>();
    for (FolderStatus folder : folders) {
      for (PeerStatus peer : folder.peers()) {
        String trouble = peer.trouble();
        if (!peer.connected()) {
          away.merge(peer.name(), peer.behindFiles(), Long::sum);
        } else if (trouble != null) {
          apart
              .computeIfAbsent(peer.name(), _ -> new TreeMap<>())
              .merge(trouble, peer.behindFiles(), Long::sum);
        }
      }
    }
    away.forEach(
        (peer, behind) ->
            sentences.add(
                behind == 0
                    ? "Peer " + peer + " is not connected."
                    : "Peer " + peer + " is not connected; " + waiting(behind) + " for it."));
    apart.forEach(
        (peer, troubles) ->
            troubles.forEach((trouble, behind) -> sentences.add(apart(peer, trouble, behind))));
  }

  /** Of a peer that is connected and does not take part. */
  private static String apart(String peer, String trouble, long behind) {
    return "Peer "
        + peer
        + " is connected, but "
        + trouble
        + "."
        + (behind == 0 ? " See" : " " + waiting(behind) + " for it; see")
        + " 'dirsync status' on "
        + peer
        + ".";
  }

  private static void underWay(List<FolderStatus> folders, List<String> sentences) {
    TreeMap<String, Long> behind = new TreeMap<>();
    for (FolderStatus folder : folders) {
      for (PeerStatus peer : folder.peers()) {
        if (peer.isWithUs() && peer.behindFiles() > 0) {
          behind.merge(peer.name(), peer.behindFiles(), Long::sum);
        }
      }
    }
    behind.forEach(
        (peer, files) ->
            sentences.add(
                (files == 1
                        ? "1 change still on its way to "
                        : count(files) + " changes still on their way to ")
                    + peer
                    + "."));
    if (behind.isEmpty()) {
      for (FolderStatus folder : folders) {
        boolean tells =
            switch (folder.state()) {
              case SCANNING, RECEIVING, SENDING -> true;
              // What cannot be written is no progress, and was told of already.
              case PUBLISHING -> folder.problems().isEmpty();
              case IN_SYNC, PAUSED, HELD, HALTED -> false;
            };
        if (tells) {
          sentences.add("Folder " + folder.name() + " is " + folder.state().words() + ".");
        }
      }
    }
  }

  private static String allWell(List<FolderStatus> folders) {
    TreeSet<String> peers = new TreeSet<>();
    double lag = 0;
    for (FolderStatus folder : folders) {
      for (PeerStatus peer : folder.peers()) {
        peers.add(peer.name());
        lag = Math.max(lag, peer.lagSeconds());
      }
    }
    String which =
        folders.size() == 1
            ? "Folder " + folders.getFirst().name() + " is"
            : "All " + folders.size() + " folders are";
    return peers.isEmpty()
        ? which + " watched; no peer shares " + (folders.size() == 1 ? "it." : "them.")
        : which
            + " in sync with "
            + String.join(", ", peers)
            + String.format(Locale.ROOT, " (lag %.1f s).", lag);
  }

  private static String waiting(long changes) {
    return changes == 1 ? "1 change waits" : count(changes) + " changes wait";
  }

  private static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }
}
