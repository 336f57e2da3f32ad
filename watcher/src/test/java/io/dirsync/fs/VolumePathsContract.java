package io.dirsync.fs;

import static io.dirsync.fs.VolumeFixture.bytes;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dirsync.fs.FileStatus.Kind;
import io.dirsync.fs.Volume.StagedFile;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which paths there are, and what is said of what stands there or does not. */
interface VolumePathsContract extends VolumeFixture {
  long MILLISECOND = 1_000_000;

  @ParameterizedTest
  @ValueSource(
      strings = {"/", "/a", "a/", "a//b", ".", "..", "a/.", "a/..", "a/../b", "./a", "a\0b", "\0"})
  default void refusesWhatIsNoPlainRelativePath(String refused) throws IOException {
    makeFile("file", "x");
    byte[] path = bytes(refused);
    List<ThrowingCallable> calls =
        List.of(
            () -> volume().stat(path),
            () -> volume().list(path, entry -> {}),
            () -> volume().readLink(path),
            () -> volume().open(path),
            () -> volume().stage(path),
            () -> volume().rename(path, bytes("b")),
            () -> volume().rename(bytes("file"), path),
            () -> volume().exchange(path, bytes("file")),
            () -> volume().exchange(bytes("file"), path),
            () -> volume().symlink(bytes("target"), path),
            () -> volume().setLinkMtime(path, MTIME),
            () -> volume().mkdir(path, 0755),
            () -> volume().rmdir(path),
            () -> volume().unlink(path),
            () -> volume().setMode(path, 0644),
            () -> volume().setOwner(path, -1, -1),
            () -> volume().setMtime(path, MTIME));
    for (ThrowingCallable call : calls) {
      assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class);
    }
    try (StagedFile staged = volume().stage(ROOT)) {
      assertThatThrownBy(() -> staged.link(path)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  /** Everything that works on what must be there, or makes something in a directory. */
  private List<ThrowingCallable> callsBelow(String directory) {
    byte[] path = bytes(directory + "/x");
    return List.of(
        () -> volume().list(path, entry -> {}),
        () -> volume().readLink(path),
        () -> volume().open(path),
        () -> volume().stage(path),
        () -> volume().rename(path, bytes("b")),
        () -> volume().rename(bytes("file"), path),
        () -> volume().exchange(path, bytes("file")),
        () -> volume().exchange(bytes("file"), path),
        () -> volume().symlink(bytes("target"), path),
        () -> volume().setLinkMtime(path, MTIME),
        () -> volume().mkdir(path, 0755),
        () -> volume().rmdir(path),
        () -> volume().unlink(path),
        () -> volume().setMode(path, 0644),
        () -> volume().setOwner(path, -1, -1),
        () -> volume().setMtime(path, MTIME),
        () -> {
          try (StagedFile staged = volume().stage(ROOT)) {
            staged.link(path);
          }
        });
  }

  @Test
  default void saysSoWhenAParentIsMissing() throws IOException {
    makeFile("file", "x");
    for (ThrowingCallable call : callsBelow("missing")) {
      assertThatThrownBy(call).isInstanceOf(NoSuchFileException.class);
    }
    assertThat(volume().stat(bytes("missing/x"))).isEmpty();
    assertThat(content("file")).isEqualTo("x");
  }

  @Test
  default void saysSoWhenAComponentIsAFile() throws IOException {
    makeFile("file", "x");
    makeFile("other", "y");
    for (ThrowingCallable call : callsBelow("other")) {
      assertThatThrownBy(call).isInstanceOf(NotDirectoryException.class);
    }
    assertThat(volume().stat(bytes("other/x"))).isEmpty();
    assertThat(content("other")).isEqualTo("y");
  }

  @Test
  default void neverGoesThroughALinkInTheMiddle() throws IOException {
    makeFile("file", "x");
    volume().mkdir(bytes("real"), 0755);
    makeFile("real/x", "inside");
    volume().symlink(bytes("real"), bytes("link"));
    for (ThrowingCallable call : callsBelow("link")) {
      assertThatThrownBy(call).isInstanceOf(NotDirectoryException.class);
    }
    assertThat(volume().stat(bytes("link/x"))).isEmpty();
    assertThat(content("real/x")).isEqualTo("inside");
    assertThat(names("real")).containsExactly("x");
  }

  @Test
  default void neverFollowsALinkAtTheEnd() throws IOException {
    makeFile("file", "x");
    volume().mkdir(bytes("dir"), 0755);
    volume().symlink(bytes("file"), bytes("toFile"));
    volume().symlink(bytes("dir"), bytes("toDir"));
    FileStatus before = stat("file");

    assertThat(stat("toFile").kind()).isEqualTo(Kind.SYMLINK);
    assertThatThrownBy(() -> volume().open(bytes("toFile")))
        .isInstanceOf(FileSystemException.class);
    assertThatThrownBy(() -> volume().setMode(bytes("toFile"), 0600))
        .isInstanceOf(FileSystemException.class);
    assertThatThrownBy(() -> names("toDir")).isInstanceOf(NotDirectoryException.class);
    assertThatThrownBy(() -> volume().stage(bytes("toDir")))
        .isInstanceOf(NotDirectoryException.class);
    assertThatThrownBy(() -> volume().rmdir(bytes("toDir")))
        .isInstanceOf(NotDirectoryException.class);
    assertThat(stat("file")).isEqualTo(before);
  }

  @Test
  default void saysSoWhenNothingIsThere() throws IOException {
    makeFile("file", "x");
    byte[] path = bytes("missing");
    List<ThrowingCallable> calls =
        List.of(
            () -> volume().list(path, entry -> {}),
            () -> volume().readLink(path),
            () -> volume().open(path),
            () -> volume().stage(path),
            () -> volume().rename(path, bytes("b")),
            () -> volume().exchange(path, bytes("file")),
            () -> volume().exchange(bytes("file"), path),
            () -> volume().setLinkMtime(path, MTIME),
            () -> volume().rmdir(path),
            () -> volume().unlink(path),
            () -> volume().setMode(path, 0644),
            () -> volume().setOwner(path, 0, 0),
            () -> volume().setMtime(path, MTIME));
    for (ThrowingCallable call : calls) {
      assertThatThrownBy(call).isInstanceOf(NoSuchFileException.class);
    }
    assertThat(volume().stat(path)).isEmpty();
  }

  @Test
  default void neverTakesANameThatIsInUse() throws IOException {
    makeFile("file", "x");
    volume().mkdir(bytes("dir"), 0755);
    volume().symlink(bytes("nowhere"), bytes("link"));
    makeFile("source", "s");
    for (String taken : List.of("file", "dir", "link")) {
      byte[] path = bytes(taken);
      FileStatus before = stat(taken);
      assertThatThrownBy(() -> volume().mkdir(path, 0755))
          .isInstanceOf(FileAlreadyExistsException.class);
      assertThatThrownBy(() -> volume().symlink(bytes("t"), path))
          .isInstanceOf(FileAlreadyExistsException.class);
      assertThatThrownBy(() -> volume().rename(bytes("source"), path))
          .isInstanceOf(FileAlreadyExistsException.class);
      assertThatThrownBy(() -> makeFile(taken, "new"))
          .isInstanceOf(FileAlreadyExistsException.class);
      assertThat(stat(taken)).isEqualTo(before);
    }
    assertThat(content("source")).isEqualTo("s");
  }

  @Test
  default void theRootCannotBeRemovedOrMoved() throws IOException {
    makeFile("file", "x");
    assertThatThrownBy(() -> volume().rmdir(ROOT)).isInstanceOf(FileSystemException.class);
    assertThatThrownBy(() -> volume().unlink(ROOT)).isInstanceOf(FileSystemException.class);
    assertThatThrownBy(() -> volume().rename(ROOT, bytes("b")))
        .isInstanceOf(FileSystemException.class);
    assertThatThrownBy(() -> volume().exchange(ROOT, bytes("file")))
        .isInstanceOf(FileSystemException.class);
    assertThatThrownBy(() -> volume().mkdir(ROOT, 0755)).isInstanceOf(FileSystemException.class);
    assertThat(content("file")).isEqualTo("x");
  }

  @Test
  default void theRootIsADirectoryWithAnIdentity() throws IOException {
    FileStatus opened = volume().openedRoot();
    FileStatus current = volume().currentRoot().orElseThrow();
    FileStatus byPath = volume().stat(ROOT).orElseThrow();
    assertThat(opened.kind()).isEqualTo(Kind.DIRECTORY);
    for (FileStatus other : List.of(current, byPath)) {
      assertThat(other.inode()).isEqualTo(opened.inode());
      assertThat(other.device()).isEqualTo(opened.device());
    }
  }

  @Test
  default void listsEveryEntryWithItsStatus() throws IOException {
    volume().mkdir(bytes("dir"), 0755);
    makeFile("dir/file", "four");
    volume().mkdir(bytes("dir/sub"), 0755);
    makeFile("dir/sub/deeper", "x");
    volume().symlink(bytes("anywhere"), bytes("dir/link"));
    makeFile("dir/.hidden", "");
    String odd = takesUnicode() ? "\u00e4\u65e5 \n" : "\\ \n";
    makeFile("dir/" + odd, "x");

    assertThat(names("dir")).containsExactlyInAnyOrder("file", "sub", "link", ".hidden", odd);
    volume()
        .list(
            bytes("dir"),
            entry -> {
              String name = new String(entry.name(), UTF_8);
              try {
                assertThat(entry.status()).isEqualTo(stat("dir/" + name));
              } catch (IOException e) {
                throw new AssertionError(name, e);
              }
            });
    assertThat(names("")).containsExactly("dir");
  }

  @Test
  default void namesAreAnyBytesOrAreRefusedInWords() throws IOException {
    byte[] eucJp = HexFormat.of().parseHex("c6fccbdc");
    if (!takesAnyBytes()) {
      assertThatThrownBy(() -> volume().mkdir(eucJp, 0755))
          .isInstanceOf(FileSystemException.class)
          .hasMessageContaining("UTF-8");
      assertThatThrownBy(() -> volume().stat(eucJp)).isInstanceOf(FileSystemException.class);
      return;
    }
    volume().mkdir(eucJp, 0755);
    volume().symlink(eucJp, bytes("link"));
    List<byte[]> names = new ArrayList<>();
    volume().list(ROOT, entry -> names.add(entry.name()));
    assertThat(names).containsExactlyInAnyOrder(eucJp, bytes("link"));
    assertThat(volume().readLink(bytes("link"))).isEqualTo(eucJp);
    assertThat(volume().stat(eucJp)).isPresent();
  }

  @Test
  default void filesAreToldApart() throws IOException {
    makeFile("one", "x");
    makeFile("two", "x");
    assertThat(stat("one").inode()).isNotEqualTo(stat("two").inode());
    if (tellsAllOfStatus()) {
      assertThat(stat("one").device()).isEqualTo(volume().openedRoot().device());
      long now = System.currentTimeMillis() * MILLISECOND;
      assertThat(stat("one").ctimeNanos())
          .isBetween(now - 600_000 * MILLISECOND, now + 600_000 * MILLISECOND);
    }
  }
}
