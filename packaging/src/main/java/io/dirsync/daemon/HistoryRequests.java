package io.dirsync.daemon;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import io.dirsync.engine.NodeControl;
import io.dirsync.engine.NodeControl.Change;
import io.dirsync.engine.NodeControl.Explained;
import io.dirsync.engine.NodeControl.History;
import io.dirsync.engine.NodeControl.Lost;
import io.dirsync.engine.NodeControl.Reasoned;
import io.dirsync.model.AttributeChange;
import io.dirsync.model.AttributeName;
import io.dirsync.model.AttributeValue;
import io.dirsync.model.Content;
import io.dirsync.model.Ending;
import io.dirsync.model.Version;
import java.time.Instant;
import java.util.Locale;

/** Answers why a path shows what it shows, and what was done to it. */
final class HistoryRequests {
  /** Changes in one answer. */
  private static final int CHANGES_MAX = 10_000;

  /** Of a hash: enough to tell versions apart. */
  private static final int HASH_CHARS = 12;

  private final NodeControl node;

  HistoryRequests(NodeControl node) {
    this.node = node;
  }

  JsonObject why(JsonObject request) throws AdminProtocol.MalformedException {
    Explained explained = node.why(AdminProtocol.text(request, "path").orElse(""));
    JsonObject out = ConflictJson.answer();
    out.addProperty("folder", explained.folder());
    out.addProperty("root", explained.root().toString());
    out.addProperty("path", explained.path().toString());
    out.addProperty(
        "shown", explained.shown() == null ? null : ConflictJson.kind(explained.shown().content()));
    out.addProperty("pending", explained.pending());
    JsonArray versions = new JsonArray();
    explained.versions().forEach(version -> versions.add(of(explained, version)));
    out.add("versions", versions);
    JsonArray lost = new JsonArray();
    explained.lost().forEach(each -> lost.add(of(explained, each)));
    out.add("lost", lost);
    out.addProperty("more", explained.more());
    JsonArray trash = new JsonArray();
    explained.trash().forEach(file -> trash.add(file.toString()));
    out.add("trash", trash);
    out.addProperty("left", explained.left());
    JsonArray attributes = new JsonArray();
    for (AttributeChange change : explained.attributes()) {
      change.fields().forEach(field -> attributes.add(of(change, field)));
    }
    out.add("attributes", attributes);
    return out;
  }

  private static JsonObject of(Explained explained, Reasoned reasoned) {
    Version version = reasoned.fate().version();
    JsonObject out = described(version);
    Reason reason = Reason.of(explained, reasoned);
    out.addProperty("file", reasoned.file() == null ? null : reasoned.file().toString());
    out.addProperty("reason", words(reasoned.fate().reason()));
    out.addProperty("rule", reason.rule());
    out.addProperty("because", reason.sentence());
    out.addProperty("policy", version.settled() == null ? null : words(version.settled().by()));
    return out;
  }

  private static JsonObject of(Explained explained, Lost lost) {
    JsonObject out = described(lost.version());
    Reason reason = Reason.of(explained, lost);
    out.addProperty("file", lost.place() == null ? null : lost.place().file().toString());
    out.addProperty("elsewhere", lost.place() != null && lost.place().elsewhere());
    out.addProperty("gone", words(lost.gone()));
    out.addProperty("at", time(lost.timeMillis()));
    out.addProperty("by", lost.by());
    out.addProperty("from", lost.from());
    out.addProperty("rule", reason.rule());
    out.addProperty("because", reason.sentence());
    return out;
  }

  private static JsonObject described(Version version) {
    JsonObject out = new JsonObject();
    out.addProperty("node", version.dot().replica().node());
    out.addProperty("time", ConflictJson.time(version.stamp()));
    out.addProperty("kind", ConflictJson.kind(version.content()));
    out.addProperty("bytes", version.content().sizeBytes());
    ConflictJson.addTarget(out, version.content());
    out.addProperty(
        "hash",
        version.content() instanceof Content.File file
            ? file.hash().toString().substring(0, HASH_CHARS)
            : null);
    out.addProperty("writtenTo", version.path().toString());
    return out;
  }

  private static JsonObject of(AttributeChange change, AttributeChange.Field field) {
    JsonObject out = new JsonObject();
    out.addProperty("name", words(field.name()));
    out.addProperty("value", value(field));
    out.addProperty("node", change.dot().replica().node());
    out.addProperty("time", ConflictJson.time(field.stamp()));
    return out;
  }

  private static String value(AttributeChange.Field field) {
    return switch (field.value()) {
      case AttributeValue.OfText(String text) -> text;
      case AttributeValue.OfNumber(long number) ->
          field.name() == AttributeName.MODE
              ? Long.toOctalString(number)
              : ConflictJson.time(number);
    };
  }

  private static String words(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  JsonObject log(JsonObject request) throws AdminProtocol.MalformedException {
    long most = Math.min(AdminProtocol.number(request, "most"), CHANGES_MAX);
    History history =
        node.log(
            AdminProtocol.text(request, "path").orElse(""),
            AdminProtocol.number(request, "sinceMillis"),
            (int) most);
    JsonObject out = ConflictJson.answer();
    out.addProperty("folder", history.folder());
    out.addProperty("path", history.path().toString());
    out.addProperty("begins", history.beginsMillis() == 0 ? null : time(history.beginsMillis()));
    JsonArray changes = new JsonArray();
    history.changes().forEach(change -> changes.add(of(change)));
    out.add("changes", changes);
    return out;
  }

  private static JsonObject of(Change change) {
    JsonObject out = new JsonObject();
    out.addProperty("time", time(change.timeMillis()));
    out.addProperty("node", change.node());
    out.addProperty("from", change.from());
    out.addProperty(
        "what",
        switch (change.what()) {
          case SHELVED -> "put aside";
          case DROPPED -> "dropped a version";
          case WROTE, MOVED_HERE, MOVED_AWAY, ATTRIBUTES, REMOVED -> words(change.what());
        });
    out.addProperty("path", change.path().toString());
    if (change.content() == null) {
      out.add("kind", JsonNull.INSTANCE);
      out.add("bytes", JsonNull.INSTANCE);
    } else {
      out.addProperty("kind", ConflictJson.kind(change.content()));
      out.addProperty("bytes", change.content().sizeBytes());
    }
    out.addProperty("other", change.other() == null ? null : change.other().toString());
    Ending ending = change.ending();
    out.addProperty(
        "policy", ending != null && ending.by() == Ending.By.POLICY ? ending.rule() : null);
    out.addProperty("by", ending == null ? null : Reason.words(ending));
    return out;
  }

  private static String time(long millis) {
    return Instant.ofEpochMilli(millis).toString();
  }
}
