package io.dirsync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

final class ConflictsScreenTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter talk = new StringWriter();

  private void print(String... conflicts) {
    ConflictsCommand.print(
        JsonParser.parseString("{\"conflicts\":[" + String.join(",", conflicts) + "]}")
            .getAsJsonObject(),
        new PrintWriter(out),
        new PrintWriter(talk));
  }

  private static String conflict(String id, String path, String kind) {
    return """
        {"id":"%s","folder":"www","path":"%s","policy":"newest","left":null,"copies":[
         {"node":"web2","time":"2026-11-30T00:44:37.416229069Z","kind":"%s","bytes":6,
          "target":"elsewhere","file":".dirsync/conflicts/%s@web2.de97.15","keptUntil":"2026-12-30T00:44:37Z"}]}"""
        .formatted(id, path, kind, path);
  }

  @Test
  void noneIsOneLineAndNothingIsToBeDone() {
    print();
    assertThat(out).hasToString("no conflicts\n");
    assertThat(talk).hasToString("");
  }

  @Test
  void oneSaysTheCommandsThatEndIt() {
    print(conflict("465b2a67", "my page.html", "file"));
    assertThat(out)
        .hasToString(
            """
            465b2a67  www  my page.html
                web2  2026-11-30T00:44:37.416Z  6 B  until 2026-12-30  .dirsync/conflicts/my page.html@web2.de97.15
            """);
    assertThat(talk)
        .hasToString(
            """
            1 conflict: listed is what lost, each with where it is kept.
              look: dirsync conflicts show 465b2a67 --diff
              end:  dirsync conflicts resolve 465b2a67 --keep newest|both|NODE|FILE
            """);
  }

  @Test
  void severalAreCountedAndALinkIsNoFileOfSoManyBytes() {
    print(conflict("465b2a67", "a", "symlink"), conflict("465b2a68", "b", "file"));
    assertThat(out.toString()).contains("416Z  -> elsewhere  until").contains("416Z  6 B  until");
    assertThat(talk.toString())
        .startsWith("2 conflicts: ")
        .contains("dirsync conflicts resolve ID...|--all --keep newest|both|NODE|FILE");
  }
}
