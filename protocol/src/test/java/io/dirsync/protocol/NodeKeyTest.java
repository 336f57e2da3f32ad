package io.dirsync.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
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
    assertThatThrownBy(() -> NodeId.parse("DS1-ABC")).hasMessageContaining("no node id");
    assertThatThrownBy(() -> NodeId.parse(id.toString().replace('A', '1').replace('B', '1') + "1"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
