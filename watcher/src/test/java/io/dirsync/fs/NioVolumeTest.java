package io.dirsync.fs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import io.dirsync.fs.FileStatus.Kind;
import io.dirsync.fs.Volume.StagedFile;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NioVolumeTest {
  private static final byte[] ROOT = {};

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit fills it in
  private Path directory;

  @Test
  void opensDirectoriesOnly() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    assertThatThrownBy(() -> NioVolume.open(file)).isInstanceOf(NotDirectoryException.class);
    assertThatThrownBy(() -> NioVolume.open(directory.resolve("missing")))
        .isInstanceOf(IOException.class);
  }

  @Test
  void aRootThatWasReplacedShowsAndIsNotWrittenTo() throws IOException {
    Path root = Files.createDirectory(directory.resolve("root"));
    try (NioVolume volume = NioVolume.open(root)) {
      Files.move(root, directory.resolve("old"));
      Files.createDirectory(root);
      assertThat(volume.currentRoot().orElseThrow().inode())
          .isNotEqualTo(volume.openedRoot().inode());
      assertThatThrownBy(() -> volume.mkdir(bytes("new"), 0755))
          .isInstanceOf(FileSystemException.class)
          .hasMessageContaining("root");
      assertThat(root).isEmptyDirectory();
    }
  }

  @Test
  void aRootThatIsGoneIsNotTakenForAnEmptyOne() throws IOException {
    Path root = Files.createDirectory(directory.resolve("root"));
    try (NioVolume volume = NioVolume.open(root)) {
      Files.delete(root);
      assertThat(volume.currentRoot()).isEmpty();
      assertThatThrownBy(() -> volume.stat(bytes("file"))).isInstanceOf(FileSystemException.class);
      assertThatThrownBy(() -> volume.list(ROOT, entry -> {}))
          .isInstanceOf(FileSystemException.class);
    }
  }

  @Test
  void aLinkToTheRootIsFollowedOnceAndShowsWhenItIsTurned() throws IOException {
    Path one = Files.createDirectory(directory.resolve("one"));
    Path two = Files.createDirectory(directory.resolve("two"));
    Path link = Files.createSymbolicLink(directory.resolve("link"), one);
    try (NioVolume volume = NioVolume.open(link)) {
      volume.mkdir(bytes("made"), 0755);
      assertThat(one.resolve("made")).isDirectory();
      Files.delete(link);
      Files.createSymbolicLink(link, two);
      assertThat(volume.currentRoot().orElseThrow().inode())
          .isNotEqualTo(volume.openedRoot().inode());
    }
  }

  @Test
  void aNameThatIsNoTextKeepsADirectoryFromBeingListed() throws IOException {
    URI uri = URI.create(directory.toUri() + "%C6%FC%CB%DC");
    Files.createFile(Path.of(uri));
    try (NioVolume volume = NioVolume.open(directory)) {
      assertThatThrownBy(() -> volume.list(ROOT, entry -> {}))
          .isInstanceOf(FileSystemException.class)
          .hasMessageContaining("UTF-8");
    } finally {
      Files.delete(Path.of(uri));
    }
  }

  @Test
  void aFifoIsOfNoKindThatIsCarriedAndIsNotOpened() throws IOException, InterruptedException {
    Path fifo = directory.resolve("fifo");
    assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor()).isZero();
    try (NioVolume volume = NioVolume.open(directory)) {
      assertThat(volume.stat(bytes("fifo")).orElseThrow().kind()).isEqualTo(Kind.OTHER);
      assertThatThrownBy(() -> volume.open(bytes("fifo")))
          .isInstanceOf(FileSystemException.class)
          .hasMessageContaining("no regular file");
    }
  }

  @Test
  void aLinkTargetThatJavaWouldRewriteIsRefused() throws IOException {
    try (NioVolume volume = NioVolume.open(directory)) {
      for (String target : List.of("dir/", "a//b", "")) {
        assertThatThrownBy(() -> volume.symlink(bytes(target), bytes("link")))
            .isInstanceOf(FileSystemException.class);
      }
      assertThat(directory).isEmptyDirectory();
    }
  }

  @Test
  void saysWhenTheDiskIsFull() throws IOException {
    Configuration small =
        Configuration.unix().toBuilder()
            .setAttributeViews("posix", "unix")
            .setBlockSize(1024)
            .setMaxSize(4096)
            .build();
    try (FileSystem fileSystem = Jimfs.newFileSystem(small);
        NioVolume volume = NioVolume.open(fileSystem.getPath("/"));
        StagedFile staged = volume.stage(ROOT)) {
      assertThatThrownBy(() -> staged.write(0, new byte[8192], 0, 8192))
          .isInstanceOf(DiskFullException.class);
    }
  }

  @Test
  void worksWhereThereAreOnlyBasicAttributes() throws IOException {
    Configuration basic = Configuration.unix().toBuilder().setAttributeViews("basic").build();
    try (FileSystem fileSystem = Jimfs.newFileSystem(basic);
        NioVolume volume = NioVolume.open(fileSystem.getPath("/work"))) {
      volume.mkdir(bytes("dir"), 0755);
      try (StagedFile staged = volume.stage(ROOT)) {
        staged.setMode(0644);
        staged.setMtime(5_000_000_000L);
        staged.link(bytes("dir/file"));
        assertThatThrownBy(() -> staged.setMode(0755)).isInstanceOf(FileSystemException.class);
      }
      FileStatus file = volume.stat(bytes("dir/file")).orElseThrow();
      assertThat(file.mode()).isEqualTo(0644);
      assertThat(file.mtimeNanos()).isEqualTo(5_000_000_000L);
      assertThat(file.ctimeNanos()).isEqualTo(5_000_000_000L);
      assertThat(volume.stat(bytes("dir")).orElseThrow().inode()).isNotEqualTo(file.inode());
    }
  }

  @Test
  void aChangeOfModeShowsInTheTimeOfChangeWhereTheSystemKeepsNone() throws IOException {
    for (String[] views : new String[][] {{"posix"}, {"posix", "unix"}}) {
      Configuration configuration =
          Configuration.unix().toBuilder().setAttributeViews("basic", views).build();
      try (FileSystem fileSystem = Jimfs.newFileSystem(configuration);
          NioVolume volume = NioVolume.open(fileSystem.getPath("/work"))) {
        try (StagedFile staged = volume.stage(ROOT)) {
          staged.setMode(0644);
          staged.link(bytes("file"));
        }
        FileStatus before = volume.stat(bytes("file")).orElseThrow();
        volume.setMode(bytes("file"), 0600);
        FileStatus after = volume.stat(bytes("file")).orElseThrow();
        assertThat(after.ctimeNanos()).isNotEqualTo(before.ctimeNanos());
        assertThat(after.mtimeNanos()).isEqualTo(before.mtimeNanos());
      }
    }
  }

  @Test
  void knowsAccountsByTheirFile() throws IOException {
    Path passwd = directory.resolve("passwd");
    Files.writeString(
        passwd,
        "root:x:0:0:root:/root:/bin/sh\nbad line\nann:x:1001:1001::/:\nann2:x:1001:1::/:\n");
    AccountFile accounts = new AccountFile(passwd);
    assertThat(accounts.name(1001)).isEqualTo("ann");
    assertThat(accounts.number("ann2")).hasValue(1001);
    assertThat(accounts.number("1002")).hasValue(1002);
    assertThat(accounts.number("+7")).isEmpty();
    assertThat(accounts.number("-7")).isEmpty();
    assertThat(accounts.name(-2)).isEqualTo("4294967294");
    assertThat(new AccountFile(directory.resolve("none")).name(0)).isEqualTo("0");
  }

  @Test
  void leavesNothingBesideWhatItWasToldToMake() throws IOException {
    try (NioVolume volume = NioVolume.open(directory)) {
      for (String name : List.of("one", "two")) {
        try (StagedFile staged = volume.stage(ROOT)) {
          staged.link(bytes(name));
        }
      }
      volume.exchange(bytes("one"), bytes("two"));
      volume.sync();
      List<String> names = new ArrayList<>();
      volume.list(ROOT, entry -> names.add(new String(entry.name(), UTF_8)));
      assertThat(names).containsExactlyInAnyOrder("one", "two");
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
