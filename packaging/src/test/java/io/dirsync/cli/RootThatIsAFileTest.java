package io.dirsync.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.dirsync.daemon.ConfigReader;
import io.dirsync.daemon.Daemon;
import io.dirsync.daemon.Places;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A file where a folder's root belongs halts that folder, and neither the node nor a command. */
@Timeout(120)
class RootThatIsAFileTest {
  private static final Duration TOLD_MAX = Duration.ofSeconds(50);

  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private @TempDir Path directory;

  private Path root = Path.of("");

  private record Ended(int code, String out, String err) {}

  private Ended dirsync(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--config", directory.resolve("c.toml").toString()));
    int code = Main.run(new PrintWriter(out), new PrintWriter(err), all.toArray(String[]::new));
    return new Ended(code, out.toString(), err.toString());
  }

  @BeforeEach
  void setUpANodeWithTwoFolders() throws Exception {
    root = Files.createDirectory(directory.resolve("www"));
    Path other = Files.createDirectory(directory.resolve("other"));
    for (String[] command :
        new String[][] {
          {"init", "--name", "w1", "--data-dir", directory.resolve("data").toString()},
          {"folder", "add", "www", root.toString()},
          {"folder", "add", "other", other.toString()}
        }) {
      assertThat(dirsync(command).code()).isEqualTo(ExitCode.DONE);
    }
    // It only dials: somebody else may listen at the usual port.
    Path file = directory.resolve("c.toml");
    Files.writeString(file, Files.readString(file).replace("[::]:7342", ""));
  }

  private Daemon start() throws Exception {
    return Daemon.start(ConfigReader.read(directory.resolve("c.toml"), new Places()));
  }

  private String state(String folder) {
    Ended ended = dirsync("status", "--json");
    assertThat(ended.code()).as(ended.err()).isEqualTo(ExitCode.DONE);
    for (JsonElement each :
        JsonParser.parseString(ended.out()).getAsJsonObject().getAsJsonArray("folders")) {
      if (each.getAsJsonObject().get("name").getAsString().equals(folder)) {
        return each.getAsJsonObject().get("state").getAsString();
      }
    }
    throw new AssertionError("no folder " + folder + " in " + ended.out());
  }

  private void awaitState(String folder, String state) {
    await(folder + " to be " + state).atMost(TOLD_MAX).until(() -> state(folder).equals(state));
  }

  @Test
  void haltsItsFolderAloneWhenTheDaemonStartsAndTheFolderGoesOnWhenTheRootIsADirectory()
      throws Exception {
    Files.delete(root);
    Files.writeString(root, "a file");
    Ended check = dirsync("config", "check");
    assertThat(check.code()).isEqualTo(ExitCode.CONFIGURATION);
    assertThat(check.err()).contains("'www', " + root + ", is not a directory").contains("do:  ");
    try (Daemon _ = start()) {
      awaitState("www", "halted");
      awaitState("other", "in sync");
      Ended status = dirsync("status");
      assertThat(status.code()).isEqualTo(ExitCode.DONE);
      assertThat(status.out()).contains("its root " + root + " is not a directory");
      assertThat(dirsync("scan", "other").code()).isEqualTo(ExitCode.DONE);
      assertThat(root).hasContent("a file");
      Files.delete(root);
      Files.createDirectory(root);
      awaitState("www", "in sync");
    }
  }

  @Test
  void theStatusOfAnotherFolderSaysNothingOfTheOneThatIsHalted() throws Exception {
    Files.delete(root);
    Files.writeString(root, "a file");
    try (Daemon _ = start()) {
      awaitState("www", "halted");
      awaitState("other", "in sync");
      assertThat(dirsync("status", "other").out())
          .isEqualTo("Folder other is watched; no peer shares it.\n");
      JsonObject status =
          JsonParser.parseString(dirsync("status", "other", "--json").out()).getAsJsonObject();
      assertThat(status.get("summary").getAsString())
          .isEqualTo("Folder other is watched; no peer shares it.");
      assertThat(status.getAsJsonArray("folders")).hasSize(1);
      assertThat(dirsync("status", "www").out())
          .startsWith("Folder www is halted: its root ")
          .doesNotContain("other");
      Ended unknown = dirsync("status", "ww");
      assertThat(unknown.code()).isEqualTo(ExitCode.FAILED);
      assertThat(unknown.err())
          .isEqualTo("error: there is no folder 'ww' here; there are: www, other\n");
    }
  }

  @Test
  void haltsItsFolderAloneWhenItTakesTheRootsPlaceAndCommandsGoOnToTell() throws Exception {
    Files.writeString(root.resolve("page"), "a page");
    Path away = directory.resolve("away");
    try (Daemon _ = start()) {
      awaitState("www", "in sync");
      Files.move(root, away);
      Files.writeString(root, "a file");
      awaitState("www", "halted");
      Ended status = dirsync("status");
      assertThat(status.out()).contains("Folder www is halted: its root");
      Ended flush = dirsync("flush", "www");
      assertThat(flush.code()).isEqualTo(ExitCode.FAILED);
      assertThat(flush.err()).contains("folder www does not run: its root");
      assertThat(dirsync("flush", "other").code()).isEqualTo(ExitCode.DONE);
      Ended all = dirsync("flush");
      assertThat(all.code()).isEqualTo(ExitCode.FAILED);
      assertThat(all.err())
          .contains("folder www does not run\n")
          .contains("why:  www: its root")
          .contains("now:  every peer has everything of the other folders");
      assertThat(dirsync("folder", "list").code()).isEqualTo(ExitCode.DONE);
      assertThat(root).hasContent("a file");
      Files.delete(root);
      Files.move(away, root);
      awaitState("www", "in sync");
      assertThat(root.resolve("page")).hasContent("a page");
    }
  }
}
