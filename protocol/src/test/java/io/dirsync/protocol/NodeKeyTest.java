package io.dirsync.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NodeKeyTest {
  @TempDir private Path directory = Path.of("");

  @Test
  void aKeyThatWasMadeIsReadBack() throws IOException {
    NodeKey made = NodeKey.create(directory);
    assertThat(NodeKey.load(directory).id()).isEqualTo(made.id());
    assertThat(Files.getPosixFilePermissions(directory.resolve("node.key")))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    assertThatThrownBy(() -> NodeKey.create(directory))
        .isInstanceOf(FileAlreadyExistsException.class);
  }

  @Test
  void aKeyThatOthersMayReadIsRefusedWithWhatToDo() throws IOException {
    NodeKey.create(directory);
    Files.setPosixFilePermissions(
        directory.resolve("node.key"), PosixFilePermissions.fromString("rw-r-----"));
    assertThatThrownBy(() -> NodeKey.load(directory)).hasMessageContaining("chmod 600");
  }

  @Test
  void aMissingOrDamagedKeyIsSaidSo() throws IOException {
    assertThatThrownBy(() -> NodeKey.load(directory)).hasMessageContaining("dirsync init");
    NodeKey.create(directory);
    Files.writeString(directory.resolve("node.key"), "nonsense");
    assertThatThrownBy(() -> NodeKey.load(directory)).hasMessageContaining("PEM");
  }

  @Test
  void anIdIsReadAsItIsWritten() {
    NodeId id = NodeKey.generate().id();
    assertThat(NodeId.parse(id.toString())).isEqualTo(id);
    assertThat(NodeId.parse(id.toString().toLowerCase(java.util.Locale.ROOT).replace("-", " ")))
        .isEqualTo(id);
    assertThatThrownBy(() -> NodeId.parse("DS1-ABC"))
        .hasMessageContaining("no node id: 3 characters follow DS1-, not 56;");
    assertThatThrownBy(() -> NodeId.parse("DS2-ABC")).hasMessageContaining("begins with DS1-");
    assertThatThrownBy(() -> NodeId.parse("DS1-A1")).hasMessageContaining("there is no '1' in one");
  }

  @Test
  void anIdWithoutCheckCharactersIsReadAsFormerVersionsWroteIt() {
    NodeId id = NodeKey.generate().id();
    String former = id.toString().substring(0, id.toString().lastIndexOf('-'));
    assertThat(former).hasSize("DS1-".length() + 52 + 12);
    assertThat(NodeId.parse(former)).isEqualTo(id);
    assertThatThrownBy(() -> NodeId.parse(former.substring(0, former.length() - 1) + "B"))
        .hasMessageContaining("a character is wrong, or a group of them is missing");
  }

  @Test
  void theCheckCharactersOfAnIdAreTheSameEverywhereAndForEver() {
    assertThat(NodeId.of(new byte[32])).hasToString("DS1" + "-AAAA".repeat(13) + "-MZUH");
  }

  @Test
  void anIdWithOneWrongCharacterOrTwoThatChangedPlacesIsRefused() {
    byte[] digest = new byte[32];
    for (int i = 0; i < digest.length; i++) {
      digest[i] = (byte) (17 * i);
    }
    String id = NodeId.of(digest).toString().replace("-", "");
    for (int i = "DS1".length(); i < id.length(); i++) {
      String wrong = id.substring(0, i) + (id.charAt(i) == 'C' ? 'D' : 'C') + id.substring(i + 1);
      assertThatThrownBy(() -> NodeId.parse(wrong)).hasMessageContaining("a character is wrong");
      char before = id.charAt(i - 1);
      if (i > "DS1".length() && before != id.charAt(i)) {
        String swapped = id.substring(0, i - 1) + id.charAt(i) + before + id.substring(i + 1);
        assertThatThrownBy(() -> NodeId.parse(swapped))
            .hasMessageContaining("a character is wrong");
      }
    }
  }

  @Test
  void anIdThatLacksAGroupIsNotTakenForOneWithoutCheckCharacters() {
    for (int n = 0; n < 50; n++) {
      String[] groups = NodeKey.generate().id().toString().split("-");
      for (int i = 1; i < groups.length - 1; i++) {
        List<String> left = new ArrayList<>(List.of(groups));
        left.remove(i);
        assertThatThrownBy(() -> NodeId.parse(String.join("-", left)))
            .hasMessageContaining("a group of them is missing");
      }
    }
  }
}
