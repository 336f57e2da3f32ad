package io.dirsync.daemon;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.dirsync.engine.NodeControl;
import io.dirsync.engine.NodeStatus;
import io.dirsync.engine.NodeStatus.FolderStatus;
import io.dirsync.engine.NodeStatus.PeerStatus;
import java.util.List;
import java.util.Locale;

/** What the daemon tells as JSON; {@code schema} grows when a reader would have to change. */
final class StatusJson {
  static final int SCHEMA = 1;

  private StatusJson() {}

  static JsonObject of(NodeStatus status) {
    JsonObject out = new JsonObject();
    out.addProperty("schema", SCHEMA);
    out.addProperty("node", status.node());
    out.addProperty("id", status.id());
    out.addProperty("summary", status.summary());
    JsonArray folders = new JsonArray();
    status.folders().forEach(folder -> folders.add(folder(folder)));
    out.add("folders", folders);
    return out;
  }

  private static JsonObject folder(FolderStatus folder) {
    JsonObject out = new JsonObject();
    out.addProperty("name", folder.name());
    out.addProperty("path", folder.path());
    out.addProperty("state", folder.state().words());
    out.addProperty("reason", folder.reason());
    out.addProperty("files", folder.files());
    out.addProperty("bytes", folder.bytes());
    out.addProperty("conflicts", folder.conflicts());
    out.addProperty("skipped", folder.skipped());
    out.addProperty("lastChange", folder.lastChangeMillis());
    JsonArray problems = new JsonArray();
    folder.problems().forEach(problems::add);
    out.add("problems", problems);
    JsonArray notes = new JsonArray();
    folder.notes().forEach(notes::add);
    out.add("notes", notes);
    JsonArray peers = new JsonArray();
    folder.peers().forEach(peer -> peers.add(peer(peer)));
    out.add("peers", peers);
    out.addProperty("mode", folder.mode().words());
    out.addProperty("drift", folder.drift());
    JsonObject ancestors = new JsonObject();
    ancestors.addProperty("files", folder.ancestors().files());
    ancestors.addProperty("bytes", folder.ancestors().bytes());
    out.add("ancestors", ancestors);
    return out;
  }

  static JsonArray drift(List<NodeControl.Drifted> drifted) {
    JsonArray list = new JsonArray();
    for (NodeControl.Drifted each : drifted) {
      JsonObject one = new JsonObject();
      one.addProperty("path", each.path().toString());
      one.addProperty("difference", each.difference().name().toLowerCase(Locale.ROOT));
      list.add(one);
    }
    return list;
  }

  private static JsonObject peer(PeerStatus peer) {
    JsonObject out = new JsonObject();
    out.addProperty("name", peer.name());
    out.addProperty("connected", peer.connected());
    out.addProperty("behindFiles", peer.behindFiles());
    out.addProperty("behindCounts", peer.countsChanges() ? "changes" : "files");
    out.addProperty("behindBytes", peer.behindBytes());
    out.addProperty("lagSeconds", peer.lagSeconds());
    out.addProperty("sentBytes", peer.sentBytes());
    out.addProperty("receivedBytes", peer.receivedBytes());
    out.addProperty("trouble", peer.trouble());
    out.addProperty("since", peer.sinceMillis());
    return out;
  }
}
