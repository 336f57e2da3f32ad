package io.dirsync.fs;

import static io.dirsync.fs.VolumeFixture.bytes;
import static io.dirsync.fs.VolumeFixture.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dirsync.fs.FileStatus.Kind;
import io.dirsync.fs.Volume.StagedFile;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.NotDirectoryException;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Names that move, change places and go; links and directories. */
interface VolumeTreeContract extends VolumeFixture {
  @Test
  default void renamesFilesLinksAndWholeDirectories() throws IOException {
    makeFile("file", "x");
    volume().symlink(bytes("t"), bytes("link"));
    volume().mkdir(bytes("dir"), 0755);
    makeFile("dir/inside", "y");
    for (String name : List.of("file", "link", "dir")) {
      long inode = stat(name).inode();
      volume().rename(bytes(name), bytes(name + "2"));
      assertThat(stat(name + "2").inode()).isEqualTo(inode);
      assertThat(volume().stat(bytes(name))).isEmpty();
    }
    volume().rename(bytes("file2"), bytes("dir2/file"));
    assertThat(names("dir2")).containsExactlyInAnyOrder("inside", "file");
    assertThat(content("dir2/inside")).isEqualTo("y");
    assertThat(volume().readLink(bytes("link2"))).isEqualTo(bytes("t"));
  }

  @Test
  default void aDirectoryCannotGoBelowItself() throws IOException {
    volume().mkdir(bytes("dir"), 0755);
    volume().mkdir(bytes("dir/sub"), 0755);
    assertThatThrownBy(() -> volume().rename(bytes("dir"), bytes("dir/sub/x")))
        .isInstanceOf(FileSystemException.class);
    assertThatThrownBy(() -> volume().exchange(bytes("dir"), bytes("dir/sub")))
        .isInstanceOf(FileSystemException.class);
    assertThatThrownBy(() -> volume().exchange(bytes("dir/sub"), bytes("dir")))
        .isInstanceOf(FileSystemException.class);
    assertThat(names("dir")).containsExactly("sub");
    assertThat(names("")).containsExactly("dir");
  }

  @Test
  default void exchangeSwapsWhateverTheNamesStandFor() throws IOException {
    volume().mkdir(bytes("a"), 0755);
    volume().mkdir(bytes("b"), 0755);
    makeFile("a/one", "1");
    makeFile("b/two", "22");
    long one = stat("a/one").inode();
    long two = stat("b/two").inode();

    volume().exchange(bytes("a/one"), bytes("b/two"));
    assertThat(content("a/one")).isEqualTo("22");
    assertThat(content("b/two")).isEqualTo("1");
    assertThat(stat("a/one").inode()).isEqualTo(two);
    assertThat(stat("b/two").inode()).isEqualTo(one);

    volume().exchange(bytes("a"), bytes("b/two"));
    assertThat(content("a")).isEqualTo("1");
    assertThat(content("b/two/one")).isEqualTo("22");

    volume().exchange(bytes("a"), bytes("a"));
    assertThat(content("a")).isEqualTo("1");
    assertThat(names("")).containsExactlyInAnyOrder("a", "b");
  }

  @Test
  default void aFileBeingMadeIsKnownByTheNameThatAnExchangeGaveIt() throws IOException {
    makeFile("old", "1");
    volume().mkdir(bytes("dir"), 0755);
    try (StagedFile staged = volume().stage(ROOT)) {
      staged.link(bytes("new"));
      volume().exchange(bytes("new"), bytes("old"));
      assertThat(staged.status().inode()).isEqualTo(stat("old").inode());
      volume().rename(bytes("old"), bytes("dir/file"));
      volume().rename(bytes("dir"), bytes("moved"));
      staged.setMode(0600);
      assertThat(stat("moved/file").mode()).isEqualTo(0600);
    }
  }

  @Test
  default void nobodySeesAnExchangeHalfDone() throws Exception {
    makeFile("one", "1");
    makeFile("two", "22");
    AtomicBoolean done = new AtomicBoolean();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread reader =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    while (exchangesInOneStep() && !done.get()) {
                      assertThat(volume().stat(bytes("one"))).isPresent();
                      assertThat(volume().stat(bytes("two"))).isPresent();
                    }
                  } catch (IOException | AssertionError e) {
                    failure.set(e);
                  }
                });
    for (int i = 0; i < 500; i++) {
      volume().exchange(bytes("one"), bytes("two"));
    }
    done.set(true);
    reader.join();
    assertThat(failure.get()).isNull();
    assertThat(content("one")).isEqualTo("1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"target", "/absolute/target", "../up", "dangling/x y", "..", "\u00e4"})
  default void aLinkKeepsItsTargetAsItIs(String target) throws IOException {
    if (!takesUnicode() && !target.chars().allMatch(c -> c < 128)) {
      assertThatThrownBy(() -> volume().symlink(bytes(target), bytes("link")))
          .isInstanceOf(FileSystemException.class);
      return;
    }
    volume().symlink(bytes(target), bytes("link"));
    assertThat(volume().readLink(bytes("link"))).isEqualTo(bytes(target));
    FileStatus status = stat("link");
    assertThat(status.kind()).isEqualTo(Kind.SYMLINK);
    volume().unlink(bytes("link"));
    assertThat(names("")).isEmpty();
  }

  @Test
  default void readsOnlyLinksAsLinks() throws IOException {
    makeFile("file", "x");
    volume().mkdir(bytes("dir"), 0755);
    for (String path : List.of("file", "dir")) {
      assertThatThrownBy(() -> volume().readLink(bytes(path)))
          .isInstanceOf(FileSystemException.class);
    }
  }

  @Test
  default void removesDirectoriesOnlyWhenEmpty() throws IOException {
    volume().mkdir(bytes("dir"), 0755);
    makeFile("dir/file", "x");
    assertThatThrownBy(() -> volume().rmdir(bytes("dir")))
        .isInstanceOf(DirectoryNotEmptyException.class);
    assertThatThrownBy(() -> volume().rmdir(bytes("dir/file")))
        .isInstanceOf(NotDirectoryException.class);
    assertThatThrownBy(() -> volume().unlink(bytes("dir"))).isInstanceOf(FileSystemException.class);
    assertThat(content("dir/file")).isEqualTo("x");
    volume().unlink(bytes("dir/file"));
    volume().rmdir(bytes("dir"));
    assertThat(names("")).isEmpty();
  }

  @Test
  default void syncTakesNothingAway() throws IOException {
    volume().mkdir(bytes("dir"), 0755);
    makeFile("dir/file", "x");
    volume().setMode(bytes("dir/file"), 0600);
    volume().rename(bytes("dir"), bytes("dir2"));
    try (StagedFile staged = volume().stage(ROOT)) {
      write(staged, 0, "staged");
      volume().sync();
      staged.link(bytes("late"));
      volume().sync();
    }
    volume().sync();
    assertThat(content("dir2/file")).isEqualTo("x");
    assertThat(content("late")).isEqualTo("staged");
  }
}
