package io.dirsync.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import io.dirsync.model.Content;
import io.dirsync.model.ContentHash;
import io.dirsync.model.RelativePath;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ConflictRequestsTest {
  private static final RelativePath PAGE = RelativePath.of("page");
  private static final RelativePath COPY = RelativePath.of(".dirsync/conflicts/page@b.1.2");

  /** Holds what tests put into it. */
  private static final class FakeNode extends DeafNode {
    final List<Conflict> conflicts = new ArrayList<>();
    final Map<RelativePath, String> files = new HashMap<>();

    void add(String id, RelativePath path, @Nullable Copy shown) {
      Copy copy = new Copy(List.of("b"), 2_000_000_000L, file(7), COPY, 86_400_000L);
      conflicts.add(
          new Conflict(
              id, "www", Path.of("/srv/www"), path, shown, List.of(copy), "text", "they differ"));
    }

    @Override
    public List<Conflict> conflicts() {
      return conflicts;
    }

    @Override
    public byte[] read(String folder, RelativePath file, int bytesMax) throws IOException {
      String text = files.get(file);
      if (text == null) {
        throw new NoSuchFileException(file.toString());
      }
      return text.getBytes(StandardCharsets.UTF_8);
    }
  }

  private final FakeNode node = new FakeNode();
  private final ConflictRequests requests = new ConflictRequests(node);

  private static Content file(long size) {
    return new Content.File(ContentHash.of(new byte[ContentHash.BYTES]), size);
  }

  private static io.dirsync.engine.NodeControl.Copy shown(Content content) {
    return new io.dirsync.engine.NodeControl.Copy(
        List.of("a", "c"), 3_000_000_001L, content, PAGE, 0);
  }

  private JsonObject show(String id) throws AdminProtocol.MalformedException {
    JsonObject request = new JsonObject();
    request.addProperty("id", id);
    request.addProperty("diff", true);
    return requests.show(request).getAsJsonObject("conflict");
  }

  private static JsonObject copy(JsonObject conflict) {
    return conflict.getAsJsonArray("copies").get(0).getAsJsonObject();
  }

  @Test
  void tellsWhoWroteWhatAndWhenAndWhereItLies() throws Exception {
    node.add("0a", PAGE, shown(file(5)));
    assertThat(show("0a"))
        .hasToString(
            """
            {"id":"0a","folder":"www","root":"/srv/www","path":"page",\
            "shown":{"nodes":["a","c"],"time":"1970-01-01T00:00:03.000000001Z","kind":"file","bytes":5,"file":"page"},\
            "copies":[{"nodes":["b"],"time":"1970-01-01T00:00:02Z","kind":"file","bytes":7,\
            "file":".dirsync/conflicts/page@b.1.2","node":"b","keptUntil":"1970-01-02T00:00:00Z","diff":null,\
            "noDiff":"it cannot be read: page"}],"policy":"text","left":"they differ"}""");
  }

  @Test
  void comparesEachCopyWithWhatIsShown() throws Exception {
    node.add("0a", PAGE, shown(file(5)));
    node.files.put(PAGE, "here\n");
    node.files.put(COPY, "there\n");
    assertThat(copy(show("0a")).get("diff"))
        .hasToString(
            "[\"--- page\",\"+++ .dirsync/conflicts/page@b.1.2\",\"@@ -1 +1 @@\",\"-here\",\"+there\"]");
  }

  @Test
  void saysWhyThereIsNothingToCompare() throws Exception {
    node.add("0a", PAGE, null);
    node.add("0b", PAGE, shown(Content.Directory.VALUE));
    assertThat(show("0a").get("shown").isJsonNull()).isTrue();
    assertThat(copy(show("0a")).get("noDiff").getAsString())
        .isEqualTo("nothing stands at the path");
    assertThat(copy(show("0b")).get("noDiff").getAsString())
        .isEqualTo("this is a file, and a directory is shown");
  }

  @Test
  void refusesAnIdThatNamesNoneOrTwo() {
    assertThatThrownBy(() -> show("0a"))
        .hasMessageContaining("there is no conflict '0a' here")
        .hasMessageContaining("dirsync conflicts");
    node.add("0a", PAGE, null);
    node.add("0a", RelativePath.of("other"), null);
    assertThatThrownBy(() -> show("0a"))
        .hasMessage("two conflicts have the id 0a: other in www and page in www");
  }
}
