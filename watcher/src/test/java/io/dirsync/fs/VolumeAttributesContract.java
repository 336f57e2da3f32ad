package io.dirsync.fs;

import static io.dirsync.fs.VolumeFixture.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dirsync.fs.FileStatus.Kind;
import io.dirsync.fs.Volume.StagedFile;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Modes, owners and times, and what is known of the file system and its accounts. */
interface VolumeAttributesContract extends VolumeFixture {
  @ParameterizedTest
  @ValueSource(ints = {0700, 0755, 0777, 0750, 0711})
  default void aDirectoryGetsExactlyTheBitsAskedFor(int mode) throws IOException {
    volume().mkdir(bytes("dir"), mode);
    assertThat(stat("dir").mode()).isEqualTo(mode);
    assertThat(stat("dir").kind()).isEqualTo(Kind.DIRECTORY);
  }

  @Test
  default void setsModesOfFilesAndDirectories() throws IOException {
    makeFile("file", "x");
    volume().mkdir(bytes("dir"), 0755);
    volume().setMode(bytes("file"), 0444);
    volume().setMode(bytes("dir"), 0700);
    assertThat(stat("file").mode()).isEqualTo(0444);
    assertThat(stat("dir").mode()).isEqualTo(0700);
    if (setsAllModeBits()) {
      volume().setMode(bytes("dir"), 03775);
      volume().setMode(bytes("file"), 04755);
      assertThat(stat("dir").mode()).isEqualTo(03775);
      assertThat(stat("file").mode()).isEqualTo(04755);
    } else {
      assertThatThrownBy(() -> volume().setMode(bytes("file"), 04755))
          .isInstanceOf(FileSystemException.class);
    }
  }

  @Test
  default void setsOwnersAndLeavesWhatIsMinusOne() throws IOException {
    makeFile("file", "x");
    volume().symlink(bytes("file"), bytes("link"));
    FileStatus before = stat("file");
    volume().setOwner(bytes("file"), -1, -1);
    assertThat(stat("file").uid()).isEqualTo(before.uid());
    if (!setsOwners()) {
      assertThatThrownBy(() -> volume().setOwner(bytes("file"), 4711, 4712))
          .isInstanceOf(FileSystemException.class);
      return;
    }
    volume().setOwner(bytes("link"), 4711, 4712);
    assertThat(stat("link").uid()).isEqualTo(4711);
    assertThat(stat("link").gid()).isEqualTo(4712);
    assertThat(stat("file").uid()).isEqualTo(before.uid());
    volume().setOwner(bytes("file"), -1, 4713);
    assertThat(stat("file").uid()).isEqualTo(before.uid());
    assertThat(stat("file").gid()).isEqualTo(4713);
    volume().setOwner(bytes("file"), 4714, -1);
    assertThat(stat("file").uid()).isEqualTo(4714);
    assertThat(stat("file").gid()).isEqualTo(4713);
    try (StagedFile staged = volume().stage(ROOT)) {
      staged.setOwner(4715, 4716);
      assertThat(staged.status().uid()).isEqualTo(4715);
      assertThat(staged.status().gid()).isEqualTo(4716);
    }
  }

  @Test
  default void setsTimesToTheNanosecond() throws IOException {
    makeFile("file", "x");
    volume().mkdir(bytes("dir"), 0755);
    for (String path : List.of("file", "dir")) {
      volume().setMtime(bytes(path), MTIME);
      assertThat(stat(path).mtimeNanos()).isEqualTo(MTIME);
    }
  }

  @Test
  default void aLinkHasATimeOfItsOwn() throws IOException {
    makeFile("file", "x");
    long fileTime = stat("file").mtimeNanos();
    volume().symlink(bytes("file"), bytes("link"));
    volume().setLinkMtime(bytes("link"), MTIME);
    long granularity = linkMtimeGranularityNanos();
    assertThat(stat("link").mtimeNanos() / granularity).isEqualTo(MTIME / granularity);
    assertThat(stat("file").mtimeNanos()).isEqualTo(fileTime);
  }

  @Test
  default void aChangeOfAttributesShowsInTheStatusOnly() throws IOException {
    makeFile("file", "x");
    FileStatus before = stat("file");
    volume().setMode(bytes("file"), before.mode() ^ 0011);
    FileStatus after = stat("file");
    assertThat(after.inode()).isEqualTo(before.inode());
    assertThat(after.mtimeNanos()).isEqualTo(before.mtimeNanos());
    if (tellsAllOfStatus()) {
      assertThat(after.ctimeNanos()).isGreaterThanOrEqualTo(before.ctimeNanos());
    }
  }

  @Test
  default void whatCanBeWrittenIsNotReadOnly() throws IOException {
    makeFile("file", "x");
    assertThat(volume().isReadOnly()).isFalse();
  }

  @Test
  default void tellsTheSpaceLeft() throws IOException {
    Volume.Space space = volume().space();
    assertThat(space.totalBytes()).isPositive();
    assertThat(space.availableBytes()).isBetween(0L, space.totalBytes());
  }

  @Test
  default void numbersStandForThemselvesAsAccounts() {
    int unused = 987_654_321;
    assertThat(volume().ownerName(unused)).isEqualTo("987654321");
    assertThat(volume().groupName(unused)).isEqualTo("987654321");
    assertThat(volume().uid("987654321")).hasValue(unused);
    assertThat(volume().gid("987654321")).hasValue(unused);
    assertThat(volume().uid("no such account")).isEmpty();
    assertThat(volume().gid("no such account")).isEmpty();
    assertThat(volume().uid(volume().ownerName(0))).hasValue(0);
    assertThat(volume().gid(volume().groupName(0))).hasValue(0);
  }
}
