package io.dirsync.daemon;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import io.dirsync.engine.NodeControl.Conflict;
import io.dirsync.engine.NodeControl.Copy;
import io.dirsync.engine.NodeControl.Settled;
import io.dirsync.model.Content;
import io.dirsync.model.EscapedBytes;
import io.dirsync.model.LinkTarget;
import java.time.Instant;
import java.util.List;

/** Conflicts as JSON. */
final class ConflictJson {
  private ConflictJson() {}

  static JsonObject list(List<Conflict> conflicts) {
    JsonArray list = new JsonArray();
    conflicts.forEach(conflict -> list.add(of(conflict)));
    JsonObject out = answer();
    out.add("conflicts", list);
    return out;
  }

  static JsonObject answer() {
    JsonObject out = new JsonObject();
    out.addProperty("schema", StatusJson.SCHEMA);
    return out;
  }

  static JsonObject of(Conflict conflict) {
    JsonObject out = new JsonObject();
    out.addProperty("id", conflict.id());
    out.addProperty("folder", conflict.folder());
    out.addProperty("root", conflict.root().toString());
    out.addProperty("path", conflict.path().toString());
    Copy shown = conflict.shown();
    out.add("shown", shown == null ? JsonNull.INSTANCE : of(shown));
    JsonArray copies = new JsonArray();
    for (Copy copy : conflict.copies()) {
      JsonObject one = of(copy);
      one.addProperty("node", copy.nodes().getFirst());
      one.addProperty(
          "keptUntil",
          copy.keptUntilMillis() == 0
              ? null
              : Instant.ofEpochMilli(copy.keptUntilMillis()).toString());
      copies.add(one);
    }
    out.add("copies", copies);
    out.addProperty("policy", conflict.policy());
    out.addProperty("left", conflict.left());
    return out;
  }

  private static JsonObject of(Copy copy) {
    JsonObject out = new JsonObject();
    JsonArray nodes = new JsonArray();
    copy.nodes().forEach(nodes::add);
    out.add("nodes", nodes);
    out.addProperty("time", copy.timeNanos() == 0 ? null : time(copy.timeNanos()));
    out.addProperty("kind", kind(copy.content()));
    out.addProperty("bytes", copy.content().sizeBytes());
    addTarget(out, copy.content());
    out.addProperty("file", copy.file().toString());
    return out;
  }

  /** Of a link where it points, as it is shown. */
  static void addTarget(JsonObject out, Content content) {
    if (content instanceof Content.Symlink(LinkTarget target)) {
      out.addProperty("target", EscapedBytes.escape(target.bytes()));
    }
  }

  static JsonObject settled(List<Settled> settled) {
    JsonArray list = new JsonArray();
    for (Settled each : settled) {
      JsonObject one = new JsonObject();
      one.addProperty("id", each.id());
      one.addProperty("folder", each.folder());
      one.addProperty("path", each.path().toString());
      JsonArray written = new JsonArray();
      each.written().forEach(path -> written.add(path.toString()));
      one.add("written", written);
      one.addProperty("copies", each.copies());
      one.addProperty("refused", each.refused());
      one.addProperty("peersOnly", each.peersOnly());
      list.add(one);
    }
    JsonObject out = answer();
    out.add("settled", list);
    return out;
  }

  static String kind(Content content) {
    return switch (content) {
      case Content.File _ -> "file";
      case Content.Directory _ -> "directory";
      case Content.Symlink _ -> "symlink";
    };
  }

  /**
   * @param nanos since 1970
   */
  static String time(long nanos) {
    return Instant.ofEpochSecond(
            Math.floorDiv(nanos, 1_000_000_000L), Math.floorMod(nanos, 1_000_000_000L))
        .toString();
  }
}
