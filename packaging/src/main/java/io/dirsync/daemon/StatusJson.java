package io.dirsync.daemon;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.dirsync.engine.NodeControl.Conflict;
import io.dirsync.engine.NodeControl.Copy;
import io.dirsync.engine.NodeStatus;
import io.dirsync.engine.NodeStatus.FolderStatus;
import io.dirsync.engine.NodeStatus.PeerStatus;
import java.time.Instant;
import java.util.List;

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
    JsonArray peers = new JsonArray();
    folder.peers().forEach(peer -> peers.add(peer(peer)));
    out.add("peers", peers);
    return out;
  }

  private static JsonObject peer(PeerStatus peer) {
    JsonObject out = new JsonObject();
    out.addProperty("name", peer.name());
    out.addProperty("connected", peer.connected());
    out.addProperty("behindFiles", peer.behindFiles());
    out.addProperty("behindBytes", peer.behindBytes());
    out.addProperty("lagSeconds", peer.lagSeconds());
    out.addProperty("sentBytes", peer.sentBytes());
    out.addProperty("receivedBytes", peer.receivedBytes());
    out.addProperty("trouble", peer.trouble());
    out.addProperty("since", peer.sinceMillis());
    return out;
  }

  static JsonObject of(List<Conflict> conflicts) {
    JsonObject out = new JsonObject();
    out.addProperty("schema", SCHEMA);
    JsonArray list = new JsonArray();
    for (Conflict conflict : conflicts) {
      JsonObject each = new JsonObject();
      each.addProperty("id", conflict.id());
      each.addProperty("folder", conflict.folder());
      each.addProperty("path", conflict.path().toString());
      JsonArray copies = new JsonArray();
      for (Copy copy : conflict.copies()) {
        JsonObject one = new JsonObject();
        one.addProperty("node", copy.node());
        one.addProperty(
            "time",
            Instant.ofEpochSecond(
                    Math.floorDiv(copy.timeNanos(), 1_000_000_000L),
                    Math.floorMod(copy.timeNanos(), 1_000_000_000L))
                .toString());
        one.addProperty("bytes", copy.content().sizeBytes());
        one.addProperty("file", copy.file().toString());
        copies.add(one);
      }
      each.add("copies", copies);
      list.add(each);
    }
    out.add("conflicts", list);
    return out;
  }
}
