package io.dirsync.daemon;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import io.dirsync.engine.NodeControl;
import io.dirsync.engine.NodeControl.Conflict;
import io.dirsync.engine.NodeControl.Copy;
import io.dirsync.engine.NodeControl.Keep;
import io.dirsync.engine.NodeControl.Settled;
import io.dirsync.model.Content;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Answers what is asked about conflicts. */
final class ConflictRequests {
  private final NodeControl node;

  ConflictRequests(NodeControl node) {
    this.node = node;
  }

  JsonObject list() {
    return ConflictJson.list(node.conflicts());
  }

  /** One conflict, with what each copy has and the shown version has not. */
  JsonObject show(JsonObject request) throws AdminProtocol.MalformedException {
    Conflict conflict = require(AdminProtocol.text(request, "id").orElse(""));
    JsonObject out = ConflictJson.answer();
    JsonObject described = ConflictJson.of(conflict);
    if (AdminProtocol.flag(request, "diff")) {
      JsonArray copies = described.getAsJsonArray("copies");
      for (int i = 0; i < copies.size(); i++) {
        compare(conflict, conflict.copies().get(i), copies.get(i).getAsJsonObject());
      }
    }
    out.add("conflict", described);
    return out;
  }

  /** Ends conflicts; the bytes of a file to be kept follow the request. */
  CompletableFuture<List<Settled>> resolve(AdminProtocol.Line line, ReadableByteChannel channel)
      throws AdminProtocol.MalformedException {
    JsonObject request = line.object();
    List<String> ids = AdminProtocol.texts(request, "ids");
    if (ids.isEmpty() != AdminProtocol.flag(request, "all")) {
      throw new AdminProtocol.MalformedException("either 'ids' or 'all'");
    }
    String keep = AdminProtocol.text(request, "keep").orElse("");
    Keep choice =
        switch (keep) {
          case "newest" -> new Keep.Newest();
          case "both" -> new Keep.Both();
          case "node" -> new Keep.OfNode(AdminProtocol.text(request, "node").orElse(""));
          case "content" ->
              new Keep.Given(
                  new ChannelUpload(
                      channel, line.rest(), AdminProtocol.number(request, "contentBytes")));
          default ->
              throw new AdminProtocol.MalformedException("'keep' is newest, both, node or content");
        };
    return node.resolve(Set.copyOf(ids), choice, AdminProtocol.flag(request, "dryRun"));
  }

  CompletableFuture<List<Settled>> undo(JsonObject request)
      throws AdminProtocol.MalformedException {
    List<String> ids = AdminProtocol.texts(request, "ids");
    if (ids.isEmpty()) {
      throw new AdminProtocol.MalformedException("'ids' is missing");
    }
    return node.undo(Set.copyOf(ids));
  }

  private Conflict require(String id) {
    List<Conflict> found =
        node.conflicts().stream().filter(conflict -> conflict.id().equals(id)).toList();
    return switch (found.size()) {
      case 0 ->
          throw new IllegalArgumentException(
              "there is no conflict '" + id + "' here; `dirsync conflicts` lists those there are");
      case 1 -> found.getFirst();
      default ->
          throw new IllegalArgumentException(
              "two conflicts have the id " + id + ": " + paths(found));
    };
  }

  private static String paths(List<Conflict> conflicts) {
    return String.join(
        " and ",
        conflicts.stream().map(each -> each.path() + " in " + each.folder()).sorted().toList());
  }

  private void compare(Conflict conflict, Copy copy, JsonObject into) {
    TextDiff.Result result = compare(conflict, conflict.shown(), copy);
    switch (result) {
      case TextDiff.Result.Lines(List<String> lines) -> {
        JsonArray diff = new JsonArray();
        lines.forEach(diff::add);
        into.add("diff", diff);
      }
      case TextDiff.Result.Not(String reason) -> {
        into.add("diff", JsonNull.INSTANCE);
        into.addProperty("noDiff", reason);
      }
    }
  }

  private TextDiff.Result compare(Conflict conflict, @Nullable Copy shown, Copy copy) {
    if (shown == null) {
      return new TextDiff.Result.Not("nothing stands at the path");
    }
    if (shown.content() instanceof Content.Symlink && copy.content() instanceof Content.Symlink) {
      return new TextDiff.Result.Not("both are links; where they point stands above");
    }
    if (!(shown.content() instanceof Content.File) || !(copy.content() instanceof Content.File)) {
      return new TextDiff.Result.Not(
          "this is a "
              + ConflictJson.kind(copy.content())
              + ", and a "
              + ConflictJson.kind(shown.content())
              + " is shown");
    }
    try {
      int most = TextDiff.BYTES_MAX + 1;
      return TextDiff.compare(
          shown.file().toString(),
          node.read(conflict.folder(), shown.file(), most),
          copy.file().toString(),
          node.read(conflict.folder(), copy.file(), most));
    } catch (IOException e) {
      return new TextDiff.Result.Not("it cannot be read: " + e.getMessage());
    }
  }
}
