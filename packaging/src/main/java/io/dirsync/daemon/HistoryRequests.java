package io.dirsync.daemon;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import io.dirsync.conflict.Fate;
import io.dirsync.engine.NodeControl;
import io.dirsync.engine.NodeControl.Change;
import io.dirsync.engine.NodeControl.Explained;
import io.dirsync.engine.NodeControl.History;
import io.dirsync.engine.NodeControl.Reasoned;
import io.dirsync.model.AttributeChange;
import io.dirsync.model.AttributeName;
import io.dirsync.model.AttributeValue;
import io.dirsync.model.Settled;
import io.dirsync.model.Version;
import java.time.Instant;
import java.util.Locale;

/** Answers why a path shows what it shows, and what was done to it. */
final class HistoryRequests {
  /** Changes in one answer. */
  private static final int CHANGES_MAX = 10_000;

  /** Policies end conflicts. */
  private static final int POLICY_RULE = 8;

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
    explained.versions().forEach(version -> versions.add(of(version)));
    out.add("versions", versions);
    JsonArray attributes = new JsonArray();
    for (AttributeChange change : explained.attributes()) {
      change.fields().forEach(field -> attributes.add(of(change, field)));
    }
    out.add("attributes", attributes);
    return out;
  }

  private static JsonObject of(Reasoned reasoned) {
    Fate fate = reasoned.fate();
    Version version = fate.version();
    JsonObject out = new JsonObject();
    out.addProperty("node", version.dot().replica().node());
    out.addProperty("time", ConflictJson.time(version.stamp()));
    out.addProperty("kind", ConflictJson.kind(version.content()));
    out.addProperty("bytes", version.content().sizeBytes());
    out.addProperty("writtenTo", version.path().toString());
    out.addProperty("file", reasoned.file() == null ? null : reasoned.file().toString());
    out.addProperty("reason", words(fate.reason()));
    out.addProperty("rule", isPutTogether(fate) ? POLICY_RULE : fate.reason().rule());
    out.addProperty("because", sentence(fate));
    out.addProperty("policy", version.settled() == null ? null : words(version.settled().by()));
    return out;
  }

  private static boolean isPutTogether(Fate fate) {
    return fate.reason() == Fate.Reason.SHOWN && fate.version().settled() != null;
  }

  private static String sentence(Fate fate) {
    return switch (fate.reason()) {
      case SHOWN -> {
        Settled settled = fate.version().settled();
        yield settled == null
            ? "the path shows this content"
            : "the path shows this content: the policy '"
                + words(settled.by())
                + "' put it together of what several nodes wrote";
      }
      case SHOWN_WHERE_MOVED ->
          "an edit of " + fate.version().path() + " follows the move of that here";
      case OLDER -> "a newer write has the name: this is a conflict copy";
      case UNDER_A_DIRECTORY -> "a directory has the name: this is a conflict copy";
      case WRITTEN_OVER ->
          "it was a conflict copy when someone wrote or removed the path, and stays one";
      case FOLLOWED_A_MOVE -> "it follows the move of what it edited to " + fate.at();
      case EDITED_SINCE -> "it was moved here, and an edit of it has taken its place";
    };
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
    out.addProperty("policy", change.policy() == null ? null : words(change.policy()));
    return out;
  }

  private static String time(long millis) {
    return Instant.ofEpochMilli(millis).toString();
  }
}
