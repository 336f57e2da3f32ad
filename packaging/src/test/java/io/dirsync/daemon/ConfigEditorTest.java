package io.dirsync.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dirsync.protocol.NodeId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigEditorTest {
  private static final NodeId ID = NodeId.of(new byte[32]);
  private static final String WRITTEN_BY_HAND =
      "# Mine.\n[node]\n  name=\"w1\"   # here\ndata_dir = '/var/none/dirsync'\n\n# the end, without a newline";

  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private @TempDir Path directory;

  private Path file = Path.of("");

  @SuppressWarnings("NullAway.Init") // opened before each test
  private ConfigEditor editor;

  @BeforeEach
  void open() {
    file = directory.resolve("etc/dirsync.toml");
    editor = new ConfigEditor(file, new Places(Map.of(), false));
  }

  private void writeByHand() throws Exception {
    Files.createDirectories(file.getParent());
    Files.writeString(file, WRITTEN_BY_HAND);
  }

  @Test
  void keepsEveryByteThatPeopleWrote() throws Exception {
    writeByHand();
    Path root = Files.createDirectory(directory.resolve("a \"quoted\" \\ ロック"));
    editor.addPeer("w2", ID, List.of("h:1", "[::1]:2"));
    editor.addFolder("www", root, List.of("w2"));
    assertThat(Files.readString(file)).startsWith(WRITTEN_BY_HAND + "\n\n[[peer]]\n");
    Configuration read = ConfigReader.read(file, new Places(Map.of(), false));
    assertThat(read.node().peers().getFirst().addresses()).containsExactly("h:1", "[::1]:2");
    assertThat(read.node().folders().getFirst().root()).isEqualTo(root);
  }

  @Test
  void doesNothingWhenTheFileSaysSoAlready() throws Exception {
    assertThat(editor.init("w1", Path.of("/var/none"), "[::]:1"))
        .isEqualTo(ConfigEditor.Outcome.WRITTEN);
    editor.addPeer("w2", ID, List.of());
    String before = Files.readString(file);
    assertThat(editor.init("w1", Path.of("/var/none"), "[::]:1"))
        .isEqualTo(ConfigEditor.Outcome.UNCHANGED);
    assertThat(editor.addPeer("w2", ID, List.of())).isEqualTo(ConfigEditor.Outcome.UNCHANGED);
    assertThat(Files.readString(file)).isEqualTo(before);
  }

  @Test
  void writesNothingThatWouldNotBeValidAndNamesNoLineOfIt() throws Exception {
    writeByHand();
    assertThatThrownBy(() -> editor.addPeer("w2", ID, List.of("no address")))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("'no address' is no address")
        .hasMessageEndingWith("(nothing was written to " + file + ")");
    assertThatThrownBy(() -> editor.addFolder("www", directory, List.of("nobody")))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("there is no peer 'nobody'");
    assertThatThrownBy(() -> editor.init("w9", Path.of("/var/none"), ""))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("already, for the node 'w1'");
    assertThat(Files.readString(file)).isEqualTo(WRITTEN_BY_HAND);
    assertThat(file.getParent()).isDirectoryContaining(each -> each.equals(file));
    try (var entries = Files.list(file.getParent())) {
      assertThat(entries).containsExactly(file);
    }
  }

  @Test
  void refusesToChangeWhatIsThereUnderTheName() throws Exception {
    writeByHand();
    editor.addPeer("w2", ID, List.of());
    editor.addFolder("www", directory, List.of());
    assertThatThrownBy(() -> editor.addPeer("w2", ID, List.of("h:1")))
        .hasMessageContaining("there is a peer 'w2' already")
        .hasMessageEndingWith("edit that [[peer]] in " + file + " and restart the daemon");
    assertThatThrownBy(() -> editor.addFolder("www", directory, List.of("w2")))
        .hasMessageContaining("there is a folder 'www' already");
  }

  @Test
  void keepsTheModeAndALinkToTheFile() throws Exception {
    writeByHand();
    Path link = Files.createSymbolicLink(directory.resolve("link.toml"), file);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    new ConfigEditor(link, new Places(Map.of(), false)).addPeer("w2", ID, List.of());
    assertThat(link).isSymbolicLink();
    assertThat(Files.readString(file)).contains("w2");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-r-----");
  }
}
