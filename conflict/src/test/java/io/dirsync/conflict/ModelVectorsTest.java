package io.dirsync.conflict;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.dirsync.model.AttributeChange;
import io.dirsync.model.AttributeName;
import io.dirsync.model.AttributeValue;
import io.dirsync.model.Attributes;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.Dot;
import io.dirsync.model.LiveEntry;
import io.dirsync.model.RelativePath;
import io.dirsync.model.ReplicaId;
import io.dirsync.model.Shown;
import io.dirsync.model.Version;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** States of random histories of the executable model, with the trees that it renders them to. */
final class ModelVectorsTest {
  private static final int VECTORS = 3000;

  @Test
  void rendersEveryStateOfTheModelToTheModelsTreeAndConflictCopies() throws IOException {
    int count = 0;
    for (String line : lines()) {
      JsonObject vector = JsonParser.parseString(line).getAsJsonObject();
      LiveSet live = new LiveSet();
      vector.getAsJsonArray("live").forEach(entry -> live.put(entry(entry.getAsJsonObject())));
      check(live, vector, count);
      count++;
    }
    assertThat(count).isEqualTo(VECTORS);
  }

  @Test
  void rendersTheSameWhateverOrderTheEntriesCameIn() throws IOException {
    for (String line : lines().subList(0, 500)) {
      JsonArray entries = JsonParser.parseString(line).getAsJsonObject().getAsJsonArray("live");
      LiveSet forwards = new LiveSet();
      LiveSet backwards = new LiveSet();
      for (int i = 0; i < entries.size(); i++) {
        forwards.put(entry(entries.get(i).getAsJsonObject()));
        backwards.put(entry(entries.get(entries.size() - 1 - i).getAsJsonObject()));
      }
      assertThat(backwards.tree()).isEqualTo(forwards.tree());
    }
  }

  private static List<String> lines() throws IOException {
    InputStream resource =
        Objects.requireNonNull(ModelVectorsTest.class.getResourceAsStream("vectors.jsonl.gz"));
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(new GZIPInputStream(resource), StandardCharsets.UTF_8))) {
      return reader.lines().toList();
    }
  }

  private static void check(LiveSet live, JsonObject vector, int number) {
    TreeMap<String, String> expected = new TreeMap<>();
    for (var each : vector.getAsJsonObject("tree").entrySet()) {
      JsonArray shown = each.getValue().getAsJsonArray();
      expected.put(
          each.getKey(),
          describe(
              content(shown.get(0).getAsString(), shown.get(1).getAsString()),
              attributes(shown.get(2).getAsInt(), shown.get(3).getAsLong()),
              dots(shown.get(4).getAsJsonArray()),
              dots(shown.get(5).getAsJsonArray())));
    }
    Set<String> expectedCopies = new TreeSet<>();
    for (JsonElement each : vector.getAsJsonArray("conflicts")) {
      JsonArray copy = each.getAsJsonArray();
      expectedCopies.add(
          copy.get(0).getAsString()
              + " "
              + content(copy.get(1).getAsString(), copy.get(2).getAsString())
              + " "
              + attributes(copy.get(3).getAsInt(), copy.get(4).getAsLong())
              + " "
              + dot(copy.get(5)));
    }
    TreeMap<String, String> rendered = new TreeMap<>();
    Set<String> copies = new TreeSet<>();
    live.tree()
        .forEach(
            (path, rendering) -> {
              Shown shown = rendering.shown();
              if (shown != null) {
                rendered.put(
                    path.toString(),
                    describe(
                        shown.content(), shown.attributes(), shown.dots(), shown.attributeDots()));
              }
              rendering
                  .copies()
                  .forEach(
                      copy ->
                          copies.add(
                              copy.path()
                                  + " "
                                  + copy.content()
                                  + " "
                                  + copy.attributes()
                                  + " "
                                  + copy.dot()));
            });
    assertThat(rendered).as("vector %d", number).isEqualTo(expected);
    assertThat(copies).as("copies of vector %d", number).isEqualTo(expectedCopies);
  }

  private static String describe(
      Content content, Attributes attributes, Set<Dot> dots, Set<Dot> changes) {
    return content + " " + attributes + " " + new TreeSet<>(dots) + " " + new TreeSet<>(changes);
  }

  private static LiveEntry entry(JsonObject in) {
    Dot dot = dot(in.get("dot"));
    RelativePath path = RelativePath.of(in.get("path").getAsString());
    if (in.get("type").getAsString().equals("attributes")) {
      List<AttributeChange.Field> fields = new ArrayList<>();
      for (JsonElement each : in.getAsJsonArray("fields")) {
        JsonArray field = each.getAsJsonArray();
        AttributeName name =
            AttributeName.valueOf(field.get(0).getAsString().toUpperCase(java.util.Locale.ROOT));
        long value = field.get(1).getAsLong();
        fields.add(
            new AttributeChange.Field(
                name,
                new AttributeValue.OfNumber(name == AttributeName.MODE ? mode(value) : value),
                field.get(2).getAsLong()));
      }
      return new AttributeChange(dot, path, fields);
    }
    List<Dot> supersedes = new ArrayList<>();
    in.getAsJsonArray("supersedes").forEach(each -> supersedes.add(dot(each)));
    JsonElement movedFrom = in.get("movedFrom");
    return new Version(
        dot,
        path,
        content(in.get("kind").getAsString(), in.get("content").getAsString()),
        attributes(in.get("mode").getAsInt(), in.get("mtime").getAsLong()),
        in.get("stamp").getAsLong(),
        supersedes,
        dotOrNull(movedFrom),
        in.get("shelved").getAsBoolean());
  }

  private static @Nullable Dot dotOrNull(JsonElement element) {
    return element.isJsonNull() ? null : dot(element);
  }

  private static Dot dot(JsonElement element) {
    JsonArray pair = element.getAsJsonArray();
    String replica = pair.get(0).getAsString();
    return new Dot(
        new ReplicaId(replica.substring(0, 1), Long.parseLong(replica.substring(1))),
        pair.get(1).getAsLong());
  }

  private static Set<Dot> dots(JsonArray array) {
    Set<Dot> dots = new HashSet<>();
    array.forEach(each -> dots.add(dot(each)));
    return dots;
  }

  private static Content content(String kind, String content) {
    return kind.equals("directory") ? Content.Directory.VALUE : file(content);
  }

  /** Any injective naming of contents will do. */
  private static Content.File file(String content) {
    long first = 0;
    for (byte b : content.getBytes(StandardCharsets.UTF_8)) {
      first = first << 8 | b;
    }
    return new Content.File(new ContentHash(first, content.length(), 0, 0), 1);
  }

  private static Attributes attributes(int mode, long mtime) {
    return new Attributes(mode(mode), mtime);
  }

  /** The model writes modes in digits that look octal. */
  private static int mode(long digits) {
    return Integer.parseInt(Long.toString(digits), 8);
  }
}
